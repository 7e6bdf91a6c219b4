"""Which sentences a report shows, and where their translations differ from the references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mtkit.evaluation import EvaluationSet, Scoring
from mtkit.evaluation.differences import Run, marked
from mtkit.evaluation.groups import words
from mtkit.report.text import shown

if TYPE_CHECKING:
    from mtkit.tokenizer import Tokenizer

LONGEST = 40  # words of a sentence that is shown: attention to more is no picture to look at


@dataclass(frozen=True)
class Example:
    """A sentence and its translation.

    line        in the test set, from 1; None: of the log, or the user's own
    reference   of several the one that is closest to the translation
    chrf        of the sentence, against all references, 0 to 100, if there are any
    said, right translation and reference, cut where they begin or cease to differ
    """

    source: str
    translation: str
    reference: str | None = None
    line: int | None = None
    chrf: float | None = None
    said: Sequence[Run] = field(default_factory=tuple)
    right: Sequence[Run] = field(default_factory=tuple)

    @property
    def where(self) -> str:
        """line 17, chrF 63.1"""
        if self.reference is None:
            return "your own"
        place = f"line {self.line:,}" if self.line else "from the log"
        return f"{place}, chrF {self.chrf:.1f}"

    @property
    def shown_source(self) -> str:
        """With what cannot be seen written as its number."""
        return shown(self.source)


def example(
    source: str,
    translation: str,
    references: Sequence[str],
    how: Scoring,
    spaced: bool,
    line: int | None = None,
) -> Example:
    """A sentence beside its references, of which the user's own has none.

    spaced: whether the target's words are set apart by spaces.
    """
    if not references:
        return Example(source, translation, said=[Run(shown(translation), False)])
    closest = max(references, key=lambda one: how.chrf.sentence_score(translation, [one]).score)
    said, right = marked(shown(translation), shown(closest), spaced)
    chrf = how.chrf.sentence_score(translation, references).score
    return Example(source, translation, closest, line, chrf, said, right)


def spread(
    what: EvaluationSet,
    hypotheses: Sequence[str],
    how: Scoring,
    spaced: bool,
    wanted: int,
    tokenizer: Tokenizer,
) -> list[Example]:
    """Sentences of the set from the best to the worst translation by chrF, as evenly as possible.

    The set has a source.  Lines without pieces are left out, and long ones unless there are no
    others.
    """
    source, references = what.source or (), list(zip(*what.references, strict=True))
    lengths = list(map(len, words(source)))
    rows = [row for row, line in enumerate(source) if readable(line, tokenizer)]
    rows = [row for row in rows if lengths[row] <= LONGEST] or rows
    scores = {row: how.chrf.sentence_score(hypotheses[row], references[row]).score for row in rows}
    order = sorted(rows, key=lambda row: -scores[row])
    return [
        example(source[row], hypotheses[row], references[row], how, spaced, row + 1)
        for row in (order[place] for place in evenly(len(order), wanted))
    ]


def evenly(count: int, wanted: int) -> list[int]:
    """Places of a row of so many, from its first to its last; of one that is wanted, the middle."""
    last, wanted = count - 1, min(wanted, count)
    if wanted < 2:
        return [last // 2] * wanted
    return [round(last * number / (wanted - 1)) for number in range(wanted)]


def readable(line: str, tokenizer: Tokenizer) -> bool:
    """Whether there is something to translate: a line of control characters has no piece."""
    return bool(tokenizer.pieces(line))
