"""What became of a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Output:
    """One translation of a line.

    score      what translations are ranked by: log-probability over length penalty, or with
               minimum Bayes risk the mean chrF against the other samples, 0 to 1; a line in
               several parts has the sum
    tokens     the pieces that the model said, with their log-probabilities in nats; the end mark
               is one, too
    alignment  (source word, target word), counted from 0, if it was asked for
    """

    text: str
    score: float
    tokens: Sequence[tuple[str, float]] = ()
    alignment: Sequence[tuple[int, int]] = ()

    @property
    def log_probability(self) -> float:
        """Of all tokens, in nats."""
        return sum(log_probability for _, log_probability in self.tokens)

    @property
    def confidence(self) -> float:
        """The geometric mean of the tokens' probabilities, 0 to 1."""
        return math.exp(self.log_probability / len(self.tokens)) if self.tokens else 0.0


@dataclass(frozen=True)
class Translation:
    """What became of one line: the n best translations, best first.

    parts  into how many sentences, or parts that fit the model, the line was split
    cut    whether a sentence was too long for the model
    """

    source: str
    outputs: Sequence[Output]
    parts: int = 1
    cut: bool = False

    @property
    def texts(self) -> list[str]:
        return [output.text for output in self.outputs]

    @property
    def scores(self) -> list[float]:
        return [output.score for output in self.outputs]

    def to_json(self) -> dict[str, Any]:
        """Plain values; those of the n best that are missing, or of an empty line, are left out."""
        hypotheses = [
            {
                "text": output.text,
                "score": output.score,
                "log_probability": output.log_probability,
                "confidence": output.confidence,
                "tokens": [
                    {"piece": piece, "log_probability": value} for piece, value in output.tokens
                ],
                "alignment": [list(pair) for pair in output.alignment],
            }
            for output in self.outputs
            if output.tokens
        ]
        return {"source": self.source, "hypotheses": hypotheses}
