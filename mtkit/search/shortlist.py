"""A model that may say only some words."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkit.config import SearchConfig
from mtkit.models import Seq2Seq
from mtkit.models.seq2seq import Tensors
from mtkit.ranking import Hypothesis
from mtkit.search.beam import Watch, beam_search


class Shortlisted(Seq2Seq):
    """What a model would say to one batch, if it had only the words that may come there.

    Target tokens have numbers of their own: n stands for `words[n]`.  What no text ever says
    comes first, so that its numbers stay; search does not know the difference.
    """

    def __init__(self, model: Seq2Seq, may: Tensor) -> None:
        """may (B, V): which words may come, for each sentence; of the first few, all do."""
        super().__init__()
        self.model = model
        self.words = may.any(0).nonzero().flatten()  # (U)
        bias = torch.zeros(may.shape, device=may.device).masked_fill_(~may, -torch.inf)
        self.bias = bias[:, self.words]
        self.embeddings = model.embedding.weight.index_select(0, self.words)  # (U, D)

    def encode(self, source: Tensor) -> tuple[Tensors, Tensors]:
        memory, state = self.model.encode(source)
        return (self.bias.clone(), *memory), state

    def decode_hidden(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        return self.model.decode_hidden(self.words[target], memory[1:], state, rows)

    def logits(self, hidden: Tensor, memory: Tensors = ()) -> Tensor:
        """hidden (B K, T, D) -> logits (B K, T, U)"""
        logits, bias = F.linear(hidden, self.embeddings), memory[0]
        logits.unflatten(0, (len(bias), -1)).add_(bias[:, None, None])
        return logits


def shortlisted_search(
    model: Seq2Seq,
    may: Tensor,
    source: Tensor,
    config: SearchConfig,
    positions: int,
    watch: Watch | None = None,
) -> list[list[Hypothesis]]:
    """source (B, S), may (B, V) -> as from `beam_search`, of words that may come

    There are no wishes: their pieces would have other numbers.
    """
    short = Shortlisted(model, may)
    numbers = short.words.tolist()

    def in_full(tokens: list[int]) -> list[int]:
        return [numbers[token] for token in tokens]

    shown = (lambda tokens: watch(in_full(tokens))) if watch else None
    return [
        [replace(one, tokens=in_full(one.tokens)) for one in found]
        for found in beam_search(short, source, config, positions, watch=shown)
    ]
