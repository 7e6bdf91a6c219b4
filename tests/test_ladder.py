"""`mtkit ladder`: three models of one size, trained, compared and drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Command

from mtkit.config import LSTMConfig
from mtkit.ladder import RUNGS, of_size, parameters, quantiles
from mtkit.models import build_model
from mtkit.presets import PRESETS


def test_models_of_one_size_are_found_without_making_them() -> None:
    wanted = parameters(PRESETS["tiny"].model)
    for rung in ("lstm", "lstm-attention"):
        config = of_size(LSTMConfig(rung), wanted)
        counted = sum(weights.numel() for weights in build_model(config).parameters())
        assert parameters(config) == counted
        assert abs(counted - wanted) < 0.03 * wanted


def test_quantiles_are_where_groups_of_one_size_begin() -> None:
    assert quantiles(range(1, 101), 4) == [1, 26, 51, 76]
    assert quantiles([5] * 10) == [1, 5]


def test_the_ladder_is_climbed_once_and_goes_on_with_more_steps(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "ladder.png"
    options = [
        "ladder", toy_corpus, "--pair", "en-de", "--out", tmp_path / "rungs", "--validate-every", 2,
    ]  # fmt: skip
    climbed = mtkit(*options, "--max-steps", 2, "--plot", picture)
    assert climbed.code == 0, climbed.err
    rows = [
        line.split() for line in climbed.out.splitlines() if line.strip().startswith(("l", "t"))
    ]
    assert [row[0] for row in rows] == list(RUNGS)
    sizes = [int(row[1].replace(",", "")) for row in rows]
    assert max(sizes) < 1.1 * min(sizes)
    assert all(re.fullmatch(r"\d+\.\d", value) for row in rows for value in row[3:])
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert mtkit(*options, "--max-steps", 2).err.count("is trained already: complete") == 3
    further = mtkit(*options, "--max-steps", 4)
    assert further.err.count("at step 2") == 3
    other = mtkit(*options, "--max-steps", 4, "--seed", 5)
    assert other.code == 1
    assert "started with other values: --seed 1, not 5" in other.err


def test_a_picture_that_cannot_be_drawn_is_an_error_before_training(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    found = mtkit("ladder", toy_corpus, "--pair", "en-de", "--out", tmp_path / "rungs",
                  "--plot", "ladder.gif")  # fmt: skip
    assert found.code == 1
    assert "ladder.gif" in found.err
    assert not (tmp_path / "rungs").exists()
