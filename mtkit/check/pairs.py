"""What is wrong with a pair, whatever the others are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from mtkit.check.faults import COPY, EMPTY, RATIO, Hit, Hits
from mtkit.check.reading import Block

COPIED_WORDS, COPIED_LETTERS = 4, 20  # names and exclamations are the same in both languages
SHORT = 20  # characters added to both sides: among short lines the ratio varies more
TIMES = 2.5  # a ratio so many times the usual one is extreme,
SPREADS = 10  # or more where the ratios of the corpus vary much


def empty_sides(block: Block) -> Iterator[Hit]:
    for side, text in enumerate(block.sides):
        for row, line in enumerate(text.lines):
            if not line or line.isspace():
                yield Hit(EMPTY, row, side)


def copies(block: Block) -> Iterator[Hit]:
    """Pairs whose sides are the same, but perhaps for case and marks, and no mere name."""
    for row, (one, other) in enumerate(block.keys):
        if one == other and is_copy(block.sides[0].lines[row], one):
            yield Hit(COPY, row)


def is_copy(line: str, key: bytes) -> bool:
    """Whether a line that is the same on both sides should not be.  key: what counts of it."""
    long = len(line.split()) >= COPIED_WORDS or not line.isascii()
    return long and len(key) >= COPIED_LETTERS


@dataclass(frozen=True)
class Ratios:
    """How long the target is for its source, in logarithms."""

    usual: float
    limit: float  # how far a ratio may be from the usual one

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Ratios:
        found = [log_ratio(*pair) for pair in pairs if pair[0].strip() and pair[1].strip()]
        usual = median(found) if found else 0.0
        spread = median(abs(each - usual) for each in found) if found else 0.0
        return cls(usual, max(math.log(TIMES), SPREADS * spread))


def log_ratio(source: str, target: str) -> float:
    return math.log((len(target) + SHORT) / (len(source) + SHORT))


def extreme_ratios(ratios: Ratios) -> Callable[[Block], Hits]:
    low, high = (math.exp(ratios.usual + sign * ratios.limit) for sign in (-1, 1))

    def check(block: Block) -> Iterator[Hit]:
        for row, (source, target) in enumerate(block.pairs):
            ratio = (len(target) + SHORT) / (len(source) + SHORT)
            if not low <= ratio <= high and source.strip() and target.strip():
                yield Hit(RATIO, row, None, f"{len(source)} and {len(target)} characters")

    return check
