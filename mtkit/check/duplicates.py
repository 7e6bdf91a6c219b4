"""Pairs that stand more than once in a set; only hashes of them are kept."""

from __future__ import annotations

from collections.abc import Iterator

from mtkit.check.faults import DUPLICATE, NEAR_DUPLICATE, Hit
from mtkit.check.reading import Block


class Duplicates:
    """A check that remembers the pairs of all blocks of a set."""

    def __init__(self) -> None:
        self.lines: dict[int, int] = {}  # hash of what counts of a pair -> its first line
        self.exact: set[int] = set()

    def __call__(self, block: Block) -> Iterator[Hit]:
        first, lines, exact = block.sides[0].first, self.lines, self.exact
        for row, (key, pair) in enumerate(zip(block.keys, block.pairs, strict=True)):
            if not (key[0] and key[1]):
                continue
            line = lines.setdefault(hash(key), first + row)
            same, known = hash(pair), len(exact)
            exact.add(same)
            if len(exact) == known:
                yield Hit(DUPLICATE, row, None, f"as line {line:,}")
            elif line != first + row:
                yield Hit(NEAR_DUPLICATE, row, None, f"as line {line:,}")
