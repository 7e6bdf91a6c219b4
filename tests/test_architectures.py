"""Every architecture from the command line: trained, resumed, translated with, refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import Command, run_main

from mtkit.checkpoint import load_model
from mtkit.config import TransformerConfig
from mtkit.ladder import parameters
from mtkit.models import LSTMSeq2Seq, Transformer, build_model
from mtkit.optimization import update_average
from mtkit.presets import PRESETS

SMALL = [
    "--vocab-size", "40", "--d-model", "32", "--encoder-layers", "1", "--decoder-layers", "1",
    "--dropout", "0.1", "--tokens-per-batch", "256", "--warmup-steps", "10",
    "--validate-every", "20", "--learning-rate", "2e-3", "--schedule", "constant",
]  # fmt: skip
TRANSFORMER = ["--heads", "2", "--d-ff", "32"]
KINDS = {
    "lstm": ["--arch", "lstm"],
    "lstm-attention": ["--arch", "lstm-attention"],
    "rmsnorm": [*TRANSFORMER, "--norm-type", "rmsnorm", "--activation", "swiglu"],
    "batchnorm": [*TRANSFORMER, "--norm-type", "batchnorm", "--activation", "tanh"],
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def run(kind: str, toy_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the kind, hardly trained.  Only to be read."""
    out = tmp_path_factory.mktemp("kinds") / kind
    run_main("train", toy_corpus, "--pair", "en-de", "--out", out, *SMALL, *KINDS[kind],
             "--max-steps", 40)  # fmt: skip
    return out


def test_every_kind_of_model_is_trained_and_translates(
    mtkit: Command, kind: str, run: Path
) -> None:
    model, _, card = load_model(run)
    assert isinstance(model, LSTMSeq2Seq if kind.startswith("lstm") else Transformer)
    assert len(mtkit("translate", "--model", run, "one two.", "").out.splitlines()) == 2
    found = json.loads(mtkit("translate", "--model", run, "--json", "one two three.").out)
    assert found["hypotheses"]
    shown = mtkit("info", run).out
    assert card.model.architecture in shown
    assert f"d_model {card.model.d_model}" in shown
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    losses = [event["perplexity"] for event in log if event["event"] == "validation"]
    assert losses[-1] < losses[0]


def test_every_kind_of_run_is_resumed_bit_for_bit(
    mtkit: Command, kind: str, run: Path, toy_corpus: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half"
    corpus = "train", toy_corpus, "--pair", "en-de", "--out", half
    assert mtkit(*corpus, *SMALL, *KINDS[kind], "--max-steps", 20).code == 0
    assert mtkit("train", "--resume", "--out", half, "--max-steps", 40).code == 0
    whole, both = ({**load_model(path)[0].state_dict()} for path in (run, half))
    assert all(torch.equal(whole[name], both[name]) for name in whole)


def test_only_a_model_with_attention_aligns(mtkit: Command, kind: str, run: Path) -> None:
    found = mtkit("translate", "--model", run, "--alignments", "one two three.")
    assert found.code == (1 if kind == "lstm" else 0)
    if kind == "lstm":
        assert "no attention" in found.err
        assert "--arch lstm-attention" in found.err
    else:
        assert "\t" in found.out


def test_a_sign_that_the_tokenizer_does_not_know_is_no_trouble(
    mtkit: Command, kind: str, run: Path
) -> None:
    assert mtkit("translate", "--model", run, "one ☃ two.").code == 0


def test_what_ctranslate2_does_not_know_is_not_exported(
    mtkit: Command, kind: str, run: Path, tmp_path: Path
) -> None:
    pytest.importorskip("ctranslate2")
    found = mtkit("export", run, "--to", "ctranslate2", "--out", tmp_path / "out")
    assert found.code == 1
    assert "exported" in found.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--arch", "lstm", "--heads", "4"], "--heads: not a setting of --arch lstm"),
        (["--arch", "lstm", "--norm", "pre", "--d-ff", "8"], "--d-ff, --norm: not a setting"),
        (["--arch", "lstm", "--d-model", "33"], "--d-model must be even"),
        (["--arch", "lstm", "--encoder-layers", "3"], "as many of one as of the other"),
    ],
)
def test_settings_that_an_architecture_does_not_have(
    mtkit: Command, arguments: list[str], said: str
) -> None:
    found = mtkit("train", *arguments, "--show-config")
    assert found.code == 1
    assert said in found.err


def test_an_unknown_architecture_is_wrong_usage(mtkit: Command) -> None:
    found = mtkit("train", "--arch", "gru")
    assert found.code == 2
    assert "lstm-attention" in found.err


def test_another_architecture_is_no_start_and_no_resume(
    mtkit: Command, toy_run: Path, toy_corpus: Path, tmp_path: Path
) -> None:
    corpus = "train", toy_corpus, "--pair", "en-de", "--out", tmp_path / "out"
    started = mtkit(*corpus, "--init-from", toy_run, "--arch", "lstm")
    assert started.code == 1
    assert "--arch lstm, but the model is of architecture transformer" in started.err
    resumed = mtkit("train", "--resume", "--out", toy_run, "--arch", "lstm")
    assert resumed.code == 1
    assert "of architecture transformer" in resumed.err


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_models_of_about_the_same_size_for_every_architecture(name: str) -> None:
    kinds = "transformer", "lstm", "lstm-attention"
    found = [parameters(PRESETS[name].sizes(architecture)) for architecture in kinds]
    assert max(found) < 1.1 * min(found)


def test_the_average_has_seen_what_batchnorm_has_seen() -> None:
    config = TransformerConfig(vocab_size=20, d_model=8, heads=2, d_ff=8, norm_type="batchnorm")
    model, averaged = build_model(config), build_model(config)
    tokens = torch.randint(4, 20, (3, 7))
    model.train()(tokens, tokens)
    update_average(averaged, model, 0.9, 1)
    name = "encoder.norm.running_mean"
    assert averaged.state_dict()[name].abs().sum() > 0
    assert torch.equal(averaged.state_dict()[name], model.state_dict()[name])


def test_a_card_without_the_newer_settings_is_still_read(toy_run: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(toy_run, tmp_path / "old"))
    card = json.loads((old / "config.json").read_text())
    del card["model"]["norm_type"]
    (old / "config.json").write_text(json.dumps(card))
    assert load_model(old)[2].model == load_model(toy_run)[2].model
