"""How numbers are told."""

from __future__ import annotations


def counted(number: float, one: str, many: str = "") -> str:
    """1 step, 2,000 steps; where `many` is given: 1 pair is, 2 pairs are"""
    told = f"{number:,}".removesuffix(".0")
    return f"{told} {one if number == 1 else many or one + 's'}"
