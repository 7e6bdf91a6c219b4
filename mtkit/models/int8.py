"""Matrix products of whole numbers of 8 bits, for translation: faster, and a little less exact."""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mtkit.models.seq2seq import Seq2Seq

LARGEST = 127  # of the whole numbers; the smallest is -127
ROWS = 64  # or a power of two: since code is generated for each number of rows, these are few
# Numbers of a matrix: with fewer, rounding takes longer than is won beside the others' type.
WORTH = {torch.float32: 2**16, torch.bfloat16: 2**20}


class Int8Linear(nn.Module):
    """x W^T + b, where each row of x and of W is whole numbers times a scale of its own.

    No row of x knows the scale of another, and the product is exact: what else is in the batch
    shows only where the noise of float32 elsewhere in the model tips a rounding.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """weight (O, I), bias (O)"""
        super().__init__()
        whole, scales = rounded(weight.detach().float())
        # No buffers: packed weights are opaque, and stay where they were made.
        self.packed = has_int8_instructions()
        self.weight = packed(whole) if self.packed else whole.float()
        self.scales, self.bias = scales.flatten(), None if bias is None else bias.detach().float()

    def forward(self, x: Tensor) -> Tensor:
        """x (..., I) -> (..., O), of the same type"""
        whole, scales = rounded(x.flatten(0, -2).float())
        if self.packed:
            product = multiplied(whole, self.weight, self.scales)
        else:  # float32 holds sums of whole numbers exactly up to 2^24, and nearly beyond
            product = F.linear(whole.float(), self.weight).mul_(self.scales)
        if self.bias is None:
            product.mul_(scales)
        else:
            product = torch.addcmul(self.bias, product, scales)
        return product.unflatten(0, x.shape[:-1]).to(x.dtype)


def rounded(x: Tensor) -> tuple[Tensor, Tensor]:
    """x (N, I) -> whole numbers (N, I) of 8 bits and scales (N, 1), whose product is nearly x"""
    scales = x.abs().amax(1, keepdim=True).clamp_(min=1e-30).div_(LARGEST)
    return (x / scales).round_().to(torch.int8), scales


def packed(whole: Tensor) -> Tensor:
    """Weights (O, I) as the processor's instructions want them."""
    return torch.ops.onednn.qlinear_prepack(whole, None)


def multiplied(whole: Tensor, weight: Tensor, scales: Tensor) -> Tensor:
    """whole (N, I) times packed weights of (O, I), whose scales are (O) -> (N, O) in float32"""
    step = min(ROWS, 1 << (len(whole) - 1).bit_length())
    more = F.pad(whole, (0, 0, 0, -len(whole) % step))
    zeros = torch.zeros(len(scales), dtype=torch.int32)
    product = torch.ops.onednn.qlinear_pointwise(
        more, 1.0, 0, weight, scales, zeros, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return product[: len(whole)]


@cache
def has_int8_instructions() -> bool:
    """Whether this processor multiplies such numbers by itself, and exactly (AVX512-VNNI, AMX).

    Without, they are multiplied as float32, and nothing is won.
    """
    largest = torch.full((ROWS, 256), LARGEST, dtype=torch.int8)
    try:
        product = multiplied(largest, packed(largest), torch.ones(ROWS))
        vnni = torch.cpu._is_vnni_supported()
    except (RuntimeError, AttributeError):  # a PyTorch that has no such operator
        return False
    return vnni and bool((product == 256 * LARGEST**2).all())


def quantize(model: Seq2Seq, others: torch.dtype = torch.float32) -> None:
    """Round a model's large matrices for good, and the embedding where it makes logits.

    others: the type that all its other numbers get.  The model is on a CPU, and translates only.
    """
    for module in [*model.modules()]:
        if isinstance(module, Seq2Seq) and hasattr(module, "embedding"):
            module.output = Int8Linear(module.embedding.weight)
        for name, child in module.named_children():
            if isinstance(child, nn.Linear) and child.weight.numel() >= WORTH[others]:
                setattr(module, name, Int8Linear(child.weight, child.bias))
    model.to(others)
