"""Translation in whole numbers of 8 bits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from conftest import Command, toy_pairs, write_lines
from test_laws import CONFIGS, make_model, sentences
from torch import nn

from mtkit import SearchConfig, Translator
from mtkit.config import ModelConfig
from mtkit.errors import MtkitError
from mtkit.models import int8
from mtkit.models.int8 import LARGEST, Int8Linear, has_int8_instructions, quantize, rounded
from mtkit.search import beam_search


def processor() -> str:
    """What Linux says of it."""
    file = Path("/proc/cpuinfo")
    return file.read_text("utf-8") if file.exists() else ""


LINES = [english for english, _ in toy_pairs(20, seed=5)]


@pytest.fixture(params=[True, False], ids=["instructions", "float32"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the processor's instructions, where it has them, and without."""
    if request.param and not has_int8_instructions():
        pytest.skip("this processor has none")
    monkeypatch.setattr(int8, "has_int8_instructions", lambda: request.param)


@pytest.mark.skipif("avx512_vnni" not in processor(), reason="this processor has none")
def test_instructions_are_used_where_they_are() -> None:
    assert has_int8_instructions()


def numbers(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_rounding_errs_by_half_a_step_at_most() -> None:
    x = numbers(50, 33) * numbers(50, 1, seed=2).exp()
    x[7] = 0
    whole, scales = rounded(x)
    assert whole.dtype == torch.int8
    assert whole.abs().amax(1).tolist() == [LARGEST] * 7 + [0] + [LARGEST] * 42
    assert ((whole * scales - x).abs() <= scales * 0.5001).all()


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("rows", [1, 63, 64, 150])
def test_products_are_those_of_the_rounded_numbers(rows: int) -> None:
    x, weight, bias = numbers(rows, 200), numbers(96, 200, seed=2), numbers(96, seed=3)
    (whole, scales), (whole_weight, weight_scales) = rounded(x), rounded(weight)
    products = whole.double() @ whole_weight.double().T
    expected = products * scales.double() * weight_scales.flatten().double()
    assert (Int8Linear(weight)(x) - expected).abs().max() <= 1e-4
    assert (Int8Linear(weight, bias)(x[:, None]) - (expected + bias)[:, None]).abs().max() <= 1e-4
    near = (expected - x.double() @ weight.double().T).std() / expected.std()
    assert 0 < near < 0.02


@pytest.mark.usefixtures("either")
def test_no_row_depends_on_another() -> None:
    layer, x = Int8Linear(numbers(96, 200, seed=2), numbers(96, seed=3)), numbers(70, 200)
    x[3] *= 1000
    together = layer(x)
    for row in (0, 3, 69):
        assert torch.equal(layer(x[row : row + 1])[0], together[row])


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_all_architectures_can_be_rounded(config, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(int8.WORTH, torch.float32, 0)
    model, source = make_model(config).float(), sentences(5, 2, 9)
    exact = model(source, sentences(4, 7, 3)).detach()
    quantize(model)
    assert not any(isinstance(module, nn.Linear) for module in model.modules())
    logits = model(source, sentences(4, 7, 3)).detach()
    assert 0 < (logits - exact).std() < 0.1 * exact.std()
    search = SearchConfig(beam_size=3)
    together = beam_search(model, source, search, 30)
    for row, length in enumerate((5, 2, 9)):
        [alone] = beam_search(model, source[row : row + 1, :length], search, 30)
        assert alone[0].tokens == together[row][0].tokens
        # Noise of float32 in the products that are left may tip a rounding: a step of 127.
        assert alone[0].score == pytest.approx(together[row][0].score, rel=1e-2)


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("worth", [0, 2**20])
@torch.no_grad()
def test_what_is_not_rounded_to_8_bits_may_be_to_16(
    config: ModelConfig, worth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(int8.WORTH, torch.bfloat16, worth)
    model, source = make_model(config).float(), sentences(5, 2, 9)
    exact = model(source, sentences(4, 7, 3))
    quantize(model, torch.bfloat16)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    logits = model(source, sentences(4, 7, 3))
    assert logits.dtype == torch.float32  # of which the log-softmax is taken
    assert 0 < (logits - exact).std() < 0.1 * exact.std()


def test_small_matrices_stay_as_they_are() -> None:
    model = make_model(CONFIGS["pre-norm Transformer"]).float()
    kept = sum(isinstance(module, nn.Linear) for module in model.modules())
    quantize(model)
    assert sum(isinstance(module, nn.Linear) for module in model.modules()) == kept
    assert isinstance(model.output, Int8Linear)


def test_as_a_user_types_it(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "lines.en", LINES)
    exact = mtkit("translate", "--model", toy_run, "--input", source)
    found = mtkit("translate", "--model", toy_run, "--input", source, "--precision", "int8")
    assert (exact.code, found.code) == (0, 0)
    assert found.out == exact.out  # of numbers that it knows well
    assert ("int8 is slower here" in found.err) != has_int8_instructions()


@pytest.mark.parametrize(
    "more",
    [("--alignments",), ("--workers", 2), ("--forbid", "null"), ("--n-best", 2, "--scores")],
    ids=lambda more: more[0],
)
def test_beside_other_options(
    mtkit: Command, toy_run: Path, tmp_path: Path, more: tuple[object, ...]
) -> None:
    source = write_lines(tmp_path / "lines.en", LINES)
    options = "translate", "--model", toy_run, "--input", source, *more
    exact, found = mtkit(*options), mtkit(*options, "--precision", "int8")
    assert (exact.code, found.code) == (0, 0)
    kept = [line.split("\t")[-1] for line in found.out.splitlines()[::2]]
    assert kept == [line.split("\t")[-1] for line in exact.out.splitlines()[::2]]


def test_with_a_shortlist_or_several_models(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    assert mtkit("shortlist", run).code == 0
    source = write_lines(tmp_path / "lines.en", LINES)
    exact = mtkit("translate", "--model", run, "--input", source)
    int8 = "translate", "--input", source, "--precision", "int8", "--model", run
    for more in (("--shortlist",), ("--model", toy_run)):
        assert mtkit(*int8, *more).out == exact.out


def test_the_precision_of_search_goes_before_that_of_training(toy_run: Path) -> None:
    exact = Translator.load(toy_run)
    assert exact.precision == "auto"
    rounded_twice = Translator.load(toy_run, SearchConfig(precision="bf16"))
    assert rounded_twice.precision == "bf16"
    [one], [other] = (t.translate(LINES[:1]) for t in (exact, rounded_twice))
    assert one.texts == other.texts
    assert one.outputs[0].score != other.outputs[0].score
    assert one.outputs[0].score == pytest.approx(other.outputs[0].score, abs=0.05)


@pytest.mark.parametrize("precision", ["int8", "bf16"])
@pytest.mark.parametrize("amx", [True, False])
def test_where_the_weights_have_16_bits(
    toy_run: Path, precision: str, amx: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtkit.translator.has_amx", lambda: amx)
    exact, found = (
        Translator.load(toy_run),
        Translator.load(toy_run, SearchConfig(precision=precision)),
    )
    narrow = precision == "bf16" or amx
    assert next(found.model.parameters()).dtype == (torch.bfloat16 if narrow else torch.float32)
    both = exact.translate(LINES), found.translate(LINES)
    assert [one.texts for one in both[0]] == [one.texts for one in both[1]]


def test_a_model_that_is_trained_in_16_bits_keeps_its_weights(toy_run: Path) -> None:
    whole = Translator.load(toy_run)
    model = whole.model
    validating = Translator(model, whole.tokenizer, whole.positions, precision="bf16")
    assert [one.texts for one in validating.translate(LINES[:2])]
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_scores_are_kept_beside_the_others(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    for more in ((), ("--precision", "int8")):
        assert mtkit("evaluate", run, *more).code == 0
    scores = json.loads((run / "config.json").read_text("utf-8"))["scores"]
    assert {"test", "test, int8"} <= set(scores)
    assert scores["test, int8"]["search"]["precision"] == "int8"


def test_mistakes(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    assert mtkit("translate", "one", "--model", toy_run, "--precision", "int4").code == 2
    lines = write_lines(tmp_path / "lines.de", ["eins"])
    files = "--hypothesis", lines, "--reference", lines
    outcome = mtkit("evaluate", *files, "--precision", "int8")
    assert outcome.code == 2
    assert "--precision goes with a MODEL" in outcome.err
    with pytest.raises(MtkitError, match="precision"):
        SearchConfig(precision="int4")
    translator = Translator.load(toy_run)
    model = translator.model.to("meta")
    with pytest.raises(MtkitError, match="int8 is for a CPU, not for meta"):
        Translator(model, translator.tokenizer, 50, config=SearchConfig(precision="int8"))
