"""Which words are neighbours: a text as blocks, so that matrix products see many pairs at once.

The textbook takes one pair of neighbours after the other.  Here a block of L words stands against
the C words that reach `window` words further on both sides; the pairs are a band of that L x C
matrix.  Every pair of the text is in one block.  The L words share K noise words, as in
pWord2Vec (Ji et al., 2016), which the loss weighs as if each pair had drawn its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.word2vec.config import Word2VecConfig
from mtkit.word2vec.text import Text

BLOCK = 32  # L
STRETCH = 2**20  # words that are subsampled and shuffled together


@dataclass(frozen=True)
class Blocks:
    """R blocks of text with the words around them, and noise."""

    centre: Tensor  # (R, L): ids
    context: Tensor  # (R, C): ids of the same words and of `window` words more on each side
    noise: Tensor  # (R, K): ids
    window: Tensor  # (R, L, C): 1 where the context word is a neighbour of the centre word, else 0
    done: float  # share of the epoch that is over with these, 0 to 1


class Reader:
    """A text, epoch after epoch, as blocks in random order."""

    def __init__(
        self, text: Text, config: Word2VecConfig, noise: int, generator: torch.Generator
    ) -> None:
        """noise: K, the noise words of a block."""
        self.text, self.width, self.generator = text, config.window, generator
        self.noise = noise
        self.keep = text.keep_probabilities(config.subsample)
        self.cumulated_noise = text.noise.cumsum(0)
        places = torch.arange(BLOCK + 2 * self.width) - self.width
        distance = (places - torch.arange(BLOCK)[:, None]).abs()
        self.distance = distance.where(distance > 0, self.width + 1)  # no neighbour of itself

    def epoch(self, rows: int) -> Iterator[Blocks]:
        """Blocks, `rows` at a time: each word with a chance of being left out, then all pairs."""
        total = len(self.text.ids)
        for start in range(0, total, STRETCH):
            ids, lines = (
                values[start : start + STRETCH] for values in (self.text.ids, self.text.lines)
            )
            kept = self._uniform(len(ids)) < self.keep[ids]
            contexts, places = self._with_margins(ids[kept], 0), self._with_margins(lines[kept], -1)
            order = torch.randperm(len(contexts), generator=self.generator)
            for first in range(0, len(order), rows):
                chosen = order[first : first + rows]
                share = min(first + rows, len(order)) / len(order)
                done = (start + share * len(ids)) / total
                context, own = (each.index_select(0, chosen) for each in (contexts, places))
                yield self._blocks(context, own, done)

    def _with_margins(self, values: Tensor, filler: int) -> Tensor:
        """values (N) -> (N / L, C): each block with the margins that it shares with the next"""
        missing = -len(values) % BLOCK
        before = values.new_full((self.width,), filler)
        after = values.new_full((self.width + missing,), filler)
        if not len(values):  # all of a small text may have been left out
            return values.new_empty(0, BLOCK + 2 * self.width)
        padded = torch.cat([before, values, after])
        return padded.unfold(0, BLOCK + 2 * self.width, BLOCK)

    def _blocks(self, context: Tensor, lines: Tensor, done: float) -> Blocks:
        """context (R, C): ids; lines (R, C): where these stand, -1 for what is filled in"""
        inside = slice(self.width, self.width + BLOCK)
        centre, own = context[:, inside], lines[:, inside, None]
        reach = torch.randint(1, self.width + 1, own.shape, generator=self.generator)
        reach = reach * (own >= 0)
        window = self.distance <= reach  # (R, L, C): a nearer word is a neighbour more often
        window &= own == lines[:, None]
        drawn = self._uniform(len(context), self.noise, dtype=torch.float64)
        noise = torch.searchsorted(self.cumulated_noise, drawn)
        noise = noise.clamp(max=len(self.text.words) - 1)  # sums of floats may end below 1
        return Blocks(centre, context, noise, window.float(), done)

    def _uniform(self, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        return torch.rand(*shape, generator=self.generator, dtype=dtype)
