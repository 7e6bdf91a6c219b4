"""What was in the beam at each step, and what became of it: kept for somebody who asks why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.ranking import Hypothesis
from mtkit.search.controls import Control


@dataclass(frozen=True)
class Held:
    """A hypothesis in the beam.

    tokens      what it says so far, without BOS
    score       its log-probability so far, in nats
    candidates  (token, log-probability) of what may come next, the likeliest first
    """

    tokens: tuple[int, ...]
    score: float
    candidates: tuple[tuple[int, float], ...]


class Recorder(Control):
    """Search shows it, as the last of its controls, the beam of one sentence; it changes nothing.

    beams  the hypotheses in the beam before each step
    ended  those that ended, in the order in which they did
    """

    def __init__(self, candidates: int) -> None:
        """candidates: how many are kept of what each hypothesis may say next."""
        self.candidates = candidates
        self.beams: list[list[Held]] = []
        self.ended: list[Hypothesis] = []
        self._totals = self._words = torch.empty(0)

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        assert list(sentences) == [0], "a recorder watches one sentence"
        [self._words] = scores
        if not self.beams:
            self._totals = scores.new_zeros(len(tokens))
        best = self._words.topk(min(self.candidates, scores.size(-1)))
        columns = tokens[:, 1:], self._totals, best.indices, best.values
        self.beams.append([
            Held(tuple(said), score, tuple(pairs(words, values)))
            for said, score, words, values in zip(*(c.tolist() for c in columns), strict=True)
        ])  # fmt: skip

    def follow(self, rows: Tensor, words: Tensor) -> None:
        self._totals = self._totals[rows] + self._words[rows, words]

    def end(self, hypothesis: Hypothesis) -> None:
        """A hypothesis has ended."""
        self.ended.append(hypothesis)


def pairs(words: Sequence[int], values: Sequence[float]) -> list[tuple[int, float]]:
    """Those that may come at all."""
    found = zip(words, values, strict=True)
    return [(word, value) for word, value in found if value > -torch.inf]
