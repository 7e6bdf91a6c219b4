"""Token-budget batches of sentences of similar length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkit.bitext import Bitext
from mtkit.config import BOS, EOS, PAD, UNK
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer
from mtkit.wording import counted


@dataclass(frozen=True)
class EncodedPair:
    """A pair as ids: the source ends in EOS, the target stands between BOS and EOS."""

    source: list[int]
    target: list[int]

    @property
    def length(self) -> int:
        """Positions it takes in a model, on its longer side."""
        return max(len(self.source), len(self.target) - 1)

    def reversed(self) -> EncodedPair:
        """The same pair the other way."""
        return EncodedPair(self.target[1:], [BOS, *self.source])

    def tagged(self, tag: int) -> EncodedPair:
        """The same pair with a piece before the source."""
        return EncodedPair([tag, *self.source], self.target)


@dataclass(frozen=True)
class Batch:
    """source (B, S); target (B, T + 1), of which the decoder reads all but the last column and
    has to say all but the first."""

    source: Tensor
    target: Tensor
    tokens: int  # that the decoder has to say: of the target, without BOS and padding

    def to(self, device: torch.device) -> Batch:
        source = self.source.to(device, non_blocking=True)
        return Batch(source, self.target.to(device, non_blocking=True), self.tokens)

    def split(self, parts: int) -> list[Batch]:
        """The same rows in so many smaller batches; in fewer where there are fewer rows."""
        if parts == 1:
            return [self]
        pieces = [(self.source[i::parts], self.target[i::parts]) for i in range(parts)]
        return [
            Batch(source, target, int((target[:, 1:] != PAD).sum()))
            for source, target in pieces[: len(self.source)]
        ]


def encode_pair(source: str, target: str, tokenizer: Tokenizer) -> EncodedPair:
    """A pair of lines as ids."""
    return EncodedPair([*tokenizer.encode(source), EOS], [BOS, *tokenizer.encode(target), EOS])


def encode_bitext(
    bitext: Bitext, tokenizer: Tokenizer, longest: int, name: str
) -> tuple[list[EncodedPair], int]:
    """The pairs of at most `longest` positions, and the number of those that are longer.

    name: what to call the set in an error.  Errors: MtkitError if no pair is left.
    """
    pairs = [
        encode_pair(source, target, tokenizer)
        for source, target in zip(bitext.source, bitext.target, strict=True)
    ]
    kept = [pair for pair in pairs if pair.length <= longest]
    if not kept:
        raise all_too_long(len(pairs), longest, name)
    return kept, len(pairs) - len(kept)


def all_too_long(pairs: int, longest: int, name: str) -> MtkitError:
    """The error where no pair is left; name: what to call the set."""
    return MtkitError(
        f"none of the {counted(pairs, f'{name} pair')} is left: each has over {longest} pieces",
        "raise --max-positions and --tokens-per-batch, or split the sentences",
    )


def resampled(
    pairs: Sequence[EncodedPair], tokenizer: Tokenizer, alpha: float, longest: int, seed: int
) -> list[EncodedPair]:
    """The same sentences cut into other pieces, drawn with the seed.

    A pair stays as it is if it holds an unknown character, which its ids do not tell, or where
    the new pieces would be more than `longest` positions.
    """
    sides = [pair.source[:-1] for pair in pairs], [pair.target[1:-1] for pair in pairs]
    lines = [tokenizer.decode(ids) for side in sides for ids in side]
    drawn = tokenizer.sample_lines(lines, alpha, seed)
    found = []
    for pair, source, target in zip(pairs, drawn, drawn[len(pairs) :], strict=False):
        new = EncodedPair([*source, EOS], [BOS, *target, EOS])
        keeps = new.length > longest or UNK in pair.source or UNK in pair.target
        found.append(pair if keeps else new)
    return found


def token_batches(
    pairs: Sequence[EncodedPair], tokens_per_batch: int, generator: torch.Generator | None = None
) -> list[list[int]]:
    """Rows for each batch: every row once, and rows x longest side <= tokens_per_batch.

    Rows of a batch have the same length or nearly so; with a generator, which rows meet and
    the order of the batches are drawn from it, without it the batches go from short to long.
    """
    rows: list[int] = list(range(len(pairs)))
    if generator is not None:
        rows = torch.randperm(len(pairs), generator=generator).tolist()
    rows.sort(key=lambda i: (pairs[i].length, len(pairs[i].target)))
    batches: list[list[int]] = []
    start = 0
    for end, row in enumerate(rows):
        if (end + 1 - start) * pairs[row].length > tokens_per_batch and end > start:
            batches.append(rows[start:end])
            start = end
    batches.append(rows[start:])
    if generator is not None:
        order = torch.randperm(len(batches), generator=generator).tolist()
        batches = [batches[i] for i in order]
    return batches


def collate(pairs: Sequence[EncodedPair], rows: Sequence[int]) -> Batch:
    """Pairs to padded tensors; without rows, a batch in which there is nothing to say."""
    if not rows:
        return Batch(torch.tensor([[EOS]]), torch.tensor([[BOS, PAD]]), 0)
    targets = [pairs[i].target for i in rows]
    tokens = sum(len(target) - 1 for target in targets)
    return Batch(pad([pairs[i].source for i in rows]), pad(targets), tokens)


def pad(sequences: Sequence[list[int]]) -> Tensor:
    """B lists of ids -> (B, longest), filled up with PAD on the right"""
    longest = max(len(ids) for ids in sequences)
    return torch.tensor([ids + [PAD] * (longest - len(ids)) for ids in sequences])
