"""What was found: counted, a few examples of each fault, and the lines of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mtkit.bitext import Files
from mtkit.check.faults import ERROR, FAULTS, KEEP, NOTE, WARNING, Fault, Hit
from mtkit.check.pinning import Alignment
from mtkit.check.reading import Block

EXAMPLES = 3  # of a fault in a file

BITS = {fault: 1 << number for number, fault in enumerate(FAULTS)}


def faults_in(bits: int) -> list[Fault]:
    return [fault for fault, bit in BITS.items() if bits & bit]


@dataclass(frozen=True)
class Part:
    """A bitext of a split, and which lines of it stand side by side."""

    split: str
    files: Files
    alignment: Alignment

    def file(self, side: int | None) -> Path:
        """That of a side; for a pair, that of its source."""
        return self.files[-1 if side == 1 else 0]

    @cached_property
    def name(self) -> str:
        """Both files, shortly: train.en, de"""
        names = [file.name for file in self.files]
        if len(names) == 2 and names[0].split(".")[0] == names[1].split(".")[0]:
            return f"{names[0]}, {names[1].partition('.')[2]}"
        return ", ".join(names)


@dataclass(frozen=True)
class Finding:
    """A fault at a place."""

    fault: Fault
    split: str
    file: Path
    line: int  # from 1
    texts: tuple[str, ...] = ()  # the line, or both sides of the pair
    detail: str = ""


Place = tuple[Fault, str, Path]
Marks = dict[int, int]  # line -> its faults, as bits


@dataclass
class Report:
    """All findings: numbers of lines only, and the texts of a few."""

    pair: str
    parts: list[Part] = field(default_factory=list)
    counts: dict[Place, int] = field(default_factory=dict)
    examples: dict[Place, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[tuple[int, int | None], Marks] = field(default_factory=lambda: defaultdict(dict))
    # of a part, by its number, and of a side; None: of the pairs, by their source lines
    skipped: list[str] = field(default_factory=list)  # what was not looked for, and why

    def add(self, part: Part, hit: Hit, block: Block) -> None:
        """A fault in a block of a part."""
        line = block.sides[hit.side or 0].first + hit.row
        if self._count(part, hit.fault, hit.side, line):
            sides = (0, 1) if hit.side is None else (hit.side,)
            texts = tuple(block.sides[side].lines[hit.row] for side in sides)
            file = part.file(hit.side)
            self._keep(Finding(hit.fault, part.split, file, line, texts, hit.detail))

    def tell(
        self,
        part: Part,
        fault: Fault,
        line: int,
        side: int | None = None,
        detail: str = "",
        texts: tuple[str, ...] = (),
    ) -> None:
        """A fault of a file, or of a line that is in no block."""
        if self._count(part, fault, side, line):
            self._keep(Finding(fault, part.split, part.file(side), line, texts, detail))

    def _count(self, part: Part, fault: Fault, side: int | None, line: int) -> bool:
        """Count it; whether an example is wanted.  A fault that a line has twice counts once."""
        marks = self.marks[self.parts.index(part), side]
        if marks.get(line, 0) & BITS[fault]:
            return False
        marks[line] = marks.get(line, 0) | BITS[fault]
        place = fault, part.split, part.file(side)
        self.counts[place] = self.counts.get(place, 0) + 1
        return self.counts[place] <= EXAMPLES

    def _keep(self, finding: Finding) -> None:
        self.examples[finding.fault, finding.split, finding.file].append(finding)

    def places(self) -> Iterator[tuple[Place, int]]:
        """Where how much was found, the worst first."""
        severities = ERROR, WARNING, NOTE
        order = {fault: (severities.index(fault.severity), BITS[fault]) for fault in FAULTS}
        yield from sorted(self.counts.items(), key=lambda each: order[each[0][0]])

    def lines(self, place: Place) -> list[int]:
        """The lines of a fault in a file."""
        fault, split, file = place
        return sorted(
            line
            for (number, side), marks in self.marks.items()
            for part in [self.parts[number]]
            if part.split == split and part.file(side) == file
            for line, bits in marks.items()
            if bits & BITS[fault]
        )

    @property
    def has_errors(self) -> bool:
        return any(fault.severity == ERROR for fault, _, _ in self.counts)

    @property
    def is_fixable(self) -> bool:
        return any(fault.remedy != KEEP for fault, _, _ in self.counts)
