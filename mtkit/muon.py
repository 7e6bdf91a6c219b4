"""Muon, an optimizer for matrices (Jordan et al., 2024), as fast on a CPU as it can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce

import torch
from torch import Tensor

COEFFICIENTS = 3.4445, -4.7750, 2.0315  # of the quintic iteration of Jordan et al. (2024)
ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """Momentum (Nesterov's), made orthogonal: every direction of a matrix moves by as much.

    An update has the root mean square of a typical one of AdamW (Liu et al., 2025), so that both
    can share a learning rate.  Like `torch.optim.Muon`, but matrices of a shape are computed
    together, and in float32.
    """

    def __init__(
        self, matrices: Iterable[Tensor], lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            by_shape = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    by_shape[matrix.shape].append(matrix)
            for (rows, columns), matrices in by_shape.items():
                updates = [self._momentum(matrix, group["momentum"]) for matrix in matrices]
                size = group["lr"] * 0.2 * max(rows, columns) ** 0.5
                torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
                update = orthogonal(torch.stack(updates)).mul_(-size)
                torch._foreach_add_(matrices, list(update.unbind()))

    def _momentum(self, matrix: Tensor, momentum: float) -> Tensor:
        """The gradient's moving average, which looks ahead by one gradient."""
        assert matrix.grad is not None
        state = self.state[matrix]
        if not state:
            state["momentum"] = torch.zeros_like(matrix)
        average: Tensor = state["momentum"].lerp_(matrix.grad, 1 - momentum)
        return matrix.grad.lerp(average, momentum)


def orthogonal(x: Tensor) -> Tensor:
    """x (N, rows, columns) -> nearly the closest orthogonal matrices, by Newton and Schulz.

    Singular values end between 0.7 and 1.2, whatever they were; that is near enough for an update.
    A round is x <- (a + b x x^T + c (x x^T)^2) x: a factor from the left, which x x^T decides.  So
    the factors are made of x x^T alone, a matrix of the shorter side, and x enters but twice.
    That takes float32: x x^T squares the singular values, and 16 bits would lose the small ones.
    """
    if x.size(-2) > x.size(-1):
        return orthogonal(x.mT).mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    square, factors = x @ x.mT, []
    for left in reversed(range(ROUNDS)):
        factor = torch.baddbmm(square, square, square, beta=b, alpha=c)
        factor.diagonal(dim1=-2, dim2=-1).add_(a)
        factors.append(factor)
        square = factor @ square @ factor if left else square
    return reduce(torch.matmul, reversed(factors)) @ x
