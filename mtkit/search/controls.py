"""What may come next: small objects that search asks before each step."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from mtkit.config import BOS, EOS, PAD, UNK
from mtkit.ranking import REPEATS, closing_words


class Control:
    """Search shows it the log-probabilities of what may come next, and tells it what came.

    Search keeps K hypotheses of each of N sentences: `sentences` says which of the batch those
    are, `tokens` (N K, T) what the hypotheses say so far, BOS included.
    """

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        """scores (N, K, V), in place: minus infinity for what may not come next"""
        raise NotImplementedError

    def follow(self, rows: Tensor, words: Tensor) -> None:
        """Search goes on with these rows (N K), of those before, and a word (N K) more in each."""


class OnlyText(Control):
    """What is no text is never said; an unknown piece only where source or prefix have one."""

    def __init__(self, unknown: Sequence[float]) -> None:
        """unknown: for each sentence of the batch, among how many tokens there may be some."""
        self.unknown = unknown

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        scores[..., PAD] = scores[..., BOS] = -torch.inf
        step = tokens.size(1)  # BOS counts, too
        known = [n for n, sentence in enumerate(sentences) if step > self.unknown[sentence]]
        every = len(known) == len(sentences)  # as is nearly always so, and is quicker
        scores[slice(None) if every else known, :, UNK] = -torch.inf


class Lengths(Control):
    """No hypothesis ends before the minimum, and each does at its sentence's limit."""

    def __init__(self, minimum: int, limits: Sequence[int], cut: int | None = None) -> None:
        """minimum: tokens without EOS; limits: tokens with EOS, for each sentence.

        cut: the limit at which a hypothesis that has to end is not charged for its end, or a
        short maximum would be met best by saying nothing.
        """
        self.minimum, self.limits, self.cut = minimum, limits, cut

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        length = tokens.size(1)  # of a hypothesis that ends now, EOS included
        if length <= self.minimum:
            scores[..., EOS] = -torch.inf
        for n, sentence in enumerate(sentences):
            if length >= self.limits[sentence]:
                only(scores[n], EOS)
                if length == self.cut:
                    scores[n, :, EOS] = scores[n, :, EOS].clamp(min=0)


class Prefix(Control):
    """A translation begins as it is told."""

    def __init__(self, prefixes: Sequence[Sequence[int]]) -> None:
        self.prefixes = prefixes

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        said = tokens.size(1) - 1
        for n, sentence in enumerate(sentences):
            if said < len(self.prefixes[sentence]):
                only(scores[n], self.prefixes[sentence][said])


class NoRepeat(Control):
    """No sequence of `size` tokens is said twice."""

    def __init__(self, size: int) -> None:
        self.size = size

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        beam = scores.size(1)
        for row, said in enumerate(tokens[:, 1:].tolist()):
            begin = said[len(said) - self.size + 1 :] if self.size > 1 else []
            if len(begin) < self.size - 1:
                return
            for i in range(len(said) - self.size + 1):
                if said[i : i + self.size - 1] == begin:
                    scores[row // beam, row % beam, said[i + self.size - 1]] = -torch.inf


class NoLoops(Control):
    """The word with which a hypothesis would get caught in a loop may not come."""

    def __init__(self, sources: Sequence[Sequence[int]], free: Collection[int]) -> None:
        """sources: tokens of each sentence; free: sentences which may say what they like."""
        self.sources, self.free = sources, free

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        beam = scores.size(1)
        often = (tokens == tokens[:, -1:]).sum(1) >= REPEATS  # as in every loop
        for row in often.nonzero().flatten().tolist():
            sentence = sentences[row // beam]
            if sentence not in self.free:
                words = closing_words(tokens[row, 1:].tolist(), self.sources[sentence])
                scores[row // beam, row % beam, words] = -torch.inf


def only(scores: Tensor, word: int) -> None:
    """scores (..., V), in place: nothing but this word may come next"""
    kept = scores[..., word].clone()
    scores.fill_(-torch.inf)
    scores[..., word] = kept
