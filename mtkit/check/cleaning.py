"""A cleaned copy of a corpus, and a list of what was changed; the original stays as it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from mtkit.check.characters import mended
from mtkit.check.display import visible
from mtkit.check.extras import repairer
from mtkit.check.faults import DROP, EMPTY, KEEP, MEND, SIDE_LANGUAGE, SLIP, Fault
from mtkit.check.reading import Block, blocks
from mtkit.check.report import BITS, Report, faults_in
from mtkit.errors import MtkitError
from mtkit.places import check_writable, whole_directory

CHANGES = "changes.tsv"  # beside the cleaned files
COLUMNS = ("file", "line", "fault", "done", "text")

Repair = Callable[[str], str] | None


@dataclass
class Cleaned:
    """How many pairs the copy has, and how many of the original it lacks or has otherwise."""

    kept: int = 0
    dropped: int = 0
    mended: int = 0


def require_new(out: Path) -> None:
    """Errors: MtkitError for a place that is taken, or cannot be written to."""
    if out.exists() or out.is_symlink():
        raise MtkitError(f"`{out}` exists already", "name a directory that is not there yet")
    check_writable(out)


def require_cleanable(report: Report) -> None:
    """Errors: MtkitError for a fault that must be mended by hand."""
    for fault, _, file in report.counts:
        if fault is SIDE_LANGUAGE:
            raise MtkitError(
                f"`{file}` is in another language than its name says",
                "nothing would be left of it: rename the file, or swap it with the other side",
            )
    for part in report.parts:
        lines, pairs = part.alignment.lines, sum(s.pairs for s in part.alignment.segments)
        if lines[0] != lines[1] and not part.alignment.slips and pairs:
            names = " and ".join(f"`{file}`" for file in part.files)
            raise MtkitError(
                f"{names} differ in length, and where they slip cannot be told",
                "make both of the same length first: line n must translate line n",
            )


def write_clean(report: Report, languages: tuple[str, str], out: Path) -> Cleaned:
    """Write {split}.{language} and the list of changes into a new directory.

    Errors: MtkitError if it cannot be written, or nothing is left of a split.
    """
    require_new(out)
    require_cleanable(report)
    repair, found = repairer(), Cleaned()
    with whole_directory(out) as folder, ExitStack() as stack:

        def create(name: str) -> IO[bytes]:
            return stack.enter_context((folder / name).open("wb"))

        changes = create(CHANGES)
        changes.write("\t".join(COLUMNS).encode() + b"\n")
        for split in dict.fromkeys(part.split for part in report.parts):
            files = [create(f"{split}.{language}") for language in languages]
            before = found.kept
            for number, part in enumerate(report.parts):
                if part.split == split:
                    Cleaner(report, number, repair, changes, found).write(files[0], files[1])
            if found.kept == before:
                raise MtkitError(
                    f"nothing is left of the {split} set", "see what `mtkit check` says of it"
                )
    return found


class Alone(NamedTuple):
    """A line that nothing stands beside; before: the source line of the next pair."""

    side: int
    line: int
    before: int


class Cleaner:
    """What becomes of each pair of a part."""

    def __init__(
        self, report: Report, number: int, repair: Repair, changes: IO[bytes], found: Cleaned
    ) -> None:
        self.part, self.found = report.parts[number], found
        self.repair, self.changes = repair, changes
        self.marks = {side: dict(report.marks.get((number, side), {})) for side in (0, 1, None)}

    def write(self, source: IO[bytes], target: IO[bytes]) -> None:
        alone = deque(self._mark_slips())
        for block in blocks(self.part.files, self.part.alignment.segments):
            while alone and alone[0].before <= block.sides[0].first:
                self._drop(alone.popleft())
            for row in range(len(block.sides[0].lines)):
                if pair := self.cleaned(block, row):
                    source.write(pair[0].encode() + b"\n")
                    target.write(pair[1].encode() + b"\n")
                    self.found.kept += 1
        for line in alone:  # at the end
            self._drop(line)

    def cleaned(self, block: Block, row: int) -> tuple[str, str] | None:
        """The pair, mended if need be; None if it is dropped."""
        texts = block.sides
        at = {0: texts[0].first + row, 1: texts[1].first + row, None: texts[0].first + row}
        faults = [
            (fault, side)
            for side, line in at.items()
            if (bits := self.marks[side].get(line))
            for fault in faults_in(bits)
            if fault.remedy != KEEP and (fault is not SLIP or side is None)  # of the pair, once
        ]
        source, target = texts[0].lines[row], texts[1].lines[row]
        if not faults:
            return source, target
        pair = mended(source, self.repair), mended(target, self.repair)
        if not all(pair) and not any(fault.remedy == DROP for fault, _ in faults):
            faults.append((EMPTY, 0 if not pair[0] else 1))
        dropped = any(fault.remedy == DROP for fault, _ in faults)
        self.found.dropped += dropped
        self.found.mended += not dropped
        for fault, side in faults:
            if fault.remedy == (DROP if dropped else MEND):
                self._change(fault, side, at[side], texts[side or 0].lines[row])
        return None if dropped else pair

    def _mark_slips(self) -> Iterator[Alone]:
        """Drop the pairs next to a slip, which may lie a line further; -> the lines between."""
        segments = self.part.alignment.segments
        for before, after in zip(segments, segments[1:], strict=False):
            ends = before.source + before.pairs, before.target + before.pairs
            for side, (end, start) in enumerate(
                zip(ends, (after.source, after.target), strict=True)
            ):
                for line in range(end + 1, start + 1):
                    yield Alone(side, line, after.source + 1)
            for line in (ends[0], after.source + 1):
                self.marks[None][line] = self.marks[None].get(line, 0) | BITS[SLIP]

    def _drop(self, alone: Alone) -> None:
        self._change(SLIP, alone.side, alone.line, "")
        self.found.dropped += 1

    def _change(self, fault: Fault, side: int | None, line: int, text: str) -> None:
        row = (self.part.file(side), line, fault.name, fault.remedy, visible(text))
        self.changes.write("\t".join(map(str, row)).encode(errors="replace") + b"\n")
