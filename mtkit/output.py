"""What became of a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mtkit.alignment import copy_unknown, links, word_numbers
from mtkit.config import EOS, UNK
from mtkit.constraints import Wishing
from mtkit.parts import Part
from mtkit.search import Hypothesis
from mtkit.tokenizer import Tokenizer


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


class Composer:
    """Makes text of hypotheses, and lines of parts."""

    def __init__(
        self, tokenizer: Tokenizer, spaced: tuple[bool, bool], wishing: Wishing, aligned: bool
    ) -> None:
        """spaced: whether words have spaces between them, in source and target."""
        self.tokenizer, self.spaced, self.wishing = tokenizer, spaced, wishing
        self.aligned = aligned
        self.joint = " " if spaced[1] else ""

    def needs_weights(self, part: Part) -> bool:
        """Whether it matters which target piece looks at which of the source."""
        return self.aligned or bool(part.unknown)

    def output(self, part: Part, hypothesis: Hypothesis, weights: Tensor | None) -> Output:
        """A hypothesis as text; what the tokenizer does not know is copied where that may be.

        weights (T, S): who looks where, EOS left out on both sides.
        """
        said = ["" if t == UNK else self.tokenizer.piece(t) for t in hypothesis.tokens]
        if part.first:
            said[: len(self.wishing.prefix)] = self.wishing.prefix
        text = self.tokenizer.decode_pieces(said)
        if weights is not None and part.unknown:
            pieces, looks = copy_unknown(said, part.pieces, part.unknown, weights)
            copied = self.tokenizer.decode_pieces(pieces)
            if self.wishing.allows(copied, part.text, part.first):
                text, said, weights = copied, pieces, looks
        pairs = []
        if self.aligned and weights is not None:
            source, target = (
                word_numbers(pieces, spaced)
                for pieces, spaced in zip((part.pieces, said), self.spaced, strict=True)
            )
            pairs = links(weights, source, target)
        pieces = [*map(self.tokenizer.piece, hypothesis.tokens), self.tokenizer.piece(EOS)]
        tokens = list(zip(pieces, hypothesis.token_log_probabilities, strict=True))
        return Output(text, hypothesis.score, tokens, pairs)

    def join(self, parts: Sequence[Part], outputs: Sequence[Output]) -> Output:
        """One translation of a line, from one of each part."""
        text = self.joint.join(output.text for output in outputs if output.text)
        tokens = [token for output in outputs for token in output.tokens]
        pairs: list[tuple[int, int]] = []
        source = target = 0  # words of the parts before
        for part, output in zip(parts, outputs, strict=True):
            pairs += [(source + s, target + t) for s, t in output.alignment]
            source += 1 + max(word_numbers(part.pieces, self.spaced[0]), default=-1)
            target += 1 + max((t for _, t in output.alignment), default=-1)
        return Output(text, sum(output.score for output in outputs), tokens, pairs)
