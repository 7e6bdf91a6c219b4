"""`mtkit ladder`: three models of one size, trained, compared and drawn."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Command, write_lines

from mtkit.bitext import read_lines
from mtkit.checkpoint import load_card
from mtkit.config import LSTMConfig
from mtkit.errors import MtkitError
from mtkit.ladder import RUNGS, check_alike, of_size, parameters, quantiles
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
    scored = mtkit("evaluate", *(tmp_path / "rungs" / rung for rung in RUNGS), "--beam-size", 1,
                   "--no-details", "--json")  # fmt: skip
    for row, system in zip(rows, json.loads(scored.out)["test"]["systems"], strict=True):
        assert row[3:5] == [f"{score['value']:.1f}" for score in system["scores"][:2]]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert mtkit(*options, "--max-steps", 2).err.count("is trained already: complete") == 3
    further = mtkit(*options, "--max-steps", 4)
    assert further.err.count("at step 2") == 3
    other = mtkit(*options, "--max-steps", 4, "--seed", 5)
    assert other.code == 1
    assert "started with other values: --seed 1, not 5" in other.err
    bigger = mtkit(*options, "--max-steps", 4, "--preset", "small")
    assert bigger.code == 1
    assert "--d-model" in bigger.err


def test_a_ladder_of_other_data_is_not_gone_on_with(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    options = "--pair", "en-de", "--out", tmp_path / "rungs", "--max-steps", 1
    assert mtkit("ladder", toy_corpus, *options).code == 0
    other = tmp_path / "other"
    shutil.copytree(toy_corpus, other)
    lines = read_lines(other / "train.en")
    write_lines(other / "train.en", lines[::-1])
    found = mtkit("ladder", other, *options)
    assert found.code == 1
    assert "started with another train set" in found.err
    cards = {str(n): load_card(tmp_path / "rungs" / "lstm") for n in range(2)}
    check_alike(cards)
    cards["1"] = replace(cards["1"], data=())
    with pytest.raises(MtkitError, match="not trained on the same data"):
        check_alike(cards)


def test_a_rung_that_was_killed_before_its_first_save_is_begun_again(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    rungs = tmp_path / "rungs"
    options = "ladder", toy_corpus, "--pair", "en-de", "--out", rungs, "--max-steps", 1
    assert mtkit(*options).code == 0
    for name in ("weights.pt", "training.pt"):
        (rungs / "lstm" / name).unlink()
    again = mtkit(*options)
    assert again.code == 0, again.err
    assert again.err.count("is trained already") == 2
    (rungs / "lstm" / "training.pt").unlink()  # a model that cannot be resumed is not thrown away
    kept = mtkit(*options)
    assert kept.code == 1
    assert "holds a run already" in kept.err


def test_what_would_fail_at_the_end_is_said_at_once(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    options = "ladder", toy_corpus, "--pair", "en-de", "--out", tmp_path / "rungs"
    for wrong, said in (
        (["--set", "moon"], "no set `moon`"),
        (["--plot", tmp_path / "nowhere" / "x.png"], "nowhere"),
    ):
        found = mtkit(*options, *wrong)
        assert found.code == 1
        assert said in found.err
        assert not (tmp_path / "rungs").exists()


def test_a_picture_that_cannot_be_drawn_is_an_error_before_training(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    found = mtkit("ladder", toy_corpus, "--pair", "en-de", "--out", tmp_path / "rungs",
                  "--plot", "ladder.gif")  # fmt: skip
    assert found.code == 1
    assert "ladder.gif" in found.err
    assert not (tmp_path / "rungs").exists()
