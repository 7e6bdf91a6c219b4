"""The training pairs, step after step without end, in an order that a seed decides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.batches import Batch, EncodedPair, collate, token_batches
from mtkit.config import TrainConfig
from mtkit.errors import MtkitError

POOL = 2**16  # at most so many pairs are sorted by length together, to bound the memory

Resample = Callable[[Sequence[EncodedPair], int], list[EncodedPair]]  # pairs, seed -> pairs


@dataclass(frozen=True)
class Portion:
    """Pairs of one origin."""

    pairs: Sequence[EncodedPair]
    weight: float = 1.0  # how often a pair is seen in an epoch: 0.5 is a random half of them
    tag: int | None = None  # a piece put before the source


@dataclass(frozen=True)
class Step:
    """What one update of the weights learns from."""

    batches: list[Batch]  # of this process
    tokens: int  # target tokens of all processes


class Feed:
    """Training pairs in token-budget batches, shuffled anew each epoch.

    An epoch's pairs come in pools; the batches of a pool hold sentences of similar length.
    `position` is all that a resume needs: whatever is drawn is drawn from seed and position.
    Several processes share out the rows of each batch, so that a step is the same for any number.
    """

    def __init__(
        self,
        portions: Sequence[Portion],
        config: TrainConfig,
        resample: Resample | None = None,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """share: the number of this process, and of how many.

        Errors: MtkitError if the weights leave no pair in an epoch.
        """
        self.portions, self.config, self.resample = portions, config, resample
        self.rank, self.processes = share
        self.epoch = self.pool = self.batch = 0
        self._pairs: Sequence[EncodedPair] = ()
        self._plan: list[list[int]] = []  # rows of `_pairs` for each batch; empty: to be made
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))  # of an epoch
        rows = len(self._epoch_rows())
        if not rows:
            raise MtkitError("an epoch holds no pairs", "raise the weights of --data PATH:WEIGHT")
        self.pools = math.ceil(rows / POOL)
        self._pool_size = math.ceil(rows / self.pools)

    @property
    def position(self) -> tuple[int, int, int]:
        return self.epoch, self.pool, self.batch

    @position.setter
    def position(self, position: Sequence[int]) -> None:
        self.epoch, self.pool, self.batch = position
        self._plan = []

    @property
    def epochs(self) -> float:
        """Passes over the data so far."""
        done = 0.0
        if self.batch:
            self._load()
            done = self.batch / len(self._plan)
        return self.epoch + (self.pool + done) / self.pools

    @property
    def epoch_number(self) -> int:
        """The pass over the data that the last step belonged to, from 1."""
        return max(1, math.ceil(self.epochs))

    @property
    def steps_per_epoch(self) -> int:
        """As counted for the pool at hand, and estimated for the others."""
        self._load()
        rows = len(self._epoch_rows()) / len(self._pairs)
        return math.ceil(len(self._plan) * rows / self.config.accumulate)

    @property
    def tokens_per_epoch(self) -> int:
        """Target tokens, as counted for the pool at hand, and estimated for the others."""
        self._load()
        tokens = sum(len(pair.target) - 1 for pair in self._pairs)
        return round(tokens * len(self._epoch_rows()) / len(self._pairs))

    def next_step(self) -> Step:
        """The next `accumulate` batches; at the end of an epoch, what is left of it."""
        epoch, tokens = self.epoch, 0
        batches: list[Batch] = []
        while self.epoch == epoch and len(batches) < self.config.accumulate:
            self._load()
            rows = self._plan[self.batch]
            tokens += sum(len(self._pairs[i].target) - 1 for i in rows)
            batches.append(collate(self._pairs, rows[self.rank :: self.processes]))
            self._advance()
        return Step(batches, tokens)

    def _advance(self) -> None:
        self.batch += 1
        if self.batch == len(self._plan):
            self.pool, self.batch, self._plan = self.pool + 1, 0, []
        if self.pool == self.pools:
            self.epoch, self.pool = self.epoch + 1, 0

    def _load(self) -> None:
        """The pairs and the batches of the pool that the position is in."""
        if self._plan:
            return
        start = self.pool * self._pool_size
        rows = self._epoch_rows()[start : start + self._pool_size]
        self._pairs, tags = zip(*map(self._pair, rows.tolist()), strict=True)
        generator = self._generator(self.pool + 1)
        if self.resample:
            seed = int(torch.randint(2**31, (), generator=generator))
            self._pairs = self.resample(self._pairs, seed)
        self._pairs = [
            pair if tag is None else pair.tagged(tag)
            for pair, tag in zip(self._pairs, tags, strict=True)
        ]
        self._plan = token_batches(self._pairs, self.config.tokens_per_batch, generator)

    def _epoch_rows(self) -> Tensor:
        """Rows of all portions, one after the other, shuffled; beyond them, the same reversed."""
        if self._order[0] != self.epoch:
            self._order = self.epoch, self._shuffled()
        return self._order[1]

    def _shuffled(self) -> Tensor:
        generator, rows, start = self._generator(0), [], 0
        for portion in self.portions:
            count, whole = len(portion.pairs), int(portion.weight)
            part = round((portion.weight - whole) * count)
            rows += [torch.arange(count).repeat(whole) + start]
            rows += [torch.randperm(count, generator=generator)[:part] + start] if part else []
            start += count
        drawn = torch.cat(rows)
        if self.config.bidirectional:
            drawn = torch.cat((drawn, drawn + start))
        return drawn[torch.randperm(len(drawn), generator=generator)]

    def _pair(self, row: int) -> tuple[EncodedPair, int | None]:
        """The pair of a row, and its tag."""
        total = sum(len(portion.pairs) for portion in self.portions)
        backwards, row = divmod(row, total)
        for portion in self.portions:
            if row < len(portion.pairs):
                pair = portion.pairs[row]
                return pair.reversed() if backwards else pair, portion.tag
            row -= len(portion.pairs)
        raise IndexError(row)

    def _generator(self, number: int) -> torch.Generator:
        """Random numbers for the order of the epoch (0) or for its pool 1, 2, ..."""
        seed = (self.config.seed * 1_000_003 + self.epoch) * 1_000_003 + number
        return torch.Generator().manual_seed(seed % 2**63)
