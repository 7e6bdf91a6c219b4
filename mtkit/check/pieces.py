"""What the tokenizer makes of the text: unknown characters, and more pieces than positions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtkit.check.faults import TOO_LONG, UNKNOWN, Hit
from mtkit.check.reading import Block
from mtkit.config import UNK
from mtkit.tokenizer import Tokenizer


class Pieces:
    """A check with a tokenizer."""

    def __init__(self, tokenizer: Tokenizer, positions: int) -> None:
        """positions: of the model, one of which is for the end of the sentence."""
        self.tokenizer, self.room = tokenizer, positions - 1
        self.known: set[str] = {"\n", "\r"}
        self.unknown: set[str] = set()

    def __call__(self, block: Block) -> Iterator[Hit]:
        for side, text in enumerate(block.sides):
            self._learn(set(text.whole) - self.known - self.unknown)
            if self.unknown and not self.unknown.isdisjoint(text.whole):
                yield from self._unknown(text.lines, side)
            for row, line in enumerate(text.lines):
                if (
                    len(line) >= self.room
                    and (size := len(self.tokenizer.encode(line))) > self.room
                ):
                    yield Hit(TOO_LONG, row, side, f"{size:,} pieces")

    def _learn(self, characters: set[str]) -> None:
        for character in characters:
            odd = UNK in self.tokenizer.encode(f"a{character}a") and not character.isspace()
            (self.unknown if odd else self.known).add(character)

    def _unknown(self, lines: list[str], side: int) -> Iterator[Hit]:
        pattern = re.compile(f"[{re.escape(''.join(sorted(self.unknown)))}]")
        for row, line in enumerate(lines):
            if found := sorted(set(pattern.findall(line))):
                names = ", ".join(f"{each} (U+{ord(each):04X})" for each in found)
                yield Hit(UNKNOWN, row, side, names)


class Words:
    """A check without a tokenizer: a line of more words than positions is too long in any case."""

    def __init__(self, positions: int) -> None:
        self.room = positions - 1

    def __call__(self, block: Block) -> Iterator[Hit]:
        for side, text in enumerate(block.sides):
            for row, line in enumerate(text.lines):
                if len(line) >= 2 * self.room and (size := len(line.split())) > self.room:
                    yield Hit(TOO_LONG, row, side, f"{size:,} words")
