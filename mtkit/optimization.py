"""How weights move: the learning rate, the optimizers, and the average of the weights."""

from __future__ import annotations

import math

import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from mtkit.config import TrainConfig
from mtkit.models import Seq2Seq
from mtkit.muon import Muon


def learning_rate(config: TrainConfig, step: int, fraction: float, halvings: int = 0) -> float:
    """The rate for step 1, 2, ...; `fraction` of the run is done (0 to 1).

    It rises linearly over the warm-up to the configured rate, and then

    linear        is multiplied, from the first step on, by the share of the run that is left
    cosine        likewise, by (1 + cos(pi * fraction)) / 2 (Loshchilov and Hutter, 2017)
    inverse-sqrt  falls with the square root of the step (Vaswani et al., 2017, section 5.3)
    constant      stays
    plateau       stays, but for the `halvings`: one each time that scores no longer rise
    """
    rate = config.learning_rate * min(1.0, step / config.warmup_steps)
    if config.schedule == "linear":
        return rate * (1 - fraction)
    if config.schedule == "cosine":
        return rate * (1 + math.cos(math.pi * fraction)) / 2
    if config.schedule == "inverse-sqrt":
        return rate * math.sqrt(config.warmup_steps / max(step, config.warmup_steps))
    return rate / 2**halvings


def make_optimizers(model: Seq2Seq, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """AdamW (Loshchilov and Hutter, 2019); biases and LayerNorm do not decay.

    With "muon", Muon moves the matrices of all blocks, and AdamW the rest.
    """
    blocks = [p for name, p in model.named_parameters() if p.dim() == 2 and "embedding" not in name]
    matrices = blocks if config.optimizer == "muon" else []
    chosen = set(map(id, matrices))
    rest = [p for p in model.parameters() if id(p) not in chosen]
    groups = [
        {"params": [p for p in rest if p.dim() > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in rest if p.dim() == 1], "weight_decay": 0.0},
    ]
    rate, betas = config.learning_rate, (0.9, config.adam_beta2)
    adamw = torch.optim.AdamW(groups, lr=rate, betas=betas, eps=1e-9, fused=True)
    if not matrices:
        return [adamw]
    return [adamw, Muon(matrices, rate, config.weight_decay)]


@torch.no_grad()
def update_average(averaged: Seq2Seq, model: Seq2Seq, decay: float, step: int) -> None:
    """Move `averaged` towards `model` after step 1, 2, ...: average = decay * average + rest.

    A young average would remember the random start, so it begins by forgetting faster.
    """
    decay = min(decay, (1 + step) / (10 + step))
    update = get_ema_multi_avg_fn(decay)
    update(list(averaged.parameters()), list(model.parameters()), step)
    for kept, current in zip(averaged.buffers(), model.buffers(), strict=True):
        kept.copy_(current)  # what BatchNorm has seen is an average already
