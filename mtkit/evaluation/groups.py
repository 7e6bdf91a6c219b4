"""Scores of parts of a test set: by the length of the source, by how rare its words are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from mtkit.evaluation.metrics import References, Score, Scoring, bleu_tokenizer, corpus_score

LENGTHS = 1, 10, 20, 30, 40  # words from which a group begins
COUNTS = 0, 1, 10, 100  # of a word in the training text, from which a group begins


@dataclass(frozen=True)
class Group:
    """Sentences of a test set that are alike, and the scores of each system on them."""

    name: str
    sentences: int
    scores: Mapping[str, Sequence[Score]]  # by system: BLEU and chrF


def splitter(language: str) -> Callable[[str], list[str]]:
    """What cuts a line into words without case and punctuation, or into Chinese signs."""
    if bleu_tokenizer(language) in ("zh", "ja-mecab"):
        signs = TokenizerZh()
        return lambda line: signs(line).split()
    return lambda line: re.findall(r"\w+", line.casefold())


def ranges(begins: Sequence[int], unit: str) -> list[str]:
    """(1, 10) -> 1-9 words, 10+ words"""
    ends = [str(end - 1) for end in begins[1:]]
    names = [
        begin if begin == end else f"{begin}-{end}"
        for begin, end in zip(map(str, begins), ends, strict=False)
    ]
    return [f"{name} {unit}" for name in [*names, f"{begins[-1]}+"]]


def by_length(
    source: Sequence[str], language: str, begins: Sequence[int] = LENGTHS
) -> dict[str, list[int]]:
    """Rows of each group."""
    words = splitter(language)
    return grouped([len(words(line)) for line in source], begins, "words")


def by_rarity(
    source: Sequence[str], language: str, counts: Mapping[str, int]
) -> dict[str, list[int]]:
    """Rows of each group: how often the rarest word of a line is in the training text."""
    words = splitter(language)
    rarest = [min((counts.get(word, 0) for word in words(line)), default=0) for line in source]
    return grouped(rarest, COUNTS, "times")


def grouped(values: Sequence[int], begins: Sequence[int], unit: str) -> dict[str, list[int]]:
    names = ranges(begins, unit)
    rows: dict[str, list[int]] = {name: [] for name in names}
    for row, value in enumerate(values):
        rows[names[max(0, bisect_right(begins, value) - 1)]].append(row)
    return {name: found for name, found in rows.items() if found}


def word_counts(text: Iterable[str], source: Sequence[str], language: str) -> Counter[str]:
    """How often each word of the source is in a text, which may be large."""
    words = splitter(language)
    wanted = {word for line in source for word in words(line)}
    return Counter(word for line in text for word in words(line) if word in wanted)


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
