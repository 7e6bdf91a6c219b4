"""Two processes on a CPU do what one does: gradients, weights, resumes, and a death is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import TOY_SIZES, run_main
from test_optimization import MODEL, PAIRS

from mtkit.checkpoint import WEIGHTS
from mtkit.config import TrainConfig
from mtkit.feed import Feed, Portion
from mtkit.learner import Learner
from mtkit.models import build_model

ROOT = Path(__file__).parent.parent

GRADIENTS = """
import sys
import torch
from mtkit import distributed
from mtkit.config import TrainConfig
from mtkit.feed import Feed, Portion
from mtkit.learner import Learner
from mtkit.models import build_model
from test_optimization import MODEL, PAIRS

distributed.join(torch.device("cpu"))
torch.manual_seed(2)
learner = Learner(build_model(MODEL).double(), TrainConfig())
config = TrainConfig(tokens_per_batch=28, accumulate=2)
feed = Feed([Portion(PAIRS)], config, share=(distributed.rank(), distributed.processes()))
step = feed.next_step()
learner._accumulate(step)
gradients = {name: p.grad for name, p in learner.model.named_parameters()}
torch.save({"gradients": gradients, "tokens": sum(b.tokens for b in step.batches)},
           f"{sys.argv[1]}/{distributed.rank()}.pt")
distributed.leave()
"""


def torchrun(processes: int, *command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`python COMMAND` in so many processes, one thread each."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    launch += ["--log-dir", str(cwd / "torchrun"), "--nproc-per-node"]  # else it stays in /tmp
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.run(
        [*launch, str(processes), *map(str, command)],
        cwd=cwd,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_two_ranks_with_half_the_batch_each_give_the_gradients_of_one(tmp_path: Path) -> None:
    script = tmp_path / "gradients.py"
    script.write_text(GRADIENTS)
    done = torchrun(2, script, tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "torchrun").is_dir()  # not in the temporary folder of the machine
    first, second = (torch.load(tmp_path / f"{n}.pt", weights_only=True) for n in (0, 1))
    torch.manual_seed(2)
    learner = Learner(build_model(MODEL).double(), TrainConfig())
    step = Feed([Portion(PAIRS)], TrainConfig(tokens_per_batch=28, accumulate=2)).next_step()
    learner._accumulate(step)
    assert min(first["tokens"], second["tokens"]) > 0
    assert first["tokens"] + second["tokens"] == step.tokens
    for name, parameter in learner.model.named_parameters():
        for other in (first, second):
            assert torch.allclose(parameter.grad, other["gradients"][name], atol=1e-12), name


def options(corpus: Path, out: Path, steps: int) -> list[object]:
    return [
        "train", corpus, "--pair", "en-de", "--out", out, *TOY_SIZES, "--schedule", "constant",
        "--validate-every", 5, "--max-steps", steps,
    ]  # fmt: skip


def train_by_two(*arguments: object, cwd: Path) -> str:
    done = torchrun(2, "-m", "mtkit", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stderr


def weights(run: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(run / WEIGHTS, weights_only=True)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("distributed")


@pytest.fixture(scope="module")
def pair_run(toy_corpus: Path, place: Path) -> Path:
    """Ten steps by two processes."""
    said = train_by_two(*options(toy_corpus, place / "two", 10), cwd=place)
    assert said.count("complete: 10 steps") == 1  # the first process alone talks
    return place / "two"


@pytest.fixture(scope="module")
def half_run(toy_corpus: Path, place: Path) -> Path:
    """Five steps by two processes."""
    train_by_two(*options(toy_corpus, place / "half", 5), cwd=place)
    return place / "half"


def test_two_processes_train_the_model_that_one_trains(toy_corpus: Path, pair_run: Path) -> None:
    alone = pair_run.with_name("one")
    run_main(*options(toy_corpus, alone, 10))
    for name, value in weights(alone).items():
        assert torch.allclose(value, weights(pair_run)[name], atol=1e-3), name
    events = [json.loads(line) for line in (pair_run / "log.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events].count("validation") == 2


def test_a_resume_is_exact_with_as_many_processes(
    toy_corpus: Path, pair_run: Path, half_run: Path
) -> None:
    again = shutil.copytree(half_run, half_run.with_name("again"))
    train_by_two(*options(toy_corpus, again, 10), "--resume", cwd=again)
    for name, value in weights(pair_run).items():
        assert torch.equal(value, weights(again)[name]), name


def test_a_resume_works_with_another_number_of_processes(
    toy_corpus: Path, pair_run: Path, half_run: Path
) -> None:
    again = shutil.copytree(half_run, half_run.with_name("alone"))
    run_main(*options(toy_corpus, again, 10), "--resume")
    for name, value in weights(pair_run).items():
        assert torch.allclose(value, weights(again)[name], atol=1e-3), name


DYING = """
import os, signal, sys
from mtkit import distributed, learner
update = learner.Learner.update
def dies(self, step, number, rate):
    if number == 3 and distributed.rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return update(self, step, number, rate)
learner.Learner.update = dies
from mtkit.cli import main
main()
"""


def test_a_rank_that_dies_takes_the_run_down_with_a_message(
    toy_corpus: Path, tmp_path: Path
) -> None:
    script = tmp_path / "dying.py"
    script.write_text(DYING)
    done = torchrun(2, script, *options(toy_corpus, tmp_path / "run", 50), cwd=tmp_path)
    assert done.returncode != 0
    assert "another process of the run has ended" in done.stderr
    assert "complete" not in done.stderr


APART = """
import sys
import torch
from mtkit import clock, distributed, training
rest, finish = clock.Clock.rest, training.Trainer.finish
def slow_rest(self):
    rest(self)
    self.seconds += distributed.rank()
def kept_finish(self):
    torch.save(self.learner.model.state_dict(), f"{sys.argv[-1]}/{distributed.rank()}.pt")
    return finish(self)
clock.Clock.rest, training.Trainer.finish = slow_rest, kept_finish
from mtkit.cli import main
main()
"""


def test_processes_whose_clocks_differ_train_one_model(toy_corpus: Path, tmp_path: Path) -> None:
    script = tmp_path / "apart.py"
    script.write_text(APART)
    command = options(toy_corpus, tmp_path, 10)
    command[command.index("constant")] = "linear"
    done = torchrun(2, script, *command[:-2], "--max-minutes", 0.1, "--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"{n}.pt", weights_only=True) for n in (0, 1))
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_a_mistake_is_told_once(toy_corpus: Path, tmp_path: Path) -> None:
    large = [*options(toy_corpus, tmp_path / "run", 5), "--vocab-size", 9000]
    done = torchrun(2, "-m", "mtkit", *large, cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.count("too small for a vocabulary of 9,000 pieces") == 1
    assert "another process" not in done.stderr
    done = torchrun(2, "-m", "mtkit", "train", tmp_path / "nowhere", cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.count("is not a directory") == 1
