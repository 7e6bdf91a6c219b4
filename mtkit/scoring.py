"""How probable a model holds given translations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import torch

from mtkit.batches import EncodedPair, collate, encode_pair, token_batches
from mtkit.config import PAD
from mtkit.device import autocast
from mtkit.errors import MtkitError
from mtkit.models import log_probabilities
from mtkit.parts import WINDOW
from mtkit.translator import Translator


@dataclass(frozen=True)
class PairScore:
    """log_probability: of the target given the source, in nats; tokens: EOS is one, too."""

    log_probability: float
    tokens: int

    def __add__(self, other: PairScore) -> PairScore:
        total = self.log_probability + other.log_probability
        return PairScore(total, self.tokens + other.tokens)

    @property
    def perplexity(self) -> float:
        """Of a token."""
        return math.exp(-self.log_probability / self.tokens) if self.tokens else math.nan


def score_pairs(translator: Translator, pairs: Iterable[tuple[str, str]]) -> Iterator[PairScore]:
    """A score for each pair, in order.

    Errors: MtkitError for a pair with more pieces than the model has positions.
    """
    remaining, number = iter(pairs), 0
    while window := list(islice(remaining, WINDOW)):
        encoded = []
        for source, target in window:
            number += 1
            encoded.append(encode(translator, source, target, number))
        yield from _scores(translator, encoded)


def encode(translator: Translator, source: str, target: str, number: int) -> EncodedPair:
    """number: of the line, for an error."""
    pair = encode_pair(source, target, translator.tokenizer)
    for tag in translator.tags:
        pair = pair.tagged(tag)
    if pair.length > translator.positions:
        raise MtkitError(
            f"line {number:,}: the pair has {pair.length} pieces, more than the model's "
            f"{translator.positions} positions",
            "split it into sentences",
        )
    return pair


@torch.inference_mode()
def _scores(translator: Translator, pairs: list[EncodedPair]) -> list[PairScore]:
    model = translator.model
    found: dict[int, PairScore] = {}
    for rows in token_batches(pairs, translator.config.batch_tokens):
        batch = collate(pairs, rows).to(translator.device)
        said = batch.target[:, 1:]
        with autocast(translator.device, translator.precision):
            logits = model(batch.source, batch.target[:, :-1])
        steps = log_probabilities(logits).cpu().gather(2, said.cpu()[..., None]).squeeze(2)
        totals = steps.masked_fill(said.cpu() == PAD, 0).double().sum(1).tolist()
        counts = (said != PAD).sum(1).tolist()
        found |= {row: PairScore(t, n) for row, t, n in zip(rows, totals, counts, strict=True)}
    return [found[row] for row in range(len(pairs))]
