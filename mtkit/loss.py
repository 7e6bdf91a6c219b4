"""What training minimises, and what validation measures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkit.batches import Batch, EncodedPair, collate, token_batches
from mtkit.config import PAD, TrainConfig
from mtkit.device import autocast
from mtkit.models import Seq2Seq


def batch_loss(
    model: Seq2Seq, batch: Batch, label_smoothing: float = 0.0, r_drop: float = 0.0
) -> Tensor:
    """Cross-entropy in nats, summed over the target tokens.

    Teacher forcing: the decoder reads all of the right target but its last column, and has to say
    all but the first.  With label smoothing the goal is not 1 for the right token, but 1 - epsilon,
    and epsilon shared out among all (Szegedy et al., 2016).
    Logits are made only where the target has a token, never for padding.  With `r_drop`, the batch
    is read twice, under two draws of dropout; the loss is the mean of both cross-entropies,
    plus `r_drop` times a quarter of the two divergences between the distributions, which is
    half of R-Drop's loss of a batch (Liang et al., 2021, eq. 4).
    """
    if r_drop:
        batch = Batch(batch.source.repeat(2, 1), batch.target.repeat(2, 1), 2 * batch.tokens)
    labels = batch.target[:, 1:]
    there = labels != PAD
    hidden, _ = model.decode_hidden(batch.target[:, :-1], *model.encode(batch.source))
    logits = model.logits(hidden[there]).float()
    loss = F.cross_entropy(logits, labels[there], label_smoothing=label_smoothing, reduction="sum")
    if not r_drop:
        return loss
    one, other = logits.log_softmax(-1).chunk(2)
    divergences = ((one.exp() - other.exp()) * (one - other)).sum()  # KL(1 || 2) + KL(2 || 1)
    return loss / 2 + r_drop / 4 * divergences


@torch.inference_mode()
def validate(model: Seq2Seq, pairs: Sequence[EncodedPair], config: TrainConfig) -> float:
    """Mean loss in nats per target token, without label smoothing; the model is in eval mode."""
    device = next(model.parameters()).device
    total, tokens = 0.0, 0
    for rows in token_batches(pairs, config.tokens_per_batch):
        batch = collate(pairs, rows)
        with autocast(device, config.precision):
            total += batch_loss(model, batch.to(device)).item()
        tokens += batch.tokens
    return total / tokens
