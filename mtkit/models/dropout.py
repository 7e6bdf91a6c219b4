"""Dropout (Srivastava et al., 2014) that does not slow a CPU down."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dropout(nn.Module):
    """x -> x with each number zeroed with probability `p`, the rest scaled to keep the mean.

    PyTorch draws a mask on the CPU number by number, which takes ten times as long.
    Here 64 random bits make eight bytes, and a byte decides a number: `p` is met to 1/256.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.p)
        return x * byte_mask(x, self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def byte_mask(x: Tensor, p: float) -> Tensor:
    """A mask of the shape of `x`: 0 with probability p (to 1/256), else 1 / (1 - p)."""
    dropped = min(max(round(p * 256), 1), 255)  # of the 256 values of a byte
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64)
    words.random_(-(2**63), None)  # all 64 bits: by default the sign bit would never be drawn
    bytes_ = words.view(torch.uint8)[: x.numel()].view(x.shape)
    return (bytes_ >= dropped).to(x.dtype).mul_(256 / (256 - dropped))
