"""One update of the weights, also where memory does not suffice or the gradient explodes."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtkit import distributed
from mtkit.batches import Batch
from mtkit.config import TrainConfig
from mtkit.device import autocast, matrix_products, training_precision
from mtkit.errors import MtkitError
from mtkit.feed import Step
from mtkit.loss import batch_loss
from mtkit.models import Seq2Seq
from mtkit.optimization import make_optimizers, update_average

PATIENCE = 5  # updates in a row without a finite gradient before training stops


class TrainingLoss(nn.Module):
    """source (B, S), target (B, T + 1) -> the loss that training minimises, summed over tokens"""

    def __init__(self, model: Seq2Seq, config: TrainConfig, precision: str) -> None:
        super().__init__()
        self.model, self.config, self.precision = model, config, precision

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        batch, config = Batch(source, target, 0), self.config
        with autocast(source.device, self.precision):
            return batch_loss(self.model, batch, config.label_smoothing, config.r_drop)


class Learner:
    """The weights that are trained, their optimizers, and their average.

    The average is an exponential moving one (EMA; Polyak and Juditsky, 1992).
    """

    def __init__(self, model: Seq2Seq, config: TrainConfig) -> None:
        self.model, self.config = model, config
        self.device = next(model.parameters()).device
        self.averaged = copy.deepcopy(model).requires_grad_(False).eval()
        self.optimizers = make_optimizers(model, config)
        width = model.embedding.embedding_dim
        self.precision = training_precision(self.device, config.precision, width)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")
        self.parts = 1  # in which a batch is cut, so that it fits into memory
        self.skipped = self.skipped_in_a_row = 0  # updates
        self._loss = distributed.parallel(TrainingLoss(model, config, self.precision))

    def update(self, step: Step, number: int, rate: float) -> Tensor | None:
        """Update number 1, 2, ... of the weights: the loss, summed over this process's tokens.

        None if the gradient was not finite: then the weights stay as they are.
        Errors: MtkitError after several such updates in a row, or if one row needs too much memory.
        """
        torch.manual_seed(self._seed(number))
        loss = self._gradients(step)
        for optimizer in self.optimizers:
            self.scaler.unscale_(optimizer)
            for group in optimizer.param_groups:
                group["lr"] = rate
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        finite = math.isfinite(norm.item())
        if finite:
            for optimizer in self.optimizers:
                self.scaler.step(optimizer)
            update_average(self.averaged, self.model, self.config.ema_decay, number)
        self.scaler.update()
        self.model.zero_grad()
        self._count(finite, number)
        return loss if finite else None

    def _seed(self, number: int) -> int:
        """What is random in a step depends on its number alone, so that no state is to be kept."""
        state = (self.config.seed * 1_000_003 + number) * 1_009 + distributed.rank()
        return state % 2**63

    def _gradients(self, step: Step) -> Tensor:
        """Gradients of the mean loss a token; batches that do not fit are cut and tried again."""
        while True:
            try:
                return self._accumulate(step)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._cut(step, (str(error) or "a batch needs more than there is").splitlines()[0])
            self.model.zero_grad()  # outside of the handler, which keeps the failed tensors alive
            if self.device.type == "cuda":
                torch.cuda.empty_cache()

    def _accumulate(self, step: Step) -> Tensor:
        parts = [part for batch in step.batches for part in batch.split(self.parts)]
        total = torch.zeros((), device=self.device)
        scale = distributed.processes() / step.tokens  # the processes' gradients are averaged
        for number, part in enumerate(parts, 1):
            here = part.to(self.device)
            last = number == len(parts)
            with matrix_products(self.precision), self._gathering(last):
                loss = self._loss(here.source, here.target)
                self.scaler.scale(loss * scale).backward()
            total += loss.detach()
        return total

    def _gathering(self, last: bool) -> contextlib.AbstractContextManager[None]:
        """The processes' gradients are averaged with the last batch; before, each keeps its own."""
        if isinstance(self._loss, nn.parallel.DistributedDataParallel) and not last:
            return self._loss.no_sync()
        return contextlib.nullcontext()

    def _cut(self, step: Step, reason: str) -> None:
        rows = max(len(batch.source) for batch in step.batches)
        if self.parts >= rows or distributed.processes() > 1:
            raise MtkitError(
                f"out of memory: {reason}",
                "lower --tokens-per-batch (and raise --accumulate as much), or --max-positions",
            )
        self.parts = min(2 * self.parts, rows)

    def _count(self, finite: bool, number: int) -> None:
        self.skipped_in_a_row = 0 if finite else self.skipped_in_a_row + 1
        self.skipped += not finite
        if self.skipped_in_a_row >= PATIENCE and self.scaler.get_scale() <= 1:
            raise MtkitError(
                f"the gradient was not finite in {PATIENCE} steps in a row, up to step {number:,}",
                f"start again with a --learning-rate below {self.config.learning_rate:g}, a longer "
                "--warmup-steps, or --precision fp32",
            )

    def state(self) -> dict[str, Any]:
        return {
            "weights": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "scaler": self.scaler.state_dict(),
            "counters": [self.parts, self.skipped, self.skipped_in_a_row],
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Errors: KeyError, RuntimeError, TypeError or ValueError for the state of another run."""
        self.model.load_state_dict(state["weights"])
        self.averaged.load_state_dict(state["averaged"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            load_moments(optimizer, saved)
        if state["scaler"]:  # only a run in fp16 has one
            self.scaler.load_state_dict(state["scaler"])
        self.parts, self.skipped, self.skipped_in_a_row = state["counters"]


def load_moments(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """What an optimizer remembers of the gradients; its settings stay those of this run."""
    own = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    optimizer.load_state_dict(saved)
    for group, settings in zip(optimizer.param_groups, own, strict=True):
        group.update(settings)


def out_of_memory(error: Exception) -> bool:
    """Whether that is what an exception says; only CUDA has a class of its own for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "can't allocate memory" in str(error) or "not enough memory" in str(error)
