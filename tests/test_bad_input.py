"""Whatever a user can get wrong: one clear error, exit code 1 or 2, nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from conftest import TOY_SIZES, Command, Outcome, write_lines

from mtkit.checkpoint import CONFIG, TOKENIZER, TRAINING, WEIGHTS

QUICK = [*TOY_SIZES, "--max-steps", "4", "--validate-every", "4"]


def assert_refused(outcome: Outcome, *parts: str) -> None:
    """Exactly two lines, an error and a hint, with the given parts; exit code 1; no output."""
    assert outcome.code == 1, outcome
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert lines[-2].startswith("error: "), outcome.err
    assert lines[-1].startswith("hint: "), outcome.err
    assert "Traceback" not in outcome.err
    for part in parts:
        assert part in outcome.err, outcome.err


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus to be spoilt."""
    directory = tmp_path / "corpus"
    directory.mkdir()
    for split in ("train", "valid"):
        write_lines(directory / f"{split}.en", ["one two three"] * 30)
        write_lines(directory / f"{split}.de", ["eins zwei drei"] * 30)
    return directory


@pytest.fixture
def model(toy_run: Path, tmp_path: Path) -> Path:
    """A model to be spoilt."""
    return Path(shutil.copytree(toy_run, tmp_path / "model"))


@pytest.mark.parametrize(
    ("file", "content", "parts"),
    [
        ("train.de", b"eins\n" * 29, ["train.de", "differ in length: 30 and 29 lines"]),
        ("train.en", None, ["no train set"]),
        ("train.de", b"", ["differ in length: 30 and 0 lines"]),
        ("train.de", b"\n" * 30, ["none of the 30 training pairs is left"]),
        ("train.de", b"gr\xfc\xdfe\n" * 30, ["train.de", "line 1: not UTF-8"]),
        ("valid.de", b"eins\n", ["valid.de", "differ in length"]),
        ("train.de", b"eins\x00zwei\r\xe2\x80\xa8drei\n" * 31, ["30 and 31 lines"]),
    ],
)
def test_a_spoilt_corpus(
    mtkit: Command, corpus: Path, file: str, content: bytes | None, parts: list[str]
) -> None:
    if content is None:
        (corpus / file).unlink()
    else:
        (corpus / file).write_bytes(content)
    out = corpus.parent / "run"
    assert_refused(mtkit("train", corpus, "--pair", "en-de", "--out", out, *QUICK), *parts)
    assert not out.exists()


def test_both_files_empty(mtkit: Command, corpus: Path) -> None:
    for language in ("en", "de"):
        (corpus / f"train.{language}").write_bytes(b"")
    assert_refused(mtkit("train", corpus, "--pair", "en-de", *QUICK), "train.en", "no lines")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--pair", "en-fr"], ["no language `fr`", "de, en"]),
        (["--pair", "english"], ["no pair of languages"]),
        (["--d-model", "130", "--heads", "4"], ["130 cannot be shared", "--d-model 128"]),
        (["--dropout", "1.5"], ["--dropout 1.5 is out of range"]),
        (["--max-epochs", "0"], ["needs a finite limit above 0"]),
        (["--max-minutes", "inf"], ["needs a finite limit above 0"]),
        (["--seed", "99999999999"], ["--seed 99999999999 is out of range"]),
        (["--d-model", "400000000"], ["does not fit into memory"]),
        (["--vocab-size", "9000"], ["too small for a vocabulary of 9,000", "--vocab-size "]),
        (["--device", "cuda:77"], ["no device `cuda:77`", "cpu"]),
        (["--device", "toaster"], ["no device `toaster`", "cpu"]),
        (["--max-positions", "2"], ["none of the 30 training pairs is left", "--max-positions"]),
        (["--out", "/dev/null/run"], ["/dev/null/run", "cannot be written"]),
        (["--valid-source", "/nowhere/a", "--valid-target", "/nowhere/b"], ["/nowhere/a"]),
    ],
)
def test_settings_that_cannot_work(
    mtkit: Command, corpus: Path, arguments: list[str], parts: list[str]
) -> None:
    command = ["train", corpus, "--out", corpus.parent / "run", *TOY_SIZES[2:], *arguments]
    command += [] if "--pair" in arguments else ["--pair", "en-de"]
    command += [] if "--vocab-size" in arguments else ["--vocab-size", "19"]
    assert_refused(mtkit(*command), *parts)
    assert not (corpus.parent / "run").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--source", "a.en"],
        ["train", "data", "--tsv", "a.tsv"],
        ["train", "--resume", "--overwrite"],
        ["train", "--heads", "many"],
        ["train", "--preset", "huge"],
        ["tokenize"],
        ["tokenize", "--fit", "a.en"],
        ["translate", "--nonsense"],
        ["translate", "a sentence", "--input", "a.en"],
        ["evaluate", "--hypothesis", "a.de"],
        ["evaluate", "--source", "a.en"],
        ["evaluate", "--language", "zh"],
        ["evaluate", "--hypothesis", "a.de", "--reference", "b.de", "--output", "c.de"],
        ["train", "--tokenizer", "tok.model", "--vocab-size", "100"],
        ["tokenize", "--model", "tok.model", "--decode", "--sample", "0.1"],
        ["teleport"],
    ],
)
def test_wrong_usage_exits_with_2(mtkit: Command, arguments: list[str]) -> None:
    outcome = mtkit(*arguments)
    assert outcome.code == 2
    assert "Usage: mtkit" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["train", "x" * 300], ["File name too long"]),
        (["train", "--tokenizer", "/nowhere/tok.model"], ["/nowhere/tok.model", "No such file"]),
        (["train", "/nowhere"], ["`/nowhere` is not a directory"]),
        (["train", "--source", "/nowhere/a.en", "--target", "/nowhere/a.de"], ["/nowhere/a.en"]),
        (["train", "--tsv", "/nowhere/a.tsv"], ["cannot be told from its name", "--pair"]),
        (["train", "--resume", "--out", "/nowhere"], ["`/nowhere` is not a model directory"]),
        (["translate", "--model", "/nowhere", "hello"], ["`/nowhere` is not a model directory"]),
        (["evaluate", "/nowhere"], ["`/nowhere` is not a model directory"]),
        (["info", "/nowhere"], ["`/nowhere` is not a model directory"]),
        (["tokenize", "--model", "/nowhere"], ["`/nowhere` cannot be read"]),
        (["tokenize", "--fit", "/nowhere", "--out", "x"], ["`/nowhere` cannot be read"]),
        (["tokenize", "--fit", "/dev/null", "--out", "x"], ["no text"]),
        (["evaluate", "--hypothesis", "/nowhere", "--reference", "/nowhere"], ["/nowhere"]),
    ],
)
def test_what_is_not_there(
    mtkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], parts: list[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert_refused(mtkit(*arguments), *parts)
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_model_gets_a_suggestion(mtkit: Command, model: Path) -> None:
    typo = model.with_name("mdoel")
    assert_refused(mtkit("info", typo), f"did you mean `{model}`?")


def spoil_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def spoil_empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        *product([WEIGHTS, TOKENIZER, CONFIG], [spoil_truncate, spoil_empty, Path.unlink]),
        *product([WEIGHTS, TOKENIZER], [spoil_flip]),
    ],
)
def test_a_truncated_or_tampered_model(
    mtkit: Command, model: Path, file: str, spoil: Callable[[Path], None]
) -> None:
    spoil(model / file)
    assert_refused(mtkit("translate", "--model", model, "one."), str(model))


@pytest.mark.parametrize("spoil", [spoil_truncate, spoil_flip, Path.unlink])
def test_a_damaged_training_state(
    mtkit: Command, model: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(model / TRAINING)
    resume = "train", "--resume", "--out", model, "--max-steps", 1000
    assert_refused(mtkit(*resume), str(model))


def change_card(model: Path, /, **changes: object) -> None:
    values = json.loads((model / CONFIG).read_text())
    (model / CONFIG).write_text(json.dumps(values | changes))


def test_a_model_of_another_format(mtkit: Command, model: Path) -> None:
    change_card(model, format=99, mtkit="9.9.9")
    refused = mtkit("translate", "--model", model, "one.")
    assert_refused(refused, "has model format 99; this mtkit reads format 1", "mtkit 9.9.9")


def test_a_card_that_does_not_fit_its_weights(mtkit: Command, model: Path) -> None:
    sizes = json.loads((model / CONFIG).read_text())["model"]
    change_card(model, model=sizes | {"d_model": 32})
    assert_refused(mtkit("translate", "--model", model, "one."), "does not fit")
    change_card(model, model=sizes | {"d_model": 30})
    assert_refused(mtkit("translate", "--model", model, "one."), "cannot be shared out")
    change_card(model, model=sizes | {"surprise": 1})
    assert_refused(mtkit("info", model), "surprise")
    change_card(model, model=sizes, tokenizer={})
    assert_refused(mtkit("info", model), "TokenizerCard")
    change_card(model, model=[])
    assert_refused(mtkit("info", model), str(model))


def test_a_weights_file_that_would_run_code_does_not(mtkit: Command, model: Path) -> None:
    import pickle
    import zipfile

    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {model / 'owned'}",)

    with zipfile.ZipFile(model / WEIGHTS, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Hostile()))
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    assert_refused(mtkit("translate", "--model", model, "one."), "truncated or damaged")
    assert not (model / "owned").exists()


def test_stdin_that_is_not_utf8_names_the_line(mtkit: Command, model: Path) -> None:
    outcome = mtkit("translate", "--model", model, stdin=b"one.\n\xff\n")
    assert_refused(outcome, "`stdin`, line 2: not UTF-8")


def test_an_argument_that_is_not_utf8(mtkit: Command, model: Path) -> None:
    outcome = mtkit("translate", "--model", model, "one.", os.fsdecode(b"gr\xfc"))
    assert_refused(outcome, "`argument`, line 2: not UTF-8")


def test_info_to_a_full_disk(model: Path) -> None:
    command = f"{sys.executable} -m mtkit info {model} > /dev/full"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert_refused(
        Outcome(shown.returncode, shown.stdout, shown.stderr), "`stdout` cannot be written"
    )


def test_files_of_the_user_s_are_not_removed(mtkit: Command, corpus: Path) -> None:
    mine = write_lines(corpus.parent / "log.jsonl", ["mine"])
    outcome = mtkit("train", corpus, "--pair", "en-de", "--out", corpus.parent, *QUICK)
    assert_refused(outcome, "holds a run already: log.jsonl")
    assert mine.read_text() == "mine\n"


def test_ids_that_are_no_ids(mtkit: Command, model: Path) -> None:
    for word in ("99999", "-1", "two", "²"):
        outcome = mtkit(
            "tokenize", "--model", model, "--ids", "--decode", stdin=f"5 6\n5 {word}\n".encode()
        )
        assert outcome.code == 1
        assert f"line 2: `{word}` is no id" in outcome.err


def test_an_unknown_test_set(mtkit: Command, model: Path) -> None:
    assert_refused(mtkit("evaluate", model, "--set", "moon"), "no set `moon`", "train, valid")


def test_hypotheses_and_references_of_different_length(mtkit: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "h.de", ["a", "b"])
    write_lines(tmp_path / "r.de", ["a"])
    outcome = mtkit("evaluate", "--hypothesis", tmp_path / "h.de", "--reference", tmp_path / "r.de")
    assert_refused(outcome, "2 hypotheses of `", "1 reference")


def test_a_test_set_that_is_gone_or_changed(mtkit: Command, model: Path, tmp_path: Path) -> None:
    card = json.loads((model / CONFIG).read_text())
    for found in card["data"]:
        found["paths"] = [str(tmp_path / "gone" / Path(path).name) for path in found["paths"]]
    change_card(model, data=card["data"])
    assert_refused(mtkit("evaluate", model), "is gone, or not the file")
    resume = "train", "--resume", "--out", model, "--max-steps", 1000
    assert_refused(mtkit(*resume), "is gone, or not the file")
    (tmp_path / "gone").mkdir()
    for name in ("test.en", "test.de"):
        write_lines(tmp_path / "gone" / name, ["changed"])
    assert_refused(mtkit("evaluate", model), "is gone, or not the file")


def test_a_full_disk_leaves_nothing_half_written(corpus: Path) -> None:
    """A limit on the size of files fails the write of the weights, as a full disk would."""
    run = corpus.parent / "run"
    command = [sys.executable, "-m", "mtkit", "train", corpus, "--pair", "en-de", "--out", run,
               *QUICK, "--vocab-size", "19"]  # fmt: skip
    outcome = subprocess.run(
        list(map(str, command)), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )  # fmt: skip
    assert_refused(Outcome(outcome.returncode, outcome.stdout, outcome.stderr),
                   "weights.pt` cannot be written")  # fmt: skip
    assert sorted(path.name for path in run.iterdir()) == [CONFIG, "log.jsonl", TOKENIZER]


def test_output_that_cannot_be_written(mtkit: Command, model: Path, tmp_path: Path) -> None:
    for place in ("/dev/full", "/nowhere/out.de", tmp_path):
        outcome = mtkit("translate", "--model", model, "one.", "--output", place)
        assert_refused(outcome, f"`{place}` cannot be written")
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_failure_keeps_the_old_output(mtkit: Command, model: Path, tmp_path: Path) -> None:
    old = write_lines(tmp_path / "out.de", ["old"])
    outcome = mtkit("translate", "--model", model, "--output", old, stdin=b"one.\n\xff\n")
    assert outcome.code == 1
    assert old.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "out.de"]
