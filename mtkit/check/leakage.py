"""Pairs of train that stand, exactly or nearly, in a held-out set too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from mtkit.check.faults import LEAK, LEAKED_SIDE, NEAR_LEAK, Hit
from mtkit.check.reading import Block

SHARED = 0.75  # of the n-grams of a held-out sentence that a training sentence has
LEAST = 5  # n-grams of a sentence that can nearly be another
LETTERS = 12  # a shorter sentence is said by many: that it stands in both sets means nothing

Gram = tuple[str, str, str, str]


def grams(words: Sequence[str]) -> set[Gram]:
    """All runs of four words; of four characters, in a script without spaces."""
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


class HeldOut:
    """The pairs of all held-out sets, by hashes and n-grams."""

    def __init__(self) -> None:
        self.pairs: dict[int, str] = {}  # hash -> where it stands
        self.sides: tuple[dict[int, str], dict[int, str]] = {}, {}
        self.index: dict[Gram, list[int]] = {}  # n-gram of a source -> numbers of sentences
        self.grams: list[tuple[int, set[Gram]]] = []  # how many of the source, those of the target
        self.places: list[str] = []

    def add(self, block: Block, split: str) -> None:
        words = zip(block.sides[0].words, block.sides[1].words, strict=True)
        each = zip(block.pairs, block.keys, words, strict=True)
        for line, (pair, key, (source, target)) in enumerate(each, block.sides[0].first):
            place = f"{split}, line {line:,}"
            if not (key[0] and key[1]):
                continue
            self.pairs.setdefault(hash(pair), place)
            for side in (0, 1):
                self.sides[side].setdefault(hash(key[side]), place)
            self._add_grams(grams(source), grams(target), place)

    def _add_grams(self, source: set[Gram], target: set[Gram], place: str) -> None:
        if min(len(source), len(target)) < LEAST:
            return
        for gram in source:
            self.index.setdefault(gram, []).append(len(self.places))
        self.places.append(place)
        self.grams.append((len(source), target))

    def leaks(self, block: Block) -> Iterator[Hit]:
        """The check of a block of train."""
        for row, (pair, key) in enumerate(zip(block.pairs, block.keys, strict=True)):
            if place := self.pairs.get(hash(pair)):
                yield Hit(LEAK, row, None, f"is {place}")
            elif place := self._same_side(key):
                yield Hit(LEAKED_SIDE, row, None, place)
            else:
                words = [side.words[row] for side in block.sides]
                if place := self._nearly(words[0], words[1]):
                    yield Hit(NEAR_LEAK, row, None, f"nearly {place}")

    def _same_side(self, key: tuple[bytes, bytes]) -> str:
        for side, name in enumerate(("source", "target")):
            place = self.sides[side].get(hash(key[side]))
            if place and len(key[side].decode()) >= LETTERS:
                return f"{name} is that of {place}"
        return ""

    def _nearly(self, source: Sequence[str], target: Sequence[str]) -> str:
        found = self.index.keys() & grams(source)
        if not found:
            return ""
        shared = Counter(number for gram in found for number in self.index[gram])
        of_target = grams(target)
        for number, count in shared.most_common():
            size, theirs = self.grams[number]
            if count >= SHARED * size and len(theirs & of_target) >= SHARED * len(theirs):
                return self.places[number]
        return ""


def held_out(sets: Iterable[tuple[str, Iterable[Block]]]) -> HeldOut:
    """sets: (name of the split, its blocks)"""
    found = HeldOut()
    for split, blocks in sets:
        for block in blocks:
            found.add(block, split)
    return found
