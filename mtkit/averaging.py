"""Checkpoints beside the best one, and their average (Vaswani et al., 2017, section 6.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtkit.checkpoint import CHECKPOINTS, UNFINISHED_CHECKPOINT, load_tensors, save_tensors
from mtkit.errors import MtkitError
from mtkit.places import sweep


def keep_checkpoint(
    directory: Path,
    step: int,
    score: Sequence[float],
    weights: Mapping[str, Any],
    keep: tuple[int, int],
) -> None:
    """Keep the weights of a validation beside the best ones, and forget those not asked for.

    keep: how many of the last validations, and of the best by `score`.
    """
    folder, (last, best) = directory / CHECKPOINTS, keep
    folder.mkdir(exist_ok=True)
    sweep(folder, UNFINISHED_CHECKPOINT)
    values = {"step": step, "score": list(score), "weights": dict(weights)}
    save_tensors(folder / f"{step:09}.pt", values)
    there = kept_checkpoints(directory)
    for path in {*there} - {
        *there[max(0, len(there) - last) :],
        *best_checkpoints(directory, best),
    }:
        path.unlink()


def kept_checkpoints(directory: Path) -> list[Path]:
    """Checkpoints of a run beside the best weights, the oldest first."""
    return sorted((directory / CHECKPOINTS).glob("*.pt"))


def forget_checkpoints(directory: Path, after: int) -> None:
    """Remove those of a later step than `after`: a resumed run takes these steps once more."""
    for path in kept_checkpoints(directory):
        if int(path.stem) > after:
            path.unlink()


def best_checkpoints(directory: Path, count: int) -> list[Path]:
    """Of the checkpoints that a run kept, those with the best scores.

    Errors: MtkitError for a damaged file.
    """
    if not count:
        return []
    there = kept_checkpoints(directory)
    return sorted(there, key=lambda path: load_tensors(path)["score"], reverse=True)[:count]


def average(weights: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the weights of several models.

    Errors: MtkitError if they are not of the same shapes.
    """
    total: dict[str, Tensor] = {}
    for count, found in enumerate(weights, 1):
        shapes = {name: value.shape for name, value in found.items()}
        if total and shapes != {name: value.shape for name, value in total.items()}:
            raise MtkitError(
                "the models do not have the same architecture and sizes",
                "only models of one kind can be averaged",
            )
        for name, value in found.items():
            before = total.get(name, torch.zeros_like(value, dtype=torch.float64))
            total[name] = before + (value.double() - before) / count
    return {name: value.float() for name, value in total.items()}
