"""How weights move: the learning rate, the optimizer, and the average of the weights."""

from __future__ import annotations

import math

import torch
from torch.optim.swa_utils import get_ema_multi_avg_fn

from mtkit.config import TrainConfig
from mtkit.models import Seq2Seq


def learning_rate(config: TrainConfig, step: int, fraction: float) -> float:
    """The rate for step 1, 2, ...; `fraction` of the run is done (0 to 1).

    It rises linearly over the warm-up.  "linear" is multiplied by the share of the run that is
    left, so that it reaches zero at the end; "inverse-sqrt" falls, after the warm-up, with the
    square root of the step (Vaswani et al., 2017, section 5.3).
    """
    rising = min(1.0, step / config.warmup_steps)
    if config.schedule == "linear":
        return config.learning_rate * rising * (1 - fraction)
    return (
        config.learning_rate
        * rising
        * math.sqrt(config.warmup_steps / max(step, config.warmup_steps))
    )


def make_optimizer(model: Seq2Seq, config: TrainConfig) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, 2019); biases and LayerNorm do not decay."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(0.9, config.adam_beta2), eps=1e-9, fused=True
    )


@torch.no_grad()
def update_average(averaged: Seq2Seq, model: Seq2Seq, decay: float, step: int) -> None:
    """Move `averaged` towards `model` after step 1, 2, ...: average = decay * average + rest.

    A young average would remember the random start, so it begins by forgetting faster.
    """
    decay = min(decay, (1 + step) / (10 + step))
    update = get_ema_multi_avg_fn(decay)
    update(list(averaged.parameters()), list(model.parameters()), step)
