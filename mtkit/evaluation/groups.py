"""Scores of parts of a test set: by the length of the source, by how rare its words are."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from mtkit.check.normal import plain_words
from mtkit.evaluation.metrics import References, Score, Scoring, corpus_score

LENGTHS = 1, 10, 20, 30, 40  # words from which a group begins
COUNTS = 0, 1, 10, 100  # of a word in the training text, from which a group begins


@dataclass(frozen=True)
class Group:
    """Sentences of a test set that are alike, and the scores of each system on them."""

    name: str
    sentences: int
    scores: Mapping[str, Sequence[Score]]  # by system: BLEU and chrF


def words(lines: Iterable[str]) -> Iterator[list[str]]:
    """The words of each line without case and punctuation; signs, in a script without spaces."""
    remaining = iter(lines)
    while some := list(islice(remaining, 1000)):
        for found in plain_words(some):
            yield [word for word in found if any(map(str.isalnum, word))]


def ranges(begins: Sequence[int], unit: str) -> list[str]:
    """(1, 10) -> 1-9 words, 10+ words"""
    ends = [str(end - 1) for end in begins[1:]]
    names = [
        begin if begin == end else f"{begin}-{end}"
        for begin, end in zip(map(str, begins), ends, strict=False)
    ]
    return [f"{name} {unit}" for name in [*names, f"{begins[-1]}+"]]


def by_length(source: Sequence[str], begins: Sequence[int] = LENGTHS) -> dict[str, list[int]]:
    """Rows of each group."""
    return grouped(list(map(len, words(source))), begins, "words")


def by_rarity(source: Sequence[str], counts: Mapping[str, int]) -> dict[str, list[int]]:
    """Rows of each group: how often the rarest word of a line is in the training text."""
    rarest = [min((counts.get(word, 0) for word in line), default=0) for line in words(source)]
    return grouped(rarest, COUNTS, "times")


def grouped(values: Sequence[int], begins: Sequence[int], unit: str) -> dict[str, list[int]]:
    names = ranges(begins, unit)
    rows: dict[str, list[int]] = {name: [] for name in names}
    for row, value in enumerate(values):
        rows[names[max(0, bisect_right(begins, value) - 1)]].append(row)
    return {name: found for name, found in rows.items() if found}


def word_counts(text: Iterable[str], source: Sequence[str]) -> Counter[str]:
    """How often each word of the source is in a text, which may be large."""
    wanted = {word for line in words(source) for word in line}
    return Counter(word for line in words(text) for word in line if word in wanted)


def group_scores(
    groups: Mapping[str, Sequence[int]],
    systems: Mapping[str, Sequence[str]],
    references: References,
    how: Scoring,
) -> list[Group]:
    """BLEU and chrF of each system on each group."""
    metrics = [metric for name, metric in how.metrics.items() if name in ("BLEU", "chrF2")]
    found = []
    for name, rows in groups.items():
        right = [[lines[row] for row in rows] for lines in references]
        scores = {
            system: [
                corpus_score(metric, [hypotheses[row] for row in rows], right) for metric in metrics
            ]
            for system, hypotheses in systems.items()
        }
        found.append(Group(name, len(rows), scores))
    return found
