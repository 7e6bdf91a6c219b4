"""What a high score can hide: loops, copies of the source, wrong lengths, nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

ORDER = 4  # tokens of what is counted as repeated


@dataclass(frozen=True)
class Symptoms:
    """Of the outputs of a system; all but the first are shares, 0 to 1.

    length_ratio  tokens of the outputs for each token of the references, as BLEU counts them
    repeated      n-grams of four tokens that stand in the same line already, as seq-rep-4 of
                  Welleck et al. (2020), but of all lines together
    copied        lines that are their source, while no reference is; None: no source is known
    empty         lines without text, while a reference has some
    """

    length_ratio: float
    repeated: float
    copied: float | None
    empty: float


def repetition(lines: Sequence[str], tokens: Callable[[str], Sequence[str]]) -> float:
    """Share of n-grams that stand before in the same line, 0 to 1."""
    total = unique = 0
    for line in lines:
        words = tokens(line)
        grams = [tuple(words[at : at + ORDER]) for at in range(len(words) - ORDER + 1)]
        total, unique = total + len(grams), unique + len(set(grams))
    return (total - unique) / total if total else 0.0


def plain(text: str) -> str:
    """What has to be equal for a copy: words, whatever their case."""
    return " ".join(text.casefold().split())


def copied(
    hypotheses: Sequence[str], source: Sequence[str] | None, references: Sequence[Sequence[str]]
) -> float | None:
    """Share of lines that are their source, though it can be translated, 0 to 1."""
    if source is None:
        return None
    rows = zip(source, hypotheses, *references, strict=True)
    found = 0
    for before, *after in rows:
        hypothesis, *right = map(plain, after)
        found += bool(hypothesis) and hypothesis == plain(before) and hypothesis not in right
    return found / len(hypotheses)


def empty(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Share of lines without text where there should be some, 0 to 1."""
    rows = zip(hypotheses, *references, strict=True)
    found = sum(
        not hypothesis.strip() and any(map(str.strip, right)) for hypothesis, *right in rows
    )
    return found / len(hypotheses)
