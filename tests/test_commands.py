"""Every command as a user types it, from raw text to scores."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import TOY_SIZES, Command, toy_pairs

from mtkit.bitext import read_lines
from mtkit.checkpoint import latest_run, load_card
from mtkit.cli import app
from mtkit.corpus import everyday
from mtkit.errors import MtkitError

QUICK = [*TOY_SIZES, "--max-steps", "4", "--validate-every", "4"]


def test_pytorch_is_loaded_without_a_look_for_garbage() -> None:
    script = (
        "import gc, sys; from mtkit.cli.engines import load_pytorch; "
        "assert 'torch' not in sys.modules; load_pytorch(); assert 'torch' in sys.modules; "
        "frozen = gc.get_freeze_count(); load_pytorch(); "
        "print(gc.isenabled(), frozen > 100_000, gc.get_freeze_count() == frozen)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert shown.stdout.split() == ["True"] * 3, shown.stderr


def test_help_has_an_example_for_every_command(mtkit: Command) -> None:
    assert "mtkit train" in mtkit("--help").out
    for found in app.registered_commands:
        command = found.name or found.callback.__name__
        shown = mtkit(command, "--help")
        assert shown.code == 0
        name = command if command != "eval" else "evaluate"
        assert shown.out.count(f"mtkit {name}") >= 2, command


def test_help_does_not_load_torch() -> None:
    script = (
        "import sys; sys.argv = ['mtkit', '--help']\n"
        "from mtkit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentencepiece', 'sacrebleu', 'numpy', 'matplotlib', 'tensorboard'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert shown.stdout.splitlines()[-1] == "[]", shown.stderr


def test_version(mtkit: Command) -> None:
    assert re.fullmatch(r"mtkit \d+\.\d+\.\d+\n", mtkit("--version").out)


def test_a_tokenizer_is_learnt_and_applied_and_undone(mtkit: Command, tmp_path: Path) -> None:
    text, model = everyday() / "valid.de", tmp_path / "tok.model"
    learnt = mtkit("tokenize", "--fit", text, "--out", model, "--vocab-size", 300, "--kind", "bpe")
    assert learnt.code == 0
    assert f"next: mtkit tokenize --model {model} {text}" in learnt.err
    for ids in ([], ["--ids"]):
        pieces = mtkit("tokenize", "--model", model, *ids, text)
        assert len(pieces.out.splitlines()) == 600
        back = mtkit("tokenize", "--model", model, *ids, "--decode", stdin=pieces.out.encode())
        assert back.out == text.read_text(encoding="utf-8")
    sampled = mtkit("tokenize", "--model", model, "--sample", 0.1, text).out
    assert sampled != mtkit("tokenize", "--model", model, text).out


def test_a_model_directory_is_a_tokenizer_too(mtkit: Command, toy_run: Path) -> None:
    assert mtkit("tokenize", "--model", toy_run, stdin=b"one two.\n").out.startswith("▁one")


def test_the_toy_corpus_is_learnt(mtkit: Command, toy_run: Path, toy_corpus: Path) -> None:
    """The system test: numbers come out right, and the score says so."""
    files = "--source", toy_corpus / "test.en", "--reference", toy_corpus / "test.de"
    scored = mtkit("evaluate", toy_run, *files, "--json")
    assert scored.code == 0
    [result] = json.loads(scored.out).values()
    assert result["sentences"] == 50
    [system] = result["systems"]
    by_name = {score["name"]: score for score in system["scores"]}
    assert by_name["BLEU"]["value"] > 95
    assert "tok:13a" in by_name["BLEU"]["signature"]
    assert set(by_name) == {"BLEU", "chrF2", "chrF2++", "TER"}
    assert mtkit("translate", "--model", toy_run, "four seven one.").out == "vier sieben eins.\n"


def test_scores_are_kept_in_the_model_card(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    toy_run = Path(shutil.copytree(toy_run, tmp_path / "toy"))
    table = mtkit("evaluate", toy_run, "--set", "test", "--set", "valid")
    assert re.search(r"│ valid +│ +\d+\.\d\d │", table.out)
    shown = mtkit("info", toy_run)
    assert "score on valid" in shown.out
    assert "en to de" in shown.out
    card = json.loads(mtkit("info", toy_run, "--json").out)
    assert card["scores"]["valid"]["search"]["beam_size"] == 5
    assert [found["pairs"] for found in card["data"] if found["role"] == "train"] == [3000]
    assert all(len(sha256) == 64 for found in card["data"] for sha256 in found["sha256"])


def test_a_model_that_cannot_be_written_to_is_scored_all_the_same(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Path(shutil.copytree(toy_run, tmp_path / "toy"))

    def read_only(directory: Path, card: object) -> None:
        raise MtkitError("read-only", "")

    monkeypatch.setattr("mtkit.checkpoint.save_card", read_only)
    scored = mtkit("evaluate", model)
    assert scored.code == 0
    assert "BLEU" in scored.out
    assert "warning: the scores are not kept" in scored.err


def test_eval_is_evaluate(mtkit: Command, toy_run: Path, toy_corpus: Path) -> None:
    files = "--source", toy_corpus / "test.en", "--reference", toy_corpus / "test.de"
    found = mtkit("eval", toy_run, *files)
    assert found.code == 0
    assert found == mtkit("evaluate", toy_run, *files)


def test_the_output_of_any_system_is_scored(mtkit: Command, toy_corpus: Path) -> None:
    reference = toy_corpus / "test.de"
    perfect = mtkit("evaluate", "--hypothesis", reference, "--reference", reference, "--json")
    [result] = json.loads(perfect.out).values()
    [system] = result["systems"]
    assert {score["name"]: round(score["value"]) for score in system["scores"]} == {
        "BLEU": 100, "chrF2": 100, "chrF2++": 100, "TER": 0,
    }  # fmt: skip


def test_chinese_is_scored_with_its_own_tokenizer(mtkit: Command) -> None:
    file = everyday() / "test.zh"
    scored = mtkit("evaluate", "--hypothesis", file, "--reference", file)
    assert "tok:zh" in scored.out


def test_lines_come_out_in_order_and_empty_ones_stay_empty(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    pairs = toy_pairs(40, seed=9)
    lines = [english for english, _ in pairs]
    lines[3:3] = ["", "   "]
    expected = [german for _, german in pairs]
    expected[3:3] = ["", ""]
    text = "".join(f"{line}\n" for line in lines)
    found = mtkit("translate", "--model", toy_run, stdin=text.encode()).out.splitlines()
    assert len(found) == 42
    assert found[3:5] == ["", ""]
    assert sum(a == b for a, b in zip(found, expected, strict=True)) >= 38
    (tmp_path / "in.en").write_text(text)
    to_file = mtkit(
        "translate", "--model", toy_run, "--input", tmp_path / "in.en", "--output",
        tmp_path / "out.de", "--batch-tokens", 60,
    )  # fmt: skip
    assert to_file.out == ""
    assert (tmp_path / "out.de").read_text().splitlines() == found


def test_text_that_looks_like_markup_is_shown_as_it_is(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "[bold]:cat:[-bold]"
    trained = mtkit("train", toy_corpus, "--pair", "en-de", "--out", run, *QUICK)
    assert f"`{run}`" in trained.err
    assert "[bold]:cat:[-bold]" in mtkit("info", run).out.replace("\n", "")


def test_n_best_and_scores(mtkit: Command, toy_run: Path) -> None:
    out = mtkit(
        "translate", "--model", toy_run, "--n-best", 3, "--scores", "one two three.", ""
    ).out
    rows = [line.split("\t") for line in out.splitlines()]
    assert [len(row) for row in rows] == [2] * 6
    assert rows[0][1] == "eins zwei drei."
    scores = [float(row[0]) for row in rows[:3]]
    assert scores == sorted(scores, reverse=True)
    assert [row[1] for row in rows[3:]] == ["", "", ""]


def test_a_line_longer_than_the_model_is_split_and_said(mtkit: Command, toy_run: Path) -> None:
    long = " ".join(["one two three four five six seven."] * 60)
    found = mtkit(
        "translate", "--model", toy_run, "--beam-size", 1, stdin=f"{long}\none.\n".encode()
    )
    assert found.code == 0
    first, second = found.out.splitlines()
    assert first
    assert second
    assert re.search(
        r"line 1 has a sentence longer than the model's positions: translated in \d parts",
        found.err,
    )


def test_the_run_trained_last_is_the_default(
    mtkit: Command, toy_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    untrained = mtkit("translate", "one.")
    assert untrained.code == 1
    assert "there is no trained model in `runs`" in untrained.err
    assert "mtkit train" in untrained.err
    trained = mtkit("train", toy_corpus, "--pair", "en-de", *QUICK)
    assert trained.code == 0, trained.err
    run = Path("runs") / f"{toy_corpus.name}-en-de"
    assert latest_run() == run
    assert mtkit("translate", "one.").code == 0
    assert mtkit("info").out.startswith("model runs/")


def test_single_files_and_tsv_train_and_hold_out_a_validation_set(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    one = mtkit(
        "train", "--source", toy_corpus / "train.en", "--target", toy_corpus / "train.de",
        "--out", tmp_path / "files", *QUICK,
    )  # fmt: skip
    assert one.code == 0, one.err
    assert "60 training pairs are held out" in one.err
    assert load_card(tmp_path / "files").source_language == "en"
    tsv = tmp_path / "pairs.tsv"
    tsv.write_text("".join(f"{a}\t{b}\n" for a, b in toy_pairs(100, 5)))
    two = mtkit("train", "--tsv", tsv, "--pair", "en-de", "--out", tmp_path / "tsv", *QUICK)
    assert two.code == 0, two.err
    assert "2 training pairs are held out" in two.err


def test_a_given_tokenizer_is_used(mtkit: Command, toy_corpus: Path, tmp_path: Path) -> None:
    model = tmp_path / "tok.model"
    mtkit("tokenize", "--fit", toy_corpus / "train.en", toy_corpus / "train.de", "--out", model,
          "--vocab-size", 40, "--kind", "char")  # fmt: skip
    run = tmp_path / "run"
    assert (
        mtkit(
            "train", toy_corpus, "--pair", "en-de", "--tokenizer", model, "--out", run, *QUICK[2:]
        ).code
        == 0
    )
    assert (run / "tokenizer.model").read_bytes() == model.read_bytes()


def test_pairs_too_long_for_the_model_are_dropped_and_counted(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    for language, word in (("en", "one "), ("de", "eins ")):
        lines = [*read_lines(toy_corpus / f"train.{language}"), word * 500, word * 600, ""]
        (tmp_path / f"train.{language}").write_text("".join(f"{line}\n" for line in lines))
    trained = mtkit("train", tmp_path, "--pair", "en-de", "--out", tmp_path / "run", *QUICK)
    assert trained.code == 0, trained.err
    assert "2 training pairs are longer than 256 pieces: left out" in trained.err
    assert "1 of 3,003 training pairs has an empty side: left out" in trained.err


def test_a_run_is_not_overwritten_unless_told(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    command = ["train", toy_corpus, "--pair", "en-de", "--out", tmp_path / "run", *QUICK]
    assert mtkit(*command).code == 0
    weights = (tmp_path / "run" / "weights.pt").read_bytes()
    refused = mtkit(*command, "--seed", 2)
    assert refused.code == 1
    assert "holds a run already" in refused.err
    assert "--resume" in refused.err
    assert (tmp_path / "run" / "weights.pt").read_bytes() == weights
    assert mtkit(*command, "--seed", 2, "--overwrite").code == 0
    assert (tmp_path / "run" / "weights.pt").read_bytes() != weights


def test_a_finished_run_says_so_and_goes_on_with_a_higher_limit(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert mtkit("train", toy_corpus, "--pair", "en-de", "--out", run, *QUICK).code == 0
    done = mtkit("train", "--resume", "--out", run)
    assert done.code == 1
    assert "is trained already: complete" in done.err
    same = mtkit("train", toy_corpus, "--pair", "en-de", "--out", run, *QUICK, "--resume")
    assert "is trained already" in same.err
    changes = ["--d-model", 32, "--learning-rate", 1, "--pair", "de-en"]
    other = mtkit("train", "--resume", "--out", run, *changes)
    assert other.code == 1
    assert "other values of --d-model, --pair" in other.err
    assert "--d-ff" in mtkit("train", "--resume", "--out", run, "--preset", "base").err
    longer = mtkit("train", "--resume", "--out", run, "--max-steps", 8)
    assert longer.code == 0, longer.err
    assert load_card(run).training.max_steps == 8
    steps = [json.loads(line).get("step") for line in (run / "log.jsonl").read_text().splitlines()]
    assert steps[-1] == 8


def test_one_is_told_in_the_singular(mtkit: Command, toy_corpus: Path, tmp_path: Path) -> None:
    options = ["--max-minutes", 1, "--max-steps", 1, "--out", tmp_path / "run"]
    said = mtkit("train", toy_corpus, "--pair", "en-de", *QUICK[:-4], *options)
    assert "ends after 1 step or 1 minute," in said.err
    assert "complete: 1 step in" in said.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_resume(
    toy_corpus: Path, tmp_path: Path, number: signal.Signals, code: int, mtkit: Command
) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "mtkit", "train", toy_corpus, "--pair", "en-de", "--out", run,
               *TOY_SIZES, "--max-steps", "100000"]  # fmt: skip
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True)
    log = run / "log.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and "progress" in log.read_text()):
        time.sleep(0.1)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert f"next: mtkit train --resume --out {run}" in err
    steps = int(re.search(r"interrupted at step ([\d,]+)", err)[1].replace(",", ""))  # type: ignore[index]
    resumed = mtkit("train", "--resume", "--out", run, "--max-steps", steps + 2)
    assert resumed.code == 0, resumed.err
    assert f"going on with `{run}` at step {steps:,}" in resumed.err


def test_a_reader_that_goes_away_ends_the_command_quietly(toy_run: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.en"
    big.write_text("one two three four five.\n" * 20_000)
    command = (
        f"{sys.executable} -m mtkit translate --beam-size 1 --model {toy_run} < {big} | head -1"
    )
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert found.stdout == "eins zwei drei vier fünf.\n"
    assert found.stderr == ""


def test_a_person_at_a_terminal_gets_a_prompt(toy_run: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mtkit", "translate", "--model", toy_run],
        stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "dumb"},
    )  # fmt: skip
    shown = ""
    for typed, answer in ((b"three four five.\n", "> "), (b"\x04", "fünf.\r\n> ")):
        while not shown.endswith(answer):
            shown += os.read(ours, 10_000).decode()
        os.write(ours, typed)
    assert process.wait(timeout=60) == 0
    os.close(ours)
    os.close(theirs)
    assert "Ctrl-D to end" in shown
    assert "drei vier fünf." in shown


def test_log_starts_with_what_ran_on_what(toy_run: Path) -> None:
    first, *rest = [json.loads(line) for line in (toy_run / "log.jsonl").read_text().splitlines()]
    assert first["event"] == "start"
    assert {"command", "commit", "mtkit", "torch", "device", "time"} <= set(first)
    assert all(math.isfinite(line["loss"]) for line in rest if line["event"] == "progress")
