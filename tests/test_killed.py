"""SIGKILL at any moment, also in mid-save: a resumed run ends as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import signal
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from test_training import TRAINING as SETTINGS
from test_training import make_trainer

from mtkit.checkpoint import LOG, TRAINING, WEIGHTS, load_card, load_training
from mtkit.config import TrainConfig
from mtkit.events import ValidationScore
from mtkit.models import Seq2Seq
from mtkit.training import Trainer

RECIPE = replace(
    SETTINGS, max_steps=30, validate_every=7, optimizer="muon", schedule="plateau",
    plateau_patience=1, keep_last=2, patience=50,
)  # fmt: skip
TIMES = {"seconds_left", "tokens_per_second", "minutes", "peak_memory"}


def score(model: Seq2Seq) -> ValidationScore:
    """Something that depends on the weights alone, and goes up and down."""
    return ValidationScore(float(model.embedding.weight.abs().sum().item() * 1000 % 50))


def trainer(directory: Path, config: TrainConfig = RECIPE) -> Trainer:
    """As the command line would make it: a new run, or the one that is there, resumed."""
    made = make_trainer(directory, config)
    made.score = score
    if (directory / TRAINING).exists():
        made.restore(load_training(directory))
    elif (directory / LOG).exists():  # killed before the first save: from the start
        (directory / LOG).unlink()
    return made


def killed(directory: Path, spoil: Callable[[Trainer], None]) -> bool:
    """Train in a process that `spoil` makes kill itself; whether it was killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork with threads
        child = os.fork()
    if child == 0:
        run = trainer(directory)
        spoil(run)
        for _ in run.run(lambda: 0):
            pass
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_step(number: int) -> Callable[[Trainer], None]:
    def spoil(run: Trainer) -> None:
        update = run.learner.update

        def until(step: Any, step_number: int, rate: float) -> torch.Tensor | None:
            return update(step, step_number, rate) if step_number < number else kill()

        run.learner.update = until  # type: ignore[method-assign]

    return spoil


def at_write(number: int, call: str) -> Callable[[Trainer], None]:
    """In the middle of the write number 0, 1, ...: before it is on disk, or before its renaming."""

    def spoil(run: Trainer) -> None:
        left = number

        def counted(*arguments: Any) -> None:
            nonlocal left
            if left == 0:
                kill()
            left -= 1
            original(*arguments)

        owner = os if call == "fsync" else Path
        original = getattr(owner, call)
        setattr(owner, call, counted)  # in the child only

    return spoil


def result(directory: Path) -> dict[str, Any]:
    """All that a run leaves behind, but for times."""
    state = load_training(directory)
    lines = [json.loads(line) for line in (directory / LOG).read_text().splitlines()]
    history = load_card(directory).history
    names = sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))
    return {
        "weights": torch.load(directory / WEIGHTS, weights_only=True),
        "learner": state.learner,
        "position": state.position,
        "counters": {k: v for k, v in state.counters.items() if k != "log_bytes"},
        "log": [{k: v for k, v in line.items() if k not in TIMES} for line in lines],
        "history": {k: v for k, v in history.items() if k not in TIMES},
        "files": [name for name in names if not name.endswith(".tmp")],
    }


def require_equal(one: Any, other: Any, place: str = "") -> None:
    """The same values, tensors bit for bit."""
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), place
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), place
        for key in one:
            require_equal(one[key], other[key], f"{place}/{key}")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), place
        for number, pair in enumerate(zip(one, other, strict=True)):
            require_equal(*pair, f"{place}/{number}")
    else:
        assert one == other, place


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the run comes to that nothing interrupts."""
    directory = tmp_path_factory.mktemp("whole")
    list(trainer(directory).run(lambda: 0))
    return result(directory)


DRAW = random.Random()  # other steps each time; a failure names them
CASES = [
    *(pytest.param(at_step(n), id=f"step {n}") for n in sorted(DRAW.sample(range(1, 30), 3))),
    *(pytest.param(at_write(n, "fsync"), id=f"write {n}") for n in (0, 1, DRAW.randrange(2, 12))),
    *(pytest.param(at_write(n, "replace"), id=f"rename {n}") for n in DRAW.sample(range(12), 3)),
]


@pytest.mark.parametrize("spoil", CASES)
def test_a_killed_run_resumes_to_the_same_weights_log_and_scores(
    tmp_path: Path, whole: dict[str, Any], spoil: Callable[[Trainer], None]
) -> None:
    assert killed(tmp_path, spoil)
    list(trainer(tmp_path).run(lambda: 0))
    require_equal(result(tmp_path), whole)


def test_a_run_that_is_killed_again_and_again_arrives_too(
    tmp_path: Path, whole: dict[str, Any]
) -> None:
    for number in (9, 17, 28):
        assert killed(tmp_path, at_step(number))
    list(trainer(tmp_path).run(lambda: 0))
    require_equal(result(tmp_path), whole)
