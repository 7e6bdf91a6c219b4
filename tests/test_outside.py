"""Test sets by name, and COMET: what lies outside of mtkit, and may not be there."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sacrebleu.dataset
from conftest import Command, write_lines

from mtkit.bitext import read_lines
from mtkit.evaluation import bleu

OWN_SET = "multi30k/2016"


@pytest.fixture
def sacrebleu_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sacrebleu keeps test sets; whatever it would fetch comes from nowhere."""
    dataset = sacrebleu.dataset.DATASETS[OWN_SET]
    place = tmp_path / "sacrebleu" / OWN_SET
    monkeypatch.setattr(dataset, "_outdir", str(place))
    monkeypatch.setattr(dataset, "_rawdir", str(place / "raw"))
    monkeypatch.setattr(dataset, "data", ["http://127.0.0.1:9/nothing.tar.gz"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (place / "raw").mkdir(parents=True)
    return place


def test_a_named_test_set_comes_from_sacrebleus_own_place(
    mtkit: Command, systems: Path, sacrebleu_cache: Path
) -> None:
    for side, name in (("src", "source.en"), ("ref", "ref.de")):
        write_lines(sacrebleu_cache / f"multi30k_2016.en-de.{side}", read_lines(systems / name))
    options = "--test-set", OWN_SET, "--hypothesis", systems / "one.de"
    shown = mtkit("evaluate", *options, "--pair", "en-de", "--json")
    assert shown.code == 0, shown.err
    report: Mapping[str, Any] = json.loads(shown.out)[OWN_SET]
    expected = bleu(read_lines(systems / "one.de"), read_lines(systems / "ref.de"), "de")
    assert report["systems"][0]["scores"][0]["value"] == expected
    assert report["systems"][0]["symptoms"]["copied"] == 0
    wrong = mtkit("evaluate", *options, "--pair", "en-zh")
    assert wrong.code == 1
    assert "no pair en-zh" in wrong.err
    assert "en-fr" in wrong.err


def test_sets_with_different_references_have_their_own_signatures(
    mtkit: Command, toy_run: Path, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = read_lines(systems / "ref.de")[:20]

    def named(name: str, pair: str) -> tuple[list[str], list[list[str]]]:
        return lines, [lines] * (2 if name == "multi30k/2017" else 1)

    monkeypatch.setattr("mtkit.evaluation.testsets.named_set", named)
    options = "--test-set", OWN_SET, "--test-set", "multi30k/2017", "--beam-size", 1
    for form in ([], ["--latex"]):
        shown = mtkit("evaluate", toy_run, *options, *form)
        assert f"{OWN_SET}: BLEU: nrefs:1|" in shown.out
        assert "multi30k/2017: BLEU: nrefs:2|" in shown.out


def test_a_named_test_set_without_a_network_is_one_clear_error(
    mtkit: Command, systems: Path, sacrebleu_cache: Path
) -> None:
    shown = mtkit("evaluate", "--test-set", OWN_SET, "--hypothesis", systems / "one.de",
                  "--pair", "en-de")  # fmt: skip
    assert shown.code == 1
    assert f"the test set `{OWN_SET}` cannot be downloaded" in shown.err
    assert "refused" in shown.err
    assert len(shown.err.splitlines()) == 2


@pytest.mark.parametrize("damage", ["archive", "half a file"])
def test_a_damaged_copy_of_a_test_set_is_not_scored_on(
    mtkit: Command, systems: Path, sacrebleu_cache: Path, damage: str
) -> None:
    lines = read_lines(systems / "ref.de")
    half = lines[:60] if damage == "half a file" else lines
    write_lines(sacrebleu_cache / "multi30k_2016.en-de.src", read_lines(systems / "source.en"))
    write_lines(sacrebleu_cache / "multi30k_2016.en-de.ref", half)
    if damage == "archive":
        (sacrebleu_cache / "raw" / "multi30k_2016.nothing.tar.gz").write_bytes(b"another")
    shown = mtkit("evaluate", "--test-set", OWN_SET, "--hypothesis", systems / "one.de",
                  "--pair", "en-de")  # fmt: skip
    assert shown.code == 1
    assert "is damaged" in shown.err
    assert "rm -r" in shown.err


def test_a_misspelt_test_set_gets_suggestions(mtkit: Command, toy_run: Path) -> None:
    shown = mtkit("evaluate", toy_run, "--test-set", "wmt14/ful")
    assert shown.code == 1
    assert "no test set `wmt14/ful`" in shown.err
    assert "wmt14/full" in shown.err.splitlines()[-1]


@pytest.fixture
def comet_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """What mtkit uses of unbabel-comet; the score is the share of words of the reference."""

    class Model:
        def predict(self, rows: list[dict[str, str]], **_: object) -> types.SimpleNamespace:
            assert all(set(row) == {"src", "mt", "ref"} for row in rows)
            same = sum(row["mt"] == row["ref"] for row in rows) / len(rows)
            return types.SimpleNamespace(system_score=same)

    def load_from_checkpoint(path: str) -> Model:
        if not Path(path).read_text().startswith("a model"):
            raise ValueError("no model")
        return Model()

    package = types.ModuleType("comet")
    package.load_from_checkpoint = load_from_checkpoint  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "comet", package)
    monkeypatch.setattr("mtkit.evaluation.comet.metadata.version", lambda name: "2.2.9")


def comet_options(systems: Path) -> list[object]:
    return ["--hypothesis", systems / "one.de", "--reference", systems / "ref.de", "--source",
            systems / "source.en"]  # fmt: skip


@pytest.mark.usefixtures("comet_package")
def test_comet_stands_beside_the_other_scores(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "model.ckpt").write_text("a model")
    shown = mtkit("evaluate", *comet_options(systems), "--comet", tmp_path, "--json")
    [report] = json.loads(shown.out).values()
    score = report["systems"][0]["scores"][-1]
    pairs = zip(read_lines(systems / "one.de"), read_lines(systems / "ref.de"), strict=True)
    assert score["name"] == "COMET"
    assert score["value"] == pytest.approx(100 * sum(a == b for a, b in pairs) / 120)
    assert "version:2.2.9" in score["signature"]


@pytest.mark.usefixtures("comet_package")
def test_a_comet_model_that_is_not_there_or_damaged_is_one_clear_error(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    shown = mtkit("evaluate", *comet_options(systems), "--comet", "Unbabel/wmt22-comet-da")
    assert shown.code == 1
    assert "`Unbabel/wmt22-comet-da` is not on disk" in shown.err
    (tmp_path / "model.ckpt").write_text("nonsense")
    shown = mtkit("evaluate", *comet_options(systems), "--comet", tmp_path / "model.ckpt")
    assert shown.code == 1
    assert "is no COMET model" in shown.err


def test_comet_without_its_package_is_one_clear_error(
    mtkit: Command, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "comet", None)
    shown = mtkit("evaluate", *comet_options(systems), "--comet", "x")
    assert shown.code == 1
    assert "pip install 'mtkit[comet]'" in shown.err
