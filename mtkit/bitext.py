"""Sentence pairs: what a line is, reading them (plain, TSV, .gz), cleaning, holding out."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mtkit.errors import MtkitError

Files = tuple[Path, ...]  # a source and a target file, or one TSV file


@dataclass(frozen=True)
class Bitext:
    """Sentence pairs: line n of `target` translates line n of `source`."""

    source: list[str]
    target: list[str]

    def __len__(self) -> int:
        return len(self.source)

    def __add__(self, other: Bitext) -> Bitext:
        return Bitext(self.source + other.source, self.target + other.target)

    def select(self, rows: Sequence[int]) -> Bitext:
        return Bitext([self.source[i] for i in rows], [self.target[i] for i in rows])


def open_bytes(path: Path) -> IO[bytes]:
    """A file to read, unpacked if its name ends in .gz."""
    try:
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise MtkitError(
            f"`{path}` cannot be read: {error.strerror}", "check the path and its permissions"
        ) from error


def iterate_lines(stream: Iterable[bytes], name: str) -> Iterator[str]:
    """Lines of UTF-8, split at \\n only, so that every program counts them alike.

    stream: anything that yields bytes up to each \\n; name: what to call it in an error.
    A carriage return before the \\n (Windows) and a byte-order mark do not belong to the text.
    """
    number = 0
    try:
        for number, raw in enumerate(stream, 1):
            line = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
            yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeDecodeError as error:
        raise MtkitError(
            f"`{name}`, line {number:,}: not UTF-8 (byte 0x{error.object[error.start]:02x})",
            f"convert the file, for example: iconv -f latin1 -t utf-8 {name}",
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        raise MtkitError(
            f"`{name}`, after line {number:,}: {error}", "the file is damaged: fetch it again"
        ) from error


def read_lines(path: Path) -> list[str]:
    """All lines of a file, plain or .gz.  Errors: MtkitError, with the line if there is one."""
    with open_bytes(path) as stream:
        return list(iterate_lines(stream, str(path)))


def read_files(files: Files) -> Bitext:
    return read_bitext(*files) if len(files) == 2 else read_tsv(*files)


def read_bitext(source: Path, target: Path) -> Bitext:
    """Two files, line by line translations of each other."""
    bitext = Bitext(read_lines(source), read_lines(target))
    if len(bitext.source) != len(bitext.target):
        raise MtkitError(
            f"`{source}` and `{target}` differ in length: "
            f"{len(bitext.source):,} and {len(bitext.target):,} lines",
            "line n of one must be the translation of line n of the other",
        )
    return bitext


def read_tsv(path: Path) -> Bitext:
    """A file of `source TAB target`; further columns are ignored."""
    rows = [line.split("\t") for line in read_lines(path)]
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            raise MtkitError(
                f"`{path}`, line {number:,}: no tab",
                "each line must be: source sentence, tab, target sentence",
            )
    return Bitext([row[0] for row in rows], [row[1] for row in rows])


def clean(bitext: Bitext, name: str) -> Bitext:
    """Without the pairs of which a side is empty.

    name: what to call the set in an error.  Errors: MtkitError if no pair is left.
    """
    pairs = zip(bitext.source, bitext.target, strict=True)
    kept = bitext.select([i for i, (a, b) in enumerate(pairs) if a.strip() and b.strip()])
    if not len(kept):
        raise MtkitError(
            f"none of the {len(bitext):,} {name} pairs is left: in each, a side is empty",
            "check that both files hold text",
        )
    return kept


def hold_out(bitext: Bitext, seed: int) -> tuple[Bitext, Bitext]:
    """Training pairs, and a validation set of 2% of the pairs, at most 1,000.

    No source sentence of the one stands in the other.  Errors: MtkitError if nothing is left.
    """
    size = min(1000, max(1, len(bitext) // 50))
    chosen = set(random.Random(seed).sample(range(len(bitext)), size))
    seen = {bitext.source[i] for i in chosen}
    rest = [i for i, line in enumerate(bitext.source) if line not in seen]
    if not rest:
        raise MtkitError(
            f"{len(bitext):,} pairs are too few to hold some out for validation",
            "give more pairs, or a validation set of your own",
        )
    return bitext.select(rest), bitext.select(sorted(chosen))
