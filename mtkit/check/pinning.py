"""Which line it is, exactly, at which two files slip: the words tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from mtkit.bitext import Files
from mtkit.check.normal import plain_words
from mtkit.check.reading import SOURCE, TARGET, Segment, line_sizes, raw_side
from mtkit.check.slips import STEP, Change, Lengths, changes

LEARNT_FROM = 1000  # pairs before and after a slip, which belong together
FREQUENT = 0.2  # a word in more lines than this translates everything

Words = Sequence[str]


@dataclass(frozen=True)
class Slip:
    """From source line `source` and target line `target` on, from 0, the distance is another.

    missing: lines that the source lacks there; below 0, that the target lacks.
    """

    source: int
    target: int
    missing: int


@dataclass(frozen=True)
class Alignment:
    """Which lines of two files stand side by side."""

    lines: tuple[int, int]
    segments: list[Segment]
    slips: list[Slip]
    unrelated: bool = False  # whether long lines do not go with long ones


class Associations:
    """Which words stand in translations of each other (Dice's coefficient)."""

    def __init__(self, pairs: Iterable[tuple[Words, Words]]) -> None:
        self.source: Counter[str] = Counter()
        self.target: Counter[str] = Counter()
        self.both: Counter[tuple[str, str]] = Counter()
        self.pairs = 0
        for one, other in pairs:
            self.pairs += 1
            ones, others = set(one), set(other)
            self.source.update(ones)
            self.target.update(others)
            self.both.update((a, b) for a in ones for b in others)

    def score(self, source: Words, target: Words) -> float:
        """0 to 1: how well the words of a line are accounted for by those of the other."""
        words = [word for word in set(source) if self.source[word] <= FREQUENT * self.pairs]
        others = set(target)
        found = (max((self.dice(word, other) for other in others), default=0.0) for word in words)
        return sum(found) / len(words) if words else 0.0

    def sums(self, pairs: Iterable[tuple[Words, Words]]) -> list[float]:
        """The scores of no pair, of the first, of the first two ..., added up."""
        return list(accumulate((self.score(*pair) for pair in pairs), initial=0.0))

    def dice(self, one: str, other: str) -> float:
        if one == other:
            return 1.0
        # The 1 takes its weight from what was seen once only.
        return 2 * self.both[one, other] / (1 + self.source[one] + self.target[other])


class Window:
    """Lines of one side, asked for from the first to the last."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines, self.first, self.held = lines, 0, list[bytes]()

    def words(self, start: int, stop: int) -> list[list[str]]:
        """Of lines start to stop, or to the last; start must not be smaller than before."""
        gone = min(start - self.first, len(self.held))
        del self.held[:gone]
        passed = start - self.first - gone
        next(islice(self.lines, passed, passed), None)
        self.first = start
        self.held += islice(self.lines, max(0, stop - start - len(self.held)))
        texts = [line.decode(errors="replace") for line in self.held[: max(0, stop - start)]]
        return plain_words([text.replace("\n", "") for text in texts])


def align(files: Files) -> Alignment:
    """Which lines of two files stand side by side, and where they slip."""
    sizes = line_sizes(files, SOURCE), line_sizes(files, TARGET)
    lengths = Lengths.of(*sizes)
    windows = Window(raw_side(files, SOURCE)), Window(raw_side(files, TARGET))
    found: list[tuple[int, Slip]] = []
    source = target = 0
    for change in changes(lengths):
        if change.distance == target - source:
            continue
        if pinned := pin(change, (source, target), lengths, windows):
            found.append(pinned)
            source, target = pinned[1].source, pinned[1].target
    lines = len(sizes[0]), len(sizes[1])
    slips = without_chance(found)
    return Alignment(lines, segments(slips, lines), [slip for _, slip in slips], lengths.unrelated)


def without_chance(found: Sequence[tuple[int, Slip]]) -> list[tuple[int, Slip]]:
    """The slips but for two that cancel out so soon that the lengths cannot have told."""
    kept: list[tuple[int, Slip]] = []
    for end, slip in found:
        last = kept[-1][1] if kept else None
        if last and last.missing == -slip.missing and end - last.source < STEP:
            kept.pop()
        else:
            kept.append((end, slip))
    return kept


def segments(slips: Iterable[tuple[int, Slip]], lines: tuple[int, int]) -> list[Segment]:
    """What lies between the slips, each given with the source line that it comes before."""
    found = []
    source = target = 0
    for end, slip in slips:
        found.append(Segment(source, target, end - source))
        source, target = slip.source, slip.target
    return [*found, Segment(source, target, min(lines[0] - source, lines[1] - target))]


def pin(
    change: Change, start: tuple[int, int], lengths: Lengths, windows: tuple[Window, Window]
) -> tuple[int, Slip] | None:
    """(source line, from 0, that the distance of `start` ends before; the slip); None where the
    words do not bear the lengths out.

    start: the source and target line at which the last slip ended.
    """
    before, after = start[1] - start[0], change.distance
    first = max(change.earliest, start[0])
    last = min(max(change.latest, first), len(lengths.source))
    lost = max(0, before - after)  # lines that the target lacks
    since = max(start[0], first - LEARNT_FROM)
    offset = max(0, since + min(before, after))
    source = windows[0].words(since, last + lost + LEARNT_FROM)
    target = windows[1].words(offset, last + lost + LEARNT_FROM + max(before, after))

    def pairs(start: int, stop: int, distance: int) -> Iterator[tuple[Words, Words]]:
        for row in range(start - since, stop - since):
            other = row + since + distance - offset
            there = row < len(source) and 0 <= other < len(target)
            yield (source[row], target[other]) if there else ((), ())

    learnt = [*pairs(since, first, before), *pairs(last + lost, last + LEARNT_FROM, after)]
    known = Associations(learnt)
    scores = [known.sums(pairs(first, last + lost, distance)) for distance in (before, after)]
    total = [
        scores[0][row] + scores[1][-1] - scores[1][row + lost] for row in range(last - first + 1)
    ]
    end = first + total.index(max(total))
    resumed = end + lost
    gains = [score[-1] - score[resumed - first] for score in scores]
    if gains[1] < gains[0]:
        return None
    return end, Slip(resumed, resumed + after, after - before)
