"""Pick a device, seed, precision; and have kept in memory what will be needed again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from functools import cache

import torch

from mtkit.errors import MtkitError

WIDE = 256  # of a model: bf16 was measured to train such a one faster, and as well
KERNELS = 16  # that oneDNN keeps, and half a megabyte each


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


def chosen_precision(device: torch.device, precision: str) -> str:
    """What `auto` means on a device: bf16 or else fp16 on a GPU that has it, and else fp32."""
    if precision != "auto":
        return precision
    if device.type != "cuda":
        return "fp32"
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return "bf16"
    return "fp16" if torch.cuda.get_device_capability(device) >= (7, 0) else "fp32"


def training_precision(device: torch.device, precision: str, width: int) -> str:
    """What `auto` means in a step of training: also bf16 for a wide model on a CPU with AMX."""
    if precision == "auto" and device.type == "cpu" and width >= WIDE and has_amx():
        return "bf16"
    return chosen_precision(device, precision)


@cache
def has_amx() -> bool:
    """Whether this processor multiplies matrices of bfloat16 by itself, and PyTorch uses that."""
    try:
        there = torch.cpu.get_capabilities().get("amx_bf16", False)
    except AttributeError:  # a PyTorch that does not tell
        return False
    return bool(there) and torch.backends.mkldnn.is_available()


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager[object]:
    """A context for the forward pass: with bf16 or fp16, what may be is computed in 16 bits."""
    precision = chosen_precision(device, precision)
    if precision not in ("bf16", "fp16"):
        return contextlib.nullcontext()
    dtype = torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.autocast(device.type, dtype=dtype)


@contextlib.contextmanager
def matrix_products(precision: str) -> Iterator[None]:
    """A context, for the backward pass too: tf32 cuts float32 factors to 19 bits.

    bf16 cuts those that autocast leaves in float32, on a CPU to 16 bits and on a GPU to 19.
    """
    before = torch.get_float32_matmul_precision()
    allowed = {"tf32": "high", "bf16": "medium"}.get(precision, "highest")
    torch.set_float32_matmul_precision(allowed)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


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


def keep_few_kernels() -> None:
    """Tell oneDNN to keep few of the kernels that it makes for matrix products in 16 bits.

    It makes one for each shape, and batches come in ever new shapes: the thousand that it would
    keep take more memory than a training step, and are hardly asked for again (in a search they
    are).  It has two caches (the second is PyTorch's), and reads their sizes with its first
    product.
    """
    for name in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(name, str(KERNELS))


def peak_memory(device: torch.device) -> float:
    """The most memory that this process has had (GiB): of the GPU, or else resident."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
