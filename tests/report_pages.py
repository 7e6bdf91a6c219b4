"""Pages of `mtkit report`, for the tests of what is on them and of how a browser shows them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import run_main, toy_pairs, write_lines

from mtkit.card import ModelCard
from mtkit.checkpoint import load_card, load_tokenizer, save_card, save_model
from mtkit.config import LSTMConfig
from mtkit.models import build_model

NASTY = [
    "one <script>alert(1)</script> two.",
    "</script><!-- <script> --> three.",
    "\"quotes\" & 'more' {{ 7 * 7 }} {% raw %} four.",
    "我们今天去图书馆看书。 five.",
    "<img src=x onerror=alert(2)> six\u202e \u2028 seven.",
]


def nasty_set(folder: Path) -> list[object]:
    """Options that name a test set with mark-up in it."""
    pairs = toy_pairs(20, seed=5)
    source = [*NASTY, *(pair[0] for pair in pairs), " ".join(["one two three four."] * 4)]
    target = [*reversed(NASTY), *(pair[1] for pair in pairs), "eins zwei drei vier."]
    name = "nasty" * 12  # which no box is wide enough for
    files = folder / f"{name}.en", folder / f"{name}.de"
    for file, lines in zip(files, (source, target), strict=True):
        write_lines(file, lines)
    return ["--source", files[0], "--reference", files[1]]


def changed(run: Path, folder: Path, **values: Any) -> Path:
    """A copy of a run with another card."""
    copy = Path(shutil.copytree(run, folder))
    save_card(copy, replace(load_card(copy), **values))
    return copy


def without_corpus(card: ModelCard) -> dict[str, Any]:
    return {"data": tuple(replace(each, paths=("/gone.en", "/gone.de")) for each in card.data)}


@pytest.fixture(scope="session")
def page(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a Transformer, on the test set of its corpus."""
    path = tmp_path_factory.mktemp("report") / "page.html"
    run_main("report", toy_run, "--out", path)
    return path


@pytest.fixture(scope="session")
def nasty_page(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a Transformer with mark-up in its data, its name, its card and its scores."""
    folder = tmp_path_factory.mktemp("nasty")
    score = {"name": "<b>BLEU</b>", "value": 1.0, "signature": "<i>|</i>"}
    scores = {"<u>set</u>": {"scores": [score]}}
    history = {"parameters": 7, "note": "</dd><script>alert(3)</script>"}
    run = changed(toy_run, folder / '<em>run & "co"', history=history, scores=scores)
    own = "--sentence", "<script>alert(4)</script> one two."
    path = folder / "page.html"
    run_main("report", run, "--out", path, "--sentences", 26, *own, *nasty_set(folder))
    return path


@pytest.fixture(scope="session")
def recurrent_page(
    toy_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Of an LSTM with random weights; its corpus is gone, and it has no log."""
    folder, card = tmp_path_factory.mktemp("recurrent"), load_card(toy_run)

    def made(architecture: str) -> Path:
        run, path = folder / architecture, folder / f"{architecture}.html"
        if not path.exists():
            run.mkdir()
            config = LSTMConfig(architecture, card.model.vocab_size, 16, max_positions=40)
            new = replace(card, model=config, **without_corpus(card))
            with torch.random.fork_rng():
                torch.manual_seed(1)  # other weights might say nothing
                weights = build_model(config).state_dict()
            save_model(run, new, load_tokenizer(toy_run, card), weights)
            run_main("report", run, "--out", path, "--sentence", "one seven three two.")
        return path

    return made
