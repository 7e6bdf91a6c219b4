"""Characters that do not belong into a line of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mtkit.check.faults import (
    CONTROL,
    INNER_MARK,
    MARK,
    MOJIBAKE,
    NOT_UTF8,
    NUL,
    REPLACEMENT,
    RETURN,
    SEPARATOR,
    WINDOWS,
    Fault,
    Hit,
    Hits,
)
from mtkit.check.reading import BOM, Block, Text

ODD = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd]")
_NAMED = {
    "\0": NUL, "\x85": SEPARATOR, "\u2028": SEPARATOR, "\u2029": SEPARATOR, "\r": RETURN,
    BOM: INNER_MARK, "\ufffd": REPLACEMENT,
}  # fmt: skip
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code != ord("\n"))
_BEGINNINGS = (b"\xc2", b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xbb\xbf", b"\xef\xbf\xbd")
# A letter and a sign that are the first two bytes of a character in UTF-8, read as something else:
# in Latin-1 or Windows-1252, Windows-1251, Mac OS Roman, or code page 437.
_BROKEN = re.compile(
    r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]"
    r"|[\u0413\u0420-\u0422\u0432][\u00a0-\u00bb\u0402-\u040f\u0452-\u045f\u0490\u2013-\u2122]"
    r"|[\u221a\u00ac\u201a][\u00a0-\u00fc\u2013-\u2260]|[\u251c\u252c\u0393][\u00a0-\u00ff\u2510-\u2593]"
)


def odd_characters(block: Block) -> Iterator[Hit]:
    """What is not UTF-8, control characters, separators, marks and lost characters."""
    for side, text in enumerate(block.sides):
        whole = text.whole
        if not text.undecodable and not _may_be_odd(b"".join(text.raw)):
            continue
        for row in text.undecodable:
            yield Hit(NOT_UTF8, row, side, _first_bad_byte(text.raw[row]))
        found: dict[tuple[int, Fault], str] = {}
        for row, at, match in _matches(ODD, whole):
            fault = _kind(text, row, at, match)
            broken = row in text.undecodable and fault is REPLACEMENT
            if not broken:
                found.setdefault((row, fault), f"U+{ord(match[0]):04X}")
        yield from (Hit(fault, row, side, detail) for (row, fault), detail in found.items())


def _may_be_odd(data: bytes) -> bool:
    """Whether there is a reason to look closer, which costs ten times as much."""
    return len(data.translate(None, _CONTROLS)) != len(data) or any(
        each in data for each in _BEGINNINGS
    )


def _kind(text: Text, row: int, at: int, match: re.Match[str]) -> Fault:
    end = match.end() == len(text.whole) or text.whole[match.end()] == "\n"
    if match[0] == "\r" and end:
        return WINDOWS
    before = text.whole[at - 1 : at]
    if "\x80" <= match[0] <= "\x9f" and "\xc2" <= before <= "\xf4":
        return MOJIBAKE  # the first two bytes of a character, read as Latin-1
    if match[0] == BOM and row == at == 0 and text.first == 1:
        return MARK
    return _NAMED.get(match[0], CONTROL)


def _matches(pattern: re.Pattern[str], whole: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """(row, place in the whole text, match)"""
    row = before = 0
    for match in pattern.finditer(whole):
        row += whole.count("\n", before, match.start())
        before = match.start()
        yield row, before, match


def _first_bad_byte(line: bytes) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{line[error.start]:02x}"
    return ""


def mojibake(repaired: Callable[[str], str]) -> Callable[[Block], Hits]:
    """A check for text that was decoded wrongly once; repaired: ftfy's opinion of a line."""

    def check(block: Block) -> Iterator[Hit]:
        for side, text in enumerate(block.sides):
            whole = text.whole
            if whole.isascii():
                continue
            for row in dict.fromkeys(row for row, _, _ in _matches(_BROKEN, whole)):
                line = text.lines[row]
                if (better := repaired(line)) != line:
                    yield Hit(MOJIBAKE, row, side, f"was: {better}")

    return check


def mended(line: str, repaired: Callable[[str], str] | None = None) -> str:
    """The line without marks, with a space for each control character, and decoded rightly."""
    if repaired and _BROKEN.search(line):
        line = repaired(line)
    if ODD.search(line):
        line = ODD.sub(" ", line.replace(BOM, "").replace("\0", ""))
    return line.strip()
