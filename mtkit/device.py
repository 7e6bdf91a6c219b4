"""Pick a device, seed, precision; and make the allocator keep what it will need again."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
from collections.abc import Mapping
from typing import Any

import torch

from mtkit.errors import MtkitError


def pick_device(name: str = "auto") -> torch.device:
    """A device by name; auto is cuda, then mps, then cpu.

    Errors: MtkitError if it is not there.
    """
    there = available_devices()
    if name == "auto":
        return torch.device(there[0])
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    missing = device is None or device.type not in there
    if device is not None and device.type == "cuda" and not missing:
        missing = (device.index or 0) >= torch.cuda.device_count()
    if device is None or missing:
        raise MtkitError(
            f"there is no device `{name}` here", f"--device may be auto, {', '.join(there)}"
        )
    return device


def available_devices() -> list[str]:
    """What this machine can compute on, the fastest first."""
    there = ["cuda"] if torch.cuda.is_available() else []
    there += ["mps"] if torch.backends.mps.is_available() else []
    return [*there, "cpu"]


def random_states() -> dict[str, Any]:
    """The states of PyTorch's random number generators, to go on from later."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def set_random_states(states: Mapping[str, Any]) -> None:
    torch.set_rng_state(states["cpu"])
    if torch.cuda.is_available() and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager[object]:
    """A context for the forward pass.

    precision: fp32, bf16, or auto, which is bf16 on a GPU that has it.
    """
    if precision == "auto":
        bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
        precision = "bf16" if bf16 else "fp32"
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def keep_freed_memory() -> None:
    """Tell glibc to keep freed memory instead of giving it back to the kernel.

    A training step frees tensors of megabytes and asks for them again at once; each time, the
    kernel would clear every page anew.  Does nothing where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    trim_threshold, mmap_max, largest = -1, -4, 2**31 - 1  # names and numbers of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(mmap_max, 0)  # large blocks come from the heap, too
        libc.mallopt(trim_threshold, largest)


def peak_memory() -> float:
    """The most resident memory that this process has had (GiB)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
