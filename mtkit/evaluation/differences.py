"""The sentences on which two systems differ most, with the words that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mtkit.evaluation.metrics import References, Scoring


@dataclass(frozen=True)
class Difference:
    """A line that a system translates better, or worse, than the baseline."""

    line: int  # from 1
    gain: float  # in points of the sentence's chrF; below 0: a loss
    source: str | None
    reference: str
    baseline: str
    system: str


@dataclass(frozen=True)
class Run:
    """Words that follow each other; differs: the other text has others there."""

    text: str
    differs: bool


def largest_differences(
    baseline: Sequence[str],
    system: Sequence[str],
    references: References,
    source: Sequence[str] | None,
    how: Scoring,
    wanted: int,
) -> list[Difference]:
    """As many wins, the largest first, and then as many losses."""
    metric = how.chrf
    rows = list(zip(baseline, system, *references, strict=True))
    gains = [
        0.0
        if one == other
        else metric.sentence_score(other, right).score - metric.sentence_score(one, right).score
        for one, other, *right in rows
    ]
    order = sorted(range(len(rows)), key=lambda row: (-gains[row], row))
    wins = [row for row in order if gains[row] > 0][:wanted]
    losses = [row for row in reversed(order) if gains[row] < 0][:wanted]
    return [
        Difference(row + 1, gains[row], source[row] if source else None, references[0][row],
                   baseline[row], system[row])
        for row in wins + losses
    ]  # fmt: skip


def marked(one: str, other: str, spaced: bool = True) -> tuple[list[Run], list[Run]]:
    """Both texts, cut where they begin or cease to differ.  spaced: word by word."""
    cut, glue = (str.split, " ") if spaced else (list, "")
    left, right = cut(one), cut(other)
    runs: tuple[list[Run], list[Run]] = [], []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for side, words in zip(runs, (left[a:b], right[c:d]), strict=True):
            if words:
                side.append(Run(glue.join(words), kind != "equal"))
    return runs
