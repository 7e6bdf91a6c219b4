"""The quick part: what `mtkit train` sees in the pass in which it counts the pairs."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from mtkit.bitext import Counts, Files, Pair, is_whole, iterate_files
from mtkit.check.characters import ODD
from mtkit.check.extras import identifier
from mtkit.check.language import Side, kin
from mtkit.check.leakage import LETTERS
from mtkit.check.normal import key_lines
from mtkit.check.pairs import SHORT, is_copy
from mtkit.check.reading import BOM, SOURCE, raw_side
from mtkit.check.slips import Lengths, changes

TIMES = 6  # as long as the other side, for any two languages: too long
SAMPLE = 200  # pairs whose languages are identified


@dataclass(frozen=True)
class Look:
    """How many pairs of a bitext have a fault; slip: the line near which its sides slip, or 0."""

    counts: Counts
    copies: int
    odd: int
    uneven: int
    slip: int

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Look:
        found = whole = size = copies = odd = uneven = 0
        sizes = array("I"), array("I")
        for pair in pairs:
            source, target = pair
            found += 1
            whole += is_whole(pair)
            one, other = len(source), len(target)
            sizes[0].append(one)
            sizes[1].append(other)
            size += one + other if source.isascii() and target.isascii() else _bytes(pair)
            copies += source == target and is_copy(source, *key_lines([source]))
            if not (source.isprintable() and target.isprintable()):
                odd += bool(ODD.search(source) or ODD.search(target))
            uneven += not 1 / TIMES < (one + SHORT) / (other + SHORT) < TIMES
        slip = next(changes(Lengths.of(*sizes)), None)
        counts = Counts(found, found - whole, size)
        return cls(counts, copies, odd, uneven, 1 + slip.earliest if slip else 0)

    @classmethod
    def read(cls, values: dict[str, Any]) -> Look:
        """What `asdict` has made of one."""
        return cls(**values | {"counts": Counts(**values["counts"])})

    def warnings(self) -> Iterator[str]:
        """A line for each fault."""
        pairs = f"of {self.counts.pairs:,} training pairs"
        if self.slip:
            yield f"from about line {self.slip:,} on, the two sides do not go together"
        if self.copies:
            yield f"{self.copies:,} {pairs}: untranslated copies"
        if self.odd:
            yield f"{self.odd:,} {pairs}: control characters, separators or lost characters"
        if self.uneven:
            yield f"{self.uneven:,} {pairs}: one side more than {TIMES} times as long"


def _bytes(pair: Pair) -> int:
    return len(pair[0].encode()) + len(pair[1].encode())


def look(pairs: Iterable[Pair]) -> dict[str, Any]:
    """What `Look.read` reads."""
    return asdict(Look.of(pairs))


def foreign_sides(files: Files, languages: Sequence[str]) -> list[str]:
    """A line for each side that is in another language than it should be, by its first lines."""
    found = identifier()
    if found is None:
        return []
    identify, known = found
    lines = zip(*islice(filter(is_whole, iterate_files(files)), SAMPLE), strict=True)
    told = []
    for side, language in zip(lines, languages, strict=False):
        there = Side.of(side, language, identify)
        if kin(language) & known and there.is_foreign:
            told.append(f"the {language} side is in another language (`{there.main}`)")
    return told


def leaked(train: Iterable[Files], held_out: Iterable[Files]) -> int:
    """How many source sentences of the held-out bitexts stand in the training ones.

    Short ones, which are said by many, do not count.
    """
    lines = list({line for files in held_out for line in source_lines(files)})
    texts = [line.decode(errors="replace") for line in lines]
    keys = zip(lines, key_lines(texts), strict=True)
    held = {line for line, key in keys if len(key.decode()) >= LETTERS}
    return len(held.intersection(line for files in train for line in source_lines(files)))


def source_lines(files: Files) -> Iterator[bytes]:
    """Without their ends and the mark in front."""
    for number, line in enumerate(raw_side(files, SOURCE)):
        yield (line if number else line.removeprefix(BOM.encode())).rstrip(b"\r\n")
