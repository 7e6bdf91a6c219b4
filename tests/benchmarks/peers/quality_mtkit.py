"""mtkit learns by the recipe of speedrun.py; its data is the corpus itself, not cut in pieces."""

from __future__ import annotations

import sys
from pathlib import Path

from speedrun import RECIPE

from mtkit.checkpoint import save_model
from mtkit.cli import main
from mtkit.training import Trainer
from peers.common import FOREVER, Task
from peers.timer import Timer, run


def save(trainer: Trainer) -> Path:
    """The averaged weights, which are what mtkit keeps of a run."""
    folder = trainer.directory / f"step-{trainer.step}"
    folder.mkdir()
    save_model(folder, trainer.card, trainer.tokenizer, trainer.learner.averaged.state_dict())
    return folder


def mtkit(*arguments: object) -> None:
    sys.argv = ["mtkit", *map(str, arguments)]
    main()


def train(task: Task, timer: Timer) -> None:
    timer.before(Trainer, "train_step", save)
    timer.before(Trainer, "validate", save, last=True)  # there is but one, at the end
    mtkit(
        "train", task.data, "--pair", "en-de", *RECIPE, "--validate-every", FOREVER,
        "--out", task.place / "model", "--overwrite", "--device", "cpu", "--seed", 1,
    )  # fmt: skip


def translate(task: Task, checkpoint: str, output: str, beam: str) -> None:
    mtkit(
        "translate", "--model", checkpoint, "--input", task.file("valid", "en"),
        "--output", output, "--beam-size", beam, "--whole-lines", "--device", "cpu",
    )  # fmt: skip


if __name__ == "__main__":
    run(train, translate)
