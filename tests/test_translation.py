"""Translator, evaluation and model directories, below the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from mtkit.checkpoint import load_model, write_bytes
from mtkit.config import SearchConfig
from mtkit.device import autocast, available_devices, pick_device
from mtkit.errors import MtkitError
from mtkit.parts import parts_of
from mtkit.search import length_penalty
from mtkit.tokenizer import Tokenizer
from mtkit.translator import Translator


@pytest.fixture
def translator(toy_run: Path) -> Translator:
    return Translator.load(toy_run, SearchConfig(beam_size=2, n_best=2))


def test_order_batch_size_and_neighbours_do_not_change_a_translation(toy_run: Path) -> None:
    lines = ["one.", "two three four five six.", "", "nine nine.", "one two three. " * 12]
    whole = [t.texts[0] for t in Translator.load(toy_run).translate(lines)]
    small = Translator.load(toy_run, SearchConfig(batch_tokens=1))
    assert [t.texts[0] for t in small.translate(lines)] == whole
    assert [t.texts[0] for t in small.translate(lines[::-1])] == whole[::-1]


def test_every_line_has_n_best_texts(translator: Translator) -> None:
    for translation in translator.translate(["one two.", "", "猫", "\x00", "⁇ <s> </s> ▁"]):
        assert len(translation.texts) == len(translation.scores) == 2
        assert all("\n" not in text for text in translation.texts)


def test_a_long_line_is_cut_between_words(toy_run: Path) -> None:
    tokenizer = Tokenizer.load(toy_run)
    line = "one two three four five six seven eight nine zero one two"
    parts = parts_of(line, tokenizer, 11, by_sentence=True)
    assert [token for part in parts for token in part.ids] == tokenizer.encode(line)
    assert all(0 < len(part.ids) < 12 for part in parts)
    assert all(part.pieces[0].startswith("▁") and part.cut for part in parts)
    assert [part.first for part in parts] == [True] + [False] * (len(parts) - 1)
    assert parts_of("", tokenizer, 11, by_sentence=True) == []


def test_the_length_penalty_is_that_of_wu_et_al() -> None:
    assert length_penalty(1, 1.0) == 1.0
    assert length_penalty(7, 1.0) == 2.0
    assert length_penalty(7, 0.5) == pytest.approx(2**0.5)
    assert length_penalty(7, 0.0) == 1.0


def test_devices_are_picked_by_name() -> None:
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type == available_devices()[0]
    with pytest.raises(MtkitError, match="no device `tpu`"):
        pick_device("tpu")


def test_autocast_computes_in_bf16_only_where_it_is_told() -> None:
    x = torch.ones(2, 2)
    with autocast(torch.device("cpu"), "auto"):
        assert (x @ x).dtype == torch.float32
    with autocast(torch.device("cpu"), "bf16"):
        assert (x @ x).dtype == torch.bfloat16


def test_a_write_that_fails_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "weights.pt"
    write_bytes(file, b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(MtkitError, match="No space left on device"):
        write_bytes(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_copied_directory_is_the_model(toy_run: Path, tmp_path: Path) -> None:
    needed = ("config.json", "weights.pt", "tokenizer.model")
    for name in needed:
        (tmp_path / name).write_bytes((toy_run / name).read_bytes())
    here, there = load_model(tmp_path)[0], load_model(toy_run)[0]
    assert all(
        torch.equal(a, b) for a, b in zip(here.parameters(), there.parameters(), strict=True)
    )
