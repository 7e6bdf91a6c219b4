"""What `--precision auto` is on a CPU, and what 16 bits take there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_int8 import processor
from test_optimization import MODEL, PAIRS

from mtkit import device
from mtkit.batches import collate
from mtkit.config import LSTMConfig, ModelConfig, TrainConfig
from mtkit.device import KERNELS, WIDE, has_amx, keep_few_kernels, training_precision
from mtkit.feed import Step
from mtkit.learner import Learner
from mtkit.loss import validate
from mtkit.models import build_model
from mtkit.presets import PRESETS

CPU = torch.device("cpu")
WIDE_MODELS = [
    replace(MODEL, d_model=WIDE),
    LSTMConfig(vocab_size=30, d_model=WIDE, encoder_layers=1, decoder_layers=1, dropout=0.0),
]


@pytest.fixture
def amx(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that has it, or PyTorch computes as if."""
    monkeypatch.setattr(device, "has_amx", lambda: True)


def first_loss(config: ModelConfig, precision: str) -> float:
    torch.manual_seed(1)
    learner = Learner(build_model(config), TrainConfig(precision=precision))
    batch = collate(PAIRS, range(5))
    loss = learner.update(Step([batch], batch.tokens), 1, 1e-3)
    assert loss is not None
    return loss.item()


@pytest.mark.skipif("amx_bf16" not in processor(), reason="this processor has none")
def test_amx_is_found_where_it_is() -> None:
    assert has_amx()


def test_a_pytorch_that_cannot_tell_counts_as_without_amx(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not has_amx.__wrapped__()


def test_auto_trains_in_bf16_a_wide_model_with_amx_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for there in (True, False):
        monkeypatch.setattr(device, "has_amx", lambda there=there: there)
        assert training_precision(CPU, "auto", WIDE) == ("bf16" if there else "fp32")
        assert training_precision(CPU, "auto", WIDE - 1) == "fp32"
        for precision in ("fp32", "tf32", "bf16", "fp16"):
            assert training_precision(CPU, precision, WIDE) == precision


def test_which_presets_are_wide() -> None:
    narrow = {name for name, preset in PRESETS.items() if preset.model.d_model < WIDE}
    assert narrow == {"tiny", "fast"}


@pytest.mark.parametrize("config", WIDE_MODELS, ids=["transformer", "lstm"])
def test_a_step_in_auto_is_one_in_bf16(amx: None, config: ModelConfig) -> None:
    auto, bf16, fp32 = (first_loss(config, precision) for precision in ("auto", "bf16", "fp32"))
    assert auto == bf16 != fp32
    assert auto == pytest.approx(fp32, rel=0.01)


def test_a_toy_in_auto_stays_exact(amx: None) -> None:
    assert first_loss(MODEL, "auto") == first_loss(MODEL, "fp32")


def test_validation_and_translation_in_auto_stay_exact(amx: None) -> None:
    model = build_model(WIDE_MODELS[0]).eval()
    auto, fp32 = (validate(model, PAIRS, TrainConfig(precision=p)) for p in ("auto", "fp32"))
    assert auto == fp32
    with device.autocast(CPU, "auto"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_the_log_tells_what_training_computes_in(toy_run: Path) -> None:
    first = json.loads((toy_run / "log.jsonl").read_text("utf-8").splitlines()[0])
    assert first["precision"] == "fp32"


def test_the_number_of_kernels_is_the_users_if_they_set_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "")  # so that the fixture puts back what was
    monkeypatch.delenv("LRU_CACHE_CAPACITY")
    keep_few_kernels()
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"
    assert os.environ["LRU_CACHE_CAPACITY"] == str(KERNELS)


PRODUCTS = """
import torch
from mtkit.device import KERNELS, keep_few_kernels

keep_few_kernels()
for rows in (*range(100, 100 + KERNELS), 100, *range(200, 200 + KERNELS), 100):
    a = torch.ones(rows, 64, dtype=torch.bfloat16)
    a @ torch.ones(64, 64, dtype=torch.bfloat16)
"""


def test_few_kernels_are_kept() -> None:
    names = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
    variables = {name: value for name, value in os.environ.items() if name not in names}
    found = subprocess.run(
        [sys.executable, "-c", PRODUCTS], capture_output=True, text=True, check=True,
        env={**variables, "ONEDNN_VERBOSE": "profile_create"},
    ).stdout  # fmt: skip
    made = [line for line in found.splitlines() if ",create:" in line and ",100x64:" in line]
    if not made:
        pytest.skip("oneDNN makes no products of 16 bits here")
    assert ["cache_hit" in line for line in made] == [False, True, False]
