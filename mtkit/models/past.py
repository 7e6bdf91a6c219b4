"""What a Transformer's decoder remembers: keys and values of all that was said.

In a beam search hypotheses come and go at each step, and rows are reordered.  Most go on where they
are, and one that takes the place of another has mostly said the same before.  So on a CPU, which
would wait for memory, only what differs is copied.
Shapes: B rows, T tokens so far; a cache has room for A rows and P positions, of W numbers each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.models.seq2seq import Tensors

SPARE = 16  # positions for which there is room when a cache is laid out anew
FEW = 64  # rows: fewer are copied as fast as one could tell which of them to copy


@dataclass(frozen=True)
class Step:
    """How the caches of all blocks are continued in one step of decoding."""

    length: int  # positions before it
    rows: Tensor  # (B): which row of the past each row continues
    moves: tuple[Tensor, Tensor] | None  # what to copy, as from `differences`; None: all, elsewhere

    @classmethod
    def of(cls, said: Tensor, rows: Tensor, cache: Tensor) -> Step:
        """said (B', 1 + T): sentence and tokens of each row of the past; rows (B)

        cache (P, A, W): that of any block.  The room that it has decides what is done.
        """
        length, (places, room, _) = said.size(1) - 1, cache.shape
        fits = length < places and len(rows) <= len(said)
        moves = differences(said, rows, room) if fits and in_place(rows) else None
        if moves and 2 * len(moves[0]) > length * len(rows):  # each is copied twice
            moves = None
        return cls(length, rows, moves)

    def prepared(self, cache: Tensor) -> Tensor:
        """cache (P, A, W) -> one that holds the same past of the rows, with room for a position

        In place where there is room.  Without a gradient.
        """
        width = cache.size(2)
        if self.moves:
            sources, targets = self.moves
            flat = cache.view(-1, width)
            flat.index_copy_(0, targets, flat.index_select(0, sources))
            return cache
        places = self.length + 1 + SPARE * in_place(self.rows)
        roomy = cache.new_empty(places, len(self.rows), width)
        torch.index_select(cache[: self.length], 1, self.rows, out=roomy[: self.length])
        return roomy


def in_place(rows: Tensor) -> bool:
    """Whether caches of so many rows are kept in place."""
    return rows.device.type == "cpu" and len(rows) >= FEW


def differences(said: Tensor, rows: Tensor, room: int) -> tuple[Tensor, Tensor]:
    """said (B', 1 + T), rows (B) -> what to copy so that row i holds the past of rows[i]

    From where, to where: position times `room`, plus row.  What two rows have both said from the
    beginning on is alike.
    """
    moved = (rows != torch.arange(len(rows))).nonzero().flatten()
    origin = rows[moved]
    differ = (said[moved] != said[origin]).cumsum(1)[:, 1:] > 0
    row, position = differ.nonzero().unbind(1)
    first = position * room
    return first + origin[row], first + moved[row]


def continued(
    state: Tensors, rows: Tensor | None, target: Tensor, sentences: int
) -> tuple[Tensor, Step | None]:
    """What each row has said before this target (B, T), and how the caches are continued.

    state: what was said, and the caches of all blocks; rows (B): which of its rows go on, None for
    each its own.  What was said begins with the number of the sentence, of `sentences`: after the
    same tokens, too, keys and values depend on the source.
    """
    count, device = len(target), target.device
    if not state:
        numbers = torch.arange(sentences, device=device)
        return numbers.repeat_interleave(count // sentences)[:, None], None
    rows = torch.arange(count, device=device) if rows is None else rows
    return state[0][rows], Step.of(state[0], rows, state[1])
