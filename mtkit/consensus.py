"""Which of several translations has most in common with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def consensus(texts: Sequence[str]) -> list[float]:
    """For each text its mean chrF, 0 to 1, against all of them: minimum Bayes risk

    (Eikema and Aziz, 2020): the others stand for what the model holds possible.
    """
    from sacrebleu.metrics.chrf import CHRF  # here, since few translations need it

    counts = Counter(texts)
    chrf = CHRF()
    utility = {
        text: sum(
            count * (1.0 if other == text else chrf.sentence_score(text, [other]).score / 100)
            for other, count in counts.items()
        )
        / len(texts)
        for text in counts
    }
    return [utility[text] for text in texts]
