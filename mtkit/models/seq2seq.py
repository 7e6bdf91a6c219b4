"""What training and search ask of a model; neither knows more about it.

Axis letters, here and everywhere: B sentences, S source length, T target length, V vocabulary,
D model width, H heads, d = D / H.  A mask is boolean, and true where one may look.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Tensors = tuple[Tensor, ...]


class Seq2Seq(nn.Module):
    """p(target | source): all that training and search ever ask of a model.

    memory  what the decoder may look at; said once, when the source is read
    state   what the decoder remembers of the target so far; grows as it writes

    Both are tuples of tensors.  The first dimension of the memory's is the sentence; of the state
    search only says which rows go on.  So it need not know what is inside of either.  Nobody else
    may hold them: search puts sentences of the memory in the place of others.
    """

    embedding: nn.Embedding  # of both languages' pieces
    aligns: bool = True  # whether it can tell which words translate which

    def __init__(self) -> None:
        super().__init__()
        self.output: nn.Module | None = None  # makes logits in place of the embedding

    def encode(self, source: Tensor) -> tuple[Tensors, Tensors]:
        """source (B, S) -> memory, empty state"""
        raise NotImplementedError

    def decode_hidden(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        """target (B K, T) -> hidden (B K, T, D), state.  All of it at once, or token by token.

        The memory has B rows: K targets of the same source stand together.  In training K is 1.
        rows (B K): which row of the state each target continues; None: each its own.  The state
        that comes back takes the place of the one that was given, which may be overwritten.
        """
        raise NotImplementedError

    def logits(self, hidden: Tensor, memory: Tensors = ()) -> Tensor:
        """hidden (..., D) -> logits (..., V)

        A word's logit is the scalar product with its embedding (Press and Wolf, 2017).  Training
        on a CPU makes these products itself, in loss.py.
        memory: of the sentences whose rows these are, for a model whose words depend on the source.
        """
        if self.output is not None:
            return self.output(hidden.float())
        return F.linear(hidden, self.embedding.weight)

    def decode(
        self, target: Tensor, memory: Tensors, state: Tensors, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensors]:
        """target (B K, T) -> logits (B K, T, V), state.  As from `decode_hidden`."""
        hidden, state = self.decode_hidden(target, memory, state, rows)
        return self.logits(hidden, memory), state

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Teacher forcing: source (B, S), target (B, T) -> logits (B, T, V)"""
        return self.decode(target, *self.encode(source))[0]

    def alignment(self, source: Tensor, target: Tensor) -> Tensor:
        """source (B, S), target (B, T) -> how much each target token owes to which source token

        (B, T, S): row t belongs to the token that the decoder says after reading target[t].
        Not of a model that does not align.
        """
        raise NotImplementedError

    @property
    def aligning_layer(self) -> int:
        """The layer of cross-attention, counted from 0, whose mean over heads is the alignment."""
        return 0

    def attention_weights(self, source: Tensor, target: Tensor) -> dict[str, list[Tensor]]:
        """source (B, S), target (B, T) -> by kind, for each layer who looks where (B, H, T, S)

        cross: the target at the source; encoder and decoder: source and target at themselves.
        Rows are as in `alignment`; only the kinds of attention that the model has.
        """
        return {}


def log_probabilities(logits: Tensor) -> Tensor:
    """logits (..., V) -> (..., V) in float32 at least, whatever the products were computed in

    Without a gradient.  On a CPU, logits of that type are overwritten: more memory would have to
    be waited for.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return torch.log_softmax(logits, -1, out=logits if logits.device.type == "cpu" else None)


def select_rows(tensors: Tensors, rows: Tensor) -> Tensors:
    """Keep the given rows, in the given order; a row may be asked for twice."""
    return tuple(tensor.index_select(0, rows) for tensor in tensors)
