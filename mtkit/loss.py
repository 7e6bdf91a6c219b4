"""What training minimises, and what validation measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mtkit.batches import Batch, EncodedPair, collate, token_batches
from mtkit.config import PAD, TrainConfig
from mtkit.device import autocast
from mtkit.models import Seq2Seq

ROWS = 256  # of logits at a time, on a CPU


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
    hidden, labels = hidden[there], labels[there]
    if hidden.device.type == "cpu" and hidden.requires_grad and not r_drop:
        weight = model.embedding.weight
        return CrossEntropy.apply(hidden.to(weight.dtype), weight, labels, label_smoothing)
    logits = model.logits(hidden).float()
    loss = F.cross_entropy(logits, labels, label_smoothing=label_smoothing, reduction="sum")
    if not r_drop:
        return loss
    one, other = logits.log_softmax(-1).chunk(2)
    divergences = ((one.exp() - other.exp()) * (one - other)).sum()  # KL(1 || 2) + KL(2 || 1)
    return loss / 2 + r_drop / 4 * divergences


class CrossEntropy(torch.autograd.Function):
    """hidden (N, D), embeddings (V, D), labels (N) -> the same loss of their products, for a CPU

    A few rows' logits at a time, and their gradient at once, in the same memory: that stays in the
    processor's cache as far as it fits, where all the logits would be a step's largest tensors.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, embeddings: Tensor, labels: Tensor, smoothing: float
    ) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            for_hidden, for_embeddings = torch.empty_like(hidden), torch.zeros_like(embeddings)
            total = hidden.new_zeros(())
            for part, right, goes_to in zip(
                hidden.split(ROWS), labels.split(ROWS), for_hidden.split(ROWS), strict=True
            ):
                gradient = part @ embeddings.T
                total += smoothed_cross_entropy_(gradient, right[:, None], smoothing)
                torch.mm(gradient, embeddings, out=goes_to)
                for_embeddings.addmm_(gradient.T, part)
        ctx.save_for_backward(for_hidden, for_embeddings)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        for_hidden, for_embeddings = ctx.saved_tensors
        return for_hidden * gradients[0], for_embeddings * gradients[0], None, None


def smoothed_cross_entropy_(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """logits (N, V), labels (N, 1) -> the loss, summed; in place of the logits stands its gradient

    The gradient is softmax(logits) - goal, and the goal 1 - smoothing for the label, and for all
    words smoothing / V more.
    """
    words = logits.size(1)
    logits.sub_(logits.amax(1, keepdim=True))  # which changes no probability
    goal = (1 - smoothing) * logits.gather(1, labels).sum() + smoothing / words * logits.sum()
    total = logits.exp_().sum(1, keepdim=True)
    logits.div_(total).sub_(smoothing / words)
    logits.scatter_add_(1, labels, logits.new_full(labels.shape, smoothing - 1))
    return total.log().sum() - goal


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
