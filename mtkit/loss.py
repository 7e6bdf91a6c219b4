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


def batch_loss(model: Seq2Seq, batch: Batch, label_smoothing: float) -> Tensor:
    """Cross-entropy in nats, summed over the target tokens.

    Logits are made only where the target has a token, never for padding.
    """
    labels = batch.target[:, 1:]
    there = labels != PAD
    hidden, _ = model.decode_hidden(batch.target[:, :-1], *model.encode(batch.source))
    logits = model.logits(hidden[there]).float()
    return F.cross_entropy(logits, labels[there], label_smoothing=label_smoothing, reduction="sum")


@torch.inference_mode()
def validate(model: Seq2Seq, pairs: Sequence[EncodedPair], config: TrainConfig) -> float:
    """Mean loss in nats per target token, without label smoothing; the model is in eval mode."""
    device = next(model.parameters()).device
    total, tokens = 0.0, 0
    for rows in token_batches(pairs, config.tokens_per_batch):
        batch = collate(pairs, rows)
        with autocast(device, config.precision):
            total += batch_loss(model, batch.to(device), label_smoothing=0).item()
        tokens += batch.tokens
    return total / tokens
