"""Numbers in messages."""

from __future__ import annotations

import pytest

from mtkit.wording import counted


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (1_000_000, "1,000,000 steps"),
     (1.0, "1 step"), (0.5, "0.5 steps"), (90.0, "90 steps")],
)  # fmt: skip
def test_what_is_counted_agrees_with_its_number(number: float, told: str) -> None:
    assert counted(number, "step") == told


def test_a_verb_may_agree_as_well() -> None:
    told = [counted(number, "pair is", "pairs are") for number in (1, 2)]
    assert told == ["1 pair is", "2 pairs are"]
