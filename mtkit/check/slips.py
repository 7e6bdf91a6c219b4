"""Where two files slip against each other: from there on, line n no longer translates line n.

Long sentences have long translations, so that the lengths of the two sides go together wherever
the sides do.  Where they suddenly do not, other distances between the sides are tried; where one
of them makes the lengths go together again, lines are missing on one side.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul
from statistics import pstdev

WINDOW = 32  # lines that are looked at together
STEP = WINDOW // 2
NEAR, FAR = 4, 300  # how far a window, and one of twice the length, is moved
PATIENCE = 3  # windows in a row that go together at no near distance, before far ones are tried
SUSPICIOUS, CONVINCING = 0.5, 0.75  # shares of the usual correlation
LEAST = 0.35  # a usual correlation below this says nothing
ENOUGH, VARIED = 320, 0.2  # lines, and the spread of their log-lengths, that tell anything
FLOOR = 4  # bytes added to each length: one letter more is much for "No." only


@dataclass(frozen=True)
class Lengths:
    """Logarithms of the lengths of all lines of both sides."""

    source: Sequence[float]
    target: Sequence[float]

    @classmethod
    def of(cls, source: Sequence[int], target: Sequence[int]) -> Lengths:
        """From bytes of each line."""
        table = [math.log(size + FLOOR) for size in range(1 << 12)]

        def logs(sizes: Sequence[int]) -> array[float]:
            logs = (table[size] if size < len(table) else math.log(size) for size in sizes)
            return array("f", logs)

        return cls(logs(source), logs(target))

    @property
    def surplus(self) -> int:
        """How many lines more the target has."""
        return len(self.target) - len(self.source)

    def together(self, start: int, distance: int, lines: int = WINDOW) -> float:
        """Correlation of source lines from `start` on with target lines `distance` further."""
        first = start + distance
        if min(start, first) < 0:
            return 0.0
        if start + lines > len(self.source) or first + lines > len(self.target):
            return 0.0
        return correlation(self.source[start : start + lines], self.target[first : first + lines])

    @property
    def unrelated(self) -> bool:
        """Whether both sides vary in length, but not together; in short files nobody can tell."""
        spreads = [pstdev(side[:ENOUGH]) for side in (self.source, self.target) if side]
        end = min(len(self.source), len(self.target))
        return end >= ENOUGH and min(spreads) > VARIED and self.usual < LEAST

    @cached_property
    def usual(self) -> float:
        """Correlation where sides belong together: of a hundred windows, a dozen have more."""
        last = min(len(self.source), len(self.target)) - WINDOW
        found = [
            max(self.together(start, distance) for distance in {0, self.surplus})
            for start in range(0, last + 1, max(WINDOW, last // 100))
        ]
        return sorted(found)[-1 - len(found) // 8] if found else 0.0


def correlation(x: Sequence[float], y: Sequence[float]) -> float:
    """Pearson's; 0 where a side does not vary."""
    n, sum_x, sum_y = len(x), sum(x), sum(y)
    xx, yy = sum(map(mul, x, x)) - sum_x * sum_x / n, sum(map(mul, y, y)) - sum_y * sum_y / n
    if xx < 1e-6 or yy < 1e-6:
        return 0.0
    return (sum(map(mul, x, y)) - sum_x * sum_y / n) / math.sqrt(xx * yy)


@dataclass(frozen=True)
class Change:
    """Between two source lines, from 0, the distance of the target becomes another."""

    earliest: int
    latest: int
    distance: int  # from here on


def changes(lengths: Lengths) -> Iterator[Change]:
    """All places where the distance changes; the last one fits the numbers of lines."""
    usual = lengths.usual
    end = min(len(lengths.source), len(lengths.target))
    distance = good = start = bad = 0
    while usual >= LEAST and start + WINDOW <= end:
        share = CONVINCING if bad else SUSPICIOUS  # among strangers, one window is good by chance
        bad += 1
        if lengths.together(start, distance) >= share * usual:
            good, bad = start, 0
        elif found := other_distance(lengths, start, distance, usual, bad):
            start, distance = found
            yield Change(max(0, good - STEP), start + WINDOW, distance)
            good, bad = start, 0
        start += STEP
    known = usual >= LEAST or end < 2 * WINDOW  # else nobody can tell, but in a short file
    if distance != lengths.surplus and known:
        yield Change(max(0, good - STEP), len(lengths.source), lengths.surplus)


def other_distance(
    lengths: Lengths, start: int, distance: int, usual: float, bad: int
) -> tuple[int, int] | None:
    """(line, distance) near `start` from which the lengths go together; None: there is none.

    bad: how many windows in a row do not; far distances are tried after 3, 6, 12 ... of them.
    """
    near = [
        (lengths.together(begin, distance + shift), begin, distance + shift)
        for begin in (start, start + STEP, start + WINDOW)
        for shift in range(-NEAR, NEAR + 1)
        if shift and lengths.together(begin, distance) < SUSPICIOUS * usual
    ]
    best = max(near, default=(0.0, 0, 0))
    turn, odd = divmod(bad, PATIENCE)
    if best[0] < CONVINCING * usual and not odd and not turn & (turn - 1):
        far = {*range(distance - FAR, distance + FAR + 1), 0, lengths.surplus} - {distance}
        best = max((lengths.together(start, there, 2 * WINDOW), start, there) for there in far)
    return best[1:] if best[0] >= CONVINCING * usual else None
