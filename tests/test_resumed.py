"""`mtkit train`, interrupted and resumed from the command line: nothing is lost or mixed up."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import TOY_SIZES, Command, write_lines
from test_killed import TIMES, require_equal

from mtkit.checkpoint import LOG, TRAINING, WEIGHTS, load_card, load_training
from mtkit.cli.environment import Signals

# Options that each have a state of their own to be kept; the dropout of 0.1 draws in every step.
RECIPE = [
    *TOY_SIZES, "--max-epochs", "5", "--validate-every", "150", "--optimizer", "muon",
    "--schedule", "cosine", "--subword-sampling", "0.3", "--accumulate", "2", "--dropout", "0.1",
]  # fmt: skip


def started(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mtkit", "train", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def interrupt(run: Path, process: subprocess.Popen[str], steps: int) -> None:
    """Send SIGTERM once the log tells of so many steps."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and steps_in(run) < steps:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said


def steps_in(run: Path) -> int:
    """Of the last report in the log."""
    log = (run / LOG).read_text() if (run / LOG).exists() else ""
    return max((int(step) for step in re.findall(r'"progress", "step": (\d+)', log)), default=0)


def finish(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "complete" in said


def left_by(run: Path) -> dict[str, Any]:
    """All that a run leaves behind, but for times and its first line, which tells the command."""
    state = load_training(run)
    _, *lines = [json.loads(line) for line in (run / LOG).read_text().splitlines()]
    return {
        "weights": torch.load(run / WEIGHTS, weights_only=True),
        "learner": state.learner,
        "position": state.position,
        "counters": {k: v for k, v in state.counters.items() if k != "log_bytes"},
        "log": [{k: v for k, v in line.items() if k not in TIMES} for line in lines],
    }


def test_a_run_that_was_stopped_twice_between_validations_ends_as_if_it_had_not(
    toy_corpus: Path, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    command = [toy_corpus, "--pair", "en-de", *RECIPE, "--out"]
    finish(started(*command, whole))
    interrupt(parts, started(*command, parts), 40)
    assert load_training(parts).position[2] > 0  # in the middle of an epoch
    interrupt(parts, started("--resume", "--out", parts), steps_in(parts) + 40)
    finish(started("--resume", "--out", parts))
    require_equal(left_by(parts), left_by(whole))


def test_a_second_signal_ends_the_program_at_once() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        signals = Signals()
        assert signals.number == 0
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.number == signal.SIGINT
        with pytest.raises(SystemExit) as ended:
            os.kill(os.getpid(), signal.SIGINT)
        assert ended.value.code == 130
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.fixture(scope="module")
def four_steps(toy_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of four steps.  Only to be copied."""
    run = tmp_path_factory.mktemp("resumed") / "run"
    options = [toy_corpus, "--pair", "en-de", *TOY_SIZES, "--max-steps", 4, "--validate-every", 2]
    finish(started(*options, "--out", run))
    return run


@pytest.fixture
def run(four_steps: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(four_steps, tmp_path / "run"))


@pytest.mark.parametrize(
    "options",
    [["--max-steps", 3], ["--keep-last", 1, "--allow-changes"], ["--max-minutes", 1e-6]],
)
def test_a_run_past_its_limit_is_trained_already(
    mtkit: Command, run: Path, options: list[object]
) -> None:
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    refused = mtkit("train", "--resume", "--out", run, *options)
    assert refused.code == 1, refused.err
    assert "is trained already: complete" in refused.err
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_run_that_got_no_better_goes_on_with_more_patience(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    still = ["--learning-rate", 1e-30, "--ema-decay", 0, "--weight-decay", 0]  # nothing moves
    options = [*TOY_SIZES, *still, "--validate-every", 1, "--patience", 2, "--max-steps", 9]
    ended = mtkit("train", toy_corpus, "--pair", "en-de", *options, "--out", run)
    assert "no better score in 2 validations: 3 steps" in ended.err
    again = mtkit("train", "--resume", "--out", run)
    assert again.code == 1
    assert "is trained already: no better score in 2 validations" in again.err
    assert "raise --patience" in again.err
    for options in (["--patience", 1], ["--keep-last", 1, "--allow-changes"], ["--max-steps", 99]):
        refused = mtkit("train", "--resume", "--out", run, *options)
        assert "is trained already: no better score in 2 validations" in refused.err
    longer = mtkit("train", "--resume", "--out", run, "--patience", 4)
    assert "no better score in 4 validations: 5 steps" in longer.err


def test_a_resume_on_other_data_is_refused(
    mtkit: Command, toy_corpus: Path, run: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for language in ("en", "de"):
        write_lines(other / f"train.{language}", ["one two"] * 90)
        shutil.copy(toy_corpus / f"valid.{language}", other)
    state = (run / TRAINING).read_bytes()
    again = ["train", "--resume", "--out", run, "--max-steps", 6]
    valid = ["--valid-source", toy_corpus / "test.en", "--valid-target", toy_corpus / "test.de"]
    for named, role in (
        ([other, "--pair", "en-de"], "train"),
        (["--data", f"{toy_corpus}:2", "--pair", "en-de"], "train"),
        ([toy_corpus, "--pair", "en-de", *valid], "valid"),
        (valid, "valid"),
    ):
        refused = mtkit(*again, *named)
        assert refused.code == 1, refused.err
        assert f"started with another {role} set" in refused.err
        assert "--init-from" in refused.err
    assert (run / TRAINING).read_bytes() == state
    own = ["--valid-source", toy_corpus / "valid.en", "--valid-target", toy_corpus / "valid.de"]
    same = mtkit(*again, *own)
    assert same.code == 0, same.err
    same = mtkit("train", "--resume", "--out", run, "--max-steps", 8, toy_corpus, "--pair", "en-de")
    assert same.code == 0, same.err


def test_new_settings_of_the_optimizer_are_those_it_uses(mtkit: Command, run: Path) -> None:
    changes = ["--weight-decay", 0.5, "--adam-beta2", 0.9, "--allow-changes", "--max-steps", 6]
    assert mtkit("train", "--resume", "--out", run, *changes).code == 0
    assert load_card(run).training.weight_decay == 0.5
    groups = load_training(run).learner["optimizers"][0]["param_groups"]
    assert [(g["weight_decay"], tuple(g["betas"])) for g in groups] == [
        (0.5, (0.9, 0.9)), (0.0, (0.9, 0.9)),
    ]  # fmt: skip


def test_another_precision_goes_on_with_the_same_weights(mtkit: Command, run: Path) -> None:
    options = ["--precision", "fp16", "--allow-changes", "--learning-rate", 1e-9, "--max-steps", 6]
    before = load_training(run).learner["weights"]
    said = mtkit("train", "--resume", "--out", run, *options)
    assert said.code == 0, said.err
    for name, value in load_training(run).learner["weights"].items():
        assert torch.allclose(value, before[name], atol=1e-5), name
