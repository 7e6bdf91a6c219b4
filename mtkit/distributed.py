"""Several processes, one run: what `torchrun` starts, or a single process that needs none of it.

Every process holds the whole model and reads its share of each batch; gradients are summed.
The first process alone writes files and talks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mtkit.errors import MtkitError

PATIENCE = timedelta(hours=2)  # to wait for the first process, which validates alone


def started() -> bool:
    """Whether `torchrun` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def leads() -> bool:
    """Whether this process is the first one on its machine."""
    return os.environ.get("LOCAL_RANK", "0") == "0"


def is_first() -> bool:
    """Whether this process is the one that writes and talks."""
    return os.environ.get("RANK", "0") == "0"


class FirstFailedError(Exception):
    """The first process has ended with an error, and has said so."""


@contextlib.contextmanager
def first_alone() -> Iterator[None]:
    """The first process goes ahead, so that the others find what it has left in a cache.

    Errors: FirstFailedError in the others if it fails.
    """
    if dist.is_initialized() and not is_first() and of_first([False]) != [True]:
        raise FirstFailedError
    try:
        yield
    except Exception:
        if is_first():
            of_first([False])
        raise
    if is_first():
        of_first([True])


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def processes() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def join(device: torch.device) -> torch.device:
    """Meet the other processes, and return this one's own device.

    NCCL carries the gradients of GPUs; gloo those of CPUs, and the little that is agreed upon.
    Errors: MtkitError if there are fewer GPUs than processes.
    """
    if not started() or dist.is_initialized():
        return device
    if device.type == "cuda":
        if int(os.environ.get("LOCAL_WORLD_SIZE", "1")) > torch.cuda.device_count():
            raise MtkitError(
                f"{torch.cuda.device_count()} GPUs are too few for the processes on this machine",
                "lower torchrun's --nproc-per-node to the number of GPUs",
            )
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", None, PATIENCE
    )
    return device


def joined() -> bool:
    return dist.is_initialized()


def lost_peer(error: RuntimeError) -> bool:
    """Whether an exception says that another process is gone."""
    return dist.is_initialized() and (
        isinstance(error, dist.DistError) or "onnection" in str(error) or "gloo" in str(error)
    )


def leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def parallel(module: nn.Module) -> nn.Module:
    """The module, but its gradients become the mean over all processes."""
    return DistributedDataParallel(module) if dist.is_initialized() else module


def of_first(values: Sequence[Any]) -> list[Any]:
    """The values that the first process has; all processes must ask together."""
    shared = list(values)
    if dist.is_initialized():
        dist.broadcast_object_list(shared, src=0, device=torch.device("cpu"))
    return shared


def summed(value: Tensor) -> Tensor:
    """The sum over all processes; the value of each stays as it is."""
    total = value.clone()
    if dist.is_initialized():
        dist.all_reduce(total)
    return total


def largest(values: Sequence[float]) -> list[float]:
    """Of each of these numbers the largest that a process has; all must ask together."""
    found = torch.tensor(values, dtype=torch.float64)
    if dist.is_initialized():
        dist.all_reduce(found, dist.ReduceOp.MAX)
    return found.tolist()
