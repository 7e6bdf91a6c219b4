"""A model written for CTranslate2, and translation with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import Command, toy_pairs, write_lines
from test_bad_input import assert_refused

from mtkit import SearchConfig, Translator
from mtkit.checkpoint import load_model
from mtkit.config import TransformerConfig
from mtkit.engine import Engine
from mtkit.export import export
from mtkit.models import build_model


@pytest.fixture(scope="module")
def exported(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy model for CTranslate2.  Only to be read."""
    model, tokenizer, card = load_model(toy_run)
    out = tmp_path_factory.mktemp("exported")
    export(model, tokenizer, card, out)
    return out


def test_an_export_proves_itself(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "ct2"
    written = mtkit("export", toy_run, "--out", out)
    assert written.code == 0, written.err
    assert "proof: 100.0% of 50 outputs are identical; BLEU" in written.err
    assert "difference of +0.00" in written.err
    assert f"next: mtkit translate --engine ctranslate2 --model {out}" in written.err
    assert [path.name for path in tmp_path.iterdir()] == ["ct2"]
    again = mtkit("export", toy_run, "--out", out)
    assert_refused(again, f"`{out}` is there already", "--overwrite")
    sample = write_lines(tmp_path / "some.en", ["one two."])
    assert "of 1 outputs" in mtkit(
        "export", toy_run, "--out", out, "--overwrite", "--source", sample
    ).err  # fmt: skip


def test_nothing_but_an_earlier_export_is_replaced(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    refused = mtkit("export", run, "--out", run, "--overwrite")
    assert_refused(refused, "is not an exported model, and is not replaced")
    assert (run / "weights.pt").exists()
    empty = write_lines(tmp_path / "empty.en", [])
    nothing = mtkit("export", run, "--out", tmp_path / "ct2", "--source", empty)
    assert_refused(nothing, "there are no sentences to try")


def test_both_engines_translate_alike(toy_run: Path, exported: Path) -> None:
    lines = [english for english, _ in toy_pairs(30, seed=4)]
    lines[3:5] = ["", "one two. five four."]
    greedy = SearchConfig(beam_size=1)
    ours = [t.texts for t in Translator.load(toy_run, greedy).translate(lines)]
    theirs = [t.texts for t in Engine(exported, greedy).translate(lines)]
    assert ours == theirs
    several = Engine(exported, SearchConfig(beam_size=3, n_best=2)).translate(lines)
    assert [len(found.texts) for found in several] == [2] * 30


@pytest.mark.parametrize("options", [{"norm": "post"}, {"activation": "gelu"}])
def test_every_kind_of_transformer_is_exported(
    toy_run: Path, tmp_path: Path, options: dict[str, str]
) -> None:
    _, tokenizer, card = load_model(toy_run)
    sizes = {"d_model": 16, "d_ff": 32, "heads": 2, "encoder_layers": 2, "decoder_layers": 1}
    config = TransformerConfig(vocab_size=tokenizer.vocab_size, **sizes, **options)  # type: ignore[arg-type]
    model = build_model(config).eval()
    export(model, tokenizer, card, tmp_path)
    greedy = SearchConfig(beam_size=1, max_length=8)
    lines = [english for english, _ in toy_pairs(5, seed=6)]
    ours = Translator(model, tokenizer, 256, ("en", "de"), greedy).translate(lines)
    theirs = Engine(tmp_path, greedy).translate(lines)
    assert [t.texts for t in ours] == [t.texts for t in theirs]


def test_the_engine_does_not_load_pytorch(exported: Path) -> None:
    script = (
        "import sys\n"
        "sys.argv = ['mtkit', 'translate', '--engine', 'ctranslate2', '--model', "
        f"{str(exported)!r}, 'four seven one.']\n"
        "from mtkit.cli import main\n"
        "main.__globals__['app'](standalone_mode=False)\n"
        "print('torch' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert shown.stdout == "vier sieben eins.\nFalse\n", shown.stderr


def test_a_model_that_translates_otherwise_is_not_written(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["mtkit.cli.export"]
    monkeypatch.setattr(module, "share", lambda ours, theirs: 0.98)
    found = mtkit("export", toy_run, "--out", tmp_path / "ct2")
    assert_refused(found, "translates otherwise: only 98.0%")
    assert not list(tmp_path.iterdir())


def test_what_the_engine_cannot_do_is_refused(
    mtkit: Command, exported: Path, toy_run: Path
) -> None:
    engine = "translate", "--engine", "ctranslate2", "one."
    for options in (["--require", "eins"], ["--sample"], ["--json"], ["--model", exported], []):
        models = ["--model", exported] if options else []
        refused = mtkit(*engine, *models, *options)
        assert refused.code == 2
        assert all(option in refused.err for option in options[:1])
    assert_refused(mtkit(*engine, "--model", toy_run), "is not a model for CTranslate2")
    model = "--model", exported
    assert_refused(mtkit(*engine, *model, "--device", "mps"), "has no device `mps`")
    assert_refused(mtkit(*engine, *model, "--min-length", 300), "more than the model can say")


def test_a_damaged_export_is_told(mtkit: Command, exported: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(exported, broken)
    (broken / "model.bin").write_bytes(b"no model")
    engine = "translate", "--engine", "ctranslate2", "--model", broken, "one."
    assert_refused(mtkit(*engine), "is damaged")
    (broken / "mtkit.json").write_text(json.dumps({"positions": 3}))
    assert_refused(mtkit(*engine), "is damaged")


def test_the_engine_computes_in_the_precision_that_it_is_told(
    mtkit: Command, exported: Path
) -> None:
    engine = "translate", "--engine", "ctranslate2", "--model", exported, "one.", "--precision"
    assert mtkit(*engine, "int8").out == mtkit(*engine, "fp32").out
    # which the engine has on no x86 processor
    assert_refused(mtkit(*engine, "fp16", "--device", "cpu"), "fp16", "leave out --precision fp16")


def test_an_exported_model_is_for_the_engine_alone(mtkit: Command, exported: Path) -> None:
    for command in (("translate", "one.", "--model"), ("evaluate",)):
        found = mtkit(*command, exported)
        assert_refused(found, "is written for CTranslate2", "--engine ctranslate2 reads it")
    if not torch.cuda.is_available():
        found = mtkit(
            "translate", "--engine", "ctranslate2", "one.", "--device", "cuda", "--model", exported
        )
        assert_refused(found, "CTranslate2 cannot use a GPU here", "add: --device cpu")


def test_without_ctranslate2_there_is_advice(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    found = mtkit("export", toy_run, "--out", tmp_path / "ct2")
    assert_refused(found, "CTranslate2 cannot be used", "pip install 'mtkit[ctranslate2]'")
    assert not list(tmp_path.iterdir())
