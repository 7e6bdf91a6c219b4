"""Several models that translate as one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from mtkit.models import Seq2Seq, log_probabilities
from mtkit.models.seq2seq import Tensors


class Ensemble(Seq2Seq):
    """The mean of what several models hold probable; they share a vocabulary.

    Memory and state are those of the members, one after the other.  Which part belongs to whom
    is seen at the first look at each.
    """

    def __init__(self, members: Sequence[Seq2Seq]) -> None:
        super().__init__()
        self.members: Iterable[Seq2Seq] = nn.ModuleList(members)  # type: ignore[assignment]
        self.aligns = all(member.aligns for member in members)
        self._sizes: dict[str, list[int]] = {}

    def _joined(self, name: str, parts: Sequence[Tensors]) -> Tensors:
        self._sizes[name] = [len(part) for part in parts]
        return tuple(tensor for part in parts for tensor in part)

    def _parted(self, name: str, tensors: Tensors) -> list[Tensors]:
        ends = list(accumulate(self._sizes[name]))
        starts = [0, *ends]
        return [tensors[start:end] for start, end in zip(starts, ends, strict=False)]

    def encode(self, source: Tensor) -> tuple[Tensors, Tensors]:
        memories, states = zip(*(member.encode(source) for member in self.members), strict=True)
        return self._joined("memory", memories), self._joined("state", states)

    def decode_hidden(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        """As of one model; what the members hide stands side by side."""
        parts = zip(
            self.members, self._parted("memory", memory), self._parted("state", state), strict=True
        )
        hidden, states = zip(
            *(member.decode_hidden(target, own, past, rows) for member, own, past in parts),
            strict=True,
        )
        return torch.cat(hidden, -1), self._joined("state", states)

    def logits(self, hidden: Tensor, memory: Tensors = ()) -> Tensor:
        """hidden of all members (..., sum of their D) -> log-probabilities (..., V)"""
        widths = [member.embedding.embedding_dim for member in self.members]
        parts = zip(self.members, hidden.split(widths, -1), strict=True)
        found = [log_probabilities(member.logits(own)) for member, own in parts]
        return torch.stack(found).logsumexp(0) - math.log(len(found))

    def alignment(self, source: Tensor, target: Tensor) -> Tensor:
        found = [member.alignment(source, target) for member in self.members]
        return torch.stack(found).mean(0)
