"""Reading files that may be broken: bytes first, and nothing in them ends the reading."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from mtkit.bitext import Files, open_bytes
from mtkit.check.normal import key_lines, plain_words
from mtkit.errors import MtkitError

BLOCK = 1000  # pairs that are looked at together
SOURCE, TARGET = 0, 1
BOM = "\ufeff"


def raw_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, plain or .gz, with their \\n.  Errors: MtkitError for a damaged one."""
    number = 0
    try:
        with open_bytes(path) as stream:
            for number, line in enumerate(stream, 1):  # noqa: B007, it is used in the error
                yield line
    except (EOFError, zlib.error, OSError) as error:
        raise MtkitError(
            f"`{path}`, after line {number:,}: {error}", "the file is damaged: fetch it again"
        ) from error


def raw_side(files: Files, side: int) -> Iterator[bytes]:
    """The lines of one side of a bitext, each ending with \\n, but perhaps the last."""
    if len(files) == 2:
        return raw_lines(files[side])
    return (_column(line, side) for line in raw_lines(files[0]))


def _column(line: bytes, side: int) -> bytes:
    first, _, rest = line.removesuffix(b"\n").partition(b"\t")
    return (rest.partition(b"\t")[0] if side else first) + b"\n"


def require_files(files: Files) -> None:
    """Errors: MtkitError for what is not there, or can be read only once."""
    for path in files:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "is not there"
            raise MtkitError(f"`{path}` {what}", "a corpus is read several times: give a file")


def line_sizes(files: Files, side: int) -> array[int]:
    """Bytes of each line."""
    return array("I", map(len, raw_side(files, side)))


def lines_without_tab(files: Files) -> array[int]:
    """The numbers, from 1, of lines of a TSV file that hold one column."""
    if len(files) == 2:
        return array("L")
    lines = enumerate(raw_lines(files[0]), 1)
    return array("L", (number for number, line in lines if b"\t" not in line))


@dataclass
class Text:
    """Some lines of one side, as they stand in the file and as mtkit reads them."""

    raw: list[bytes]
    first: int  # the number of the first one, from 1
    undecodable: list[int] = field(default_factory=list)  # rows that are not UTF-8

    @cached_property
    def whole(self) -> str:
        """The lines joined by \\n; for bytes that are no text, replacement characters."""
        data = b"".join(self.raw).removesuffix(b"\n")
        try:
            return data.decode()
        except UnicodeDecodeError:
            rows = [line.removesuffix(b"\n") for line in self.raw]
            self.undecodable = [row for row, line in enumerate(rows) if not _is_utf8(line)]
            return "\n".join(line.decode(errors="replace") for line in rows)

    @cached_property
    def lines(self) -> list[str]:
        """As `bitext.iterate_lines` gives them: without \\r at the end, nor a mark in front."""
        if not self.raw:
            return []
        text = self.whole
        if "\r" in text:
            text = text.replace("\r\n", "\n").removesuffix("\r")
        return (text.removeprefix(BOM) if self.first == 1 else text).split("\n")

    @cached_property
    def keys(self) -> list[bytes]:
        """What is left of each line when case, digits, marks and spaces do not count."""
        return key_lines(self.lines)

    @cached_property
    def words(self) -> list[list[str]]:
        """The words of each line in lower case; characters, in a script without spaces."""
        return plain_words(self.lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass(frozen=True)
class Segment:
    """Lines that stand side by side: line source + n of one, target + n of the other, from 0."""

    source: int
    target: int
    pairs: int


@dataclass(frozen=True)
class Block:
    """Pairs that are looked at together."""

    sides: tuple[Text, Text]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.sides[0].lines, self.sides[1].lines, strict=True))

    @property
    def keys(self) -> Iterable[tuple[bytes, bytes]]:
        return zip(self.sides[0].keys, self.sides[1].keys, strict=True)


def blocks(files: Files, segments: Iterable[Segment]) -> Iterator[Block]:
    """All pairs, in order; lines between the segments are passed over."""
    sides = raw_side(files, SOURCE), raw_side(files, TARGET)
    at = [0, 0]
    for segment in segments:
        for side, start in enumerate((segment.source, segment.target)):
            next(islice(sides[side], start - at[side], start - at[side]), None)
            at[side] = start
        left = segment.pairs
        while left:
            size = min(BLOCK, left)
            raw = [list(islice(side, size)) for side in sides]
            yield Block((Text(raw[0], at[0] + 1), Text(raw[1], at[1] + 1)))
            left -= size
            at = [at[0] + size, at[1] + size]
