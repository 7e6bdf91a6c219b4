"""What stands beside the data: where it is from, under which licence, and its checksums."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mtkit.corpus import file_hash
from mtkit.errors import MtkitError
from mtkit.places import check_writable

SOURCE = "SOURCE.txt"
SUMS = "SHA256SUMS"  # `sha256sum -c` reads it


@dataclass(frozen=True)
class Origin:
    """Where a directory of data is from.

    name      of the corpus, with its version
    title     what it is
    sets      how its train, valid and test sets came about
    checksums where those of its files were published, or that they were not
    """

    name: str
    pair: str
    title: str
    licence: str
    source: str
    sets: str
    checksums: str

    def lines(self) -> list[str]:
        """For a person: what it is, and what one may do with it."""
        rows = (
            ("is", self.title),
            ("licence", self.licence),
            ("source", self.source),
            ("sets", self.sets),
            ("checksums", self.checksums),
        )
        return [self.heading, *chain.from_iterable(paragraph(*row) for row in rows)]

    @property
    def heading(self) -> str:
        return f"{self.name}, {self.pair}"

    def seal(self, out: Path, notes: Sequence[str]) -> None:
        """Write SOURCE.txt and SHA256SUMS into a directory; notes: further lines of the first."""
        text = "".join(f"{line}\n" for line in (*self.lines(), *notes))
        sums = "".join(f"{file_hash(file)}  {file.name}\n" for file in sorted(out.iterdir()))
        for name, content in ((SOURCE, text), (SUMS, sums)):
            (out / name).write_text(content, encoding="utf-8")

    def is_in(self, out: Path) -> bool:
        """Whether a directory holds just this, as it was written.

        Errors: MtkitError where it holds anything else.
        """
        if not out.exists():
            check_writable(out)
            return False
        if not out.is_dir():
            raise MtkitError(f"`{out}` is a file", "name another directory: --out DIR")
        if not any(out.iterdir()):
            return False
        found = (out / SOURCE).read_text("utf-8").splitlines() if (out / SOURCE).is_file() else []
        if not found or found[0] != self.heading or not (out / SUMS).is_file():
            what = f"`{found[0]}`" if found else "something else"
            raise MtkitError(
                f"`{out}` holds {what} already, and nothing in it is replaced",
                "name another directory: --out DIR",
            )
        for line in (out / SUMS).read_text("utf-8").splitlines():
            match = re.fullmatch(r"([0-9a-f]{64})  ([\w.-]+)", line)
            if not match or not (out / match[2]).is_file() or file_hash(out / match[2]) != match[1]:
                raise MtkitError(
                    f"`{out / match[2] if match else out / SUMS}` is not as it was downloaded",
                    "name another directory (--out DIR), or remove this one to get it anew",
                )
        return True


def paragraph(name: str, text: str) -> list[str]:
    """A name, and beside it a text of several lines."""
    indent = f"  {name:11}", " " * 13
    return textwrap.wrap(
        text, 79, initial_indent=indent[0], subsequent_indent=indent[1],
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
