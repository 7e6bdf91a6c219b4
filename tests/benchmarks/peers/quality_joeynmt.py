"""JoeyNMT learns as fast as it can: see its own settings below.

Its two commands; the checkpoints are those of its own saver.  The length penalty of the search is
that of its own examples: without, which is its default, hypotheses get too short.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from joeynmt.__main__ import main
from joeynmt.training import TrainManager

from peers.common import Task
from peers.joeynmt import config
from peers.timer import BATCH_TOKENS, BEAM, DROPOUT, WARM_UP_STEPS, Timer, run

LEARNING = {
    "batch_size": BATCH_TOKENS, "learning_rate": 2e-3, "learning_rate_warmup": WARM_UP_STEPS,
}  # fmt: skip


def settings(task: Task) -> dict:
    found = config(task)
    found["training"] |= LEARNING
    for side in ("encoder", "decoder"):
        found["model"][side]["dropout"] = DROPOUT
        found["model"][side]["embeddings"]["dropout"] = DROPOUT
    return found


def joeynmt(task: Task, command: str, found: dict, *options: str) -> None:
    file = task.place / f"{command}.yaml"
    file.write_text(json.dumps(found), encoding="utf-8")  # which is YAML, too
    sys.argv = ["joeynmt", command, str(file), *options]
    main()


def save(trainer: TrainManager) -> Path:
    trainer._save_checkpoint(False, float("nan"))
    return Path(trainer.model_dir) / f"{trainer.stats.steps}.ckpt"


def train(task: Task, timer: Timer) -> None:
    timer.before(TrainManager, "_train_step", save)
    joeynmt(task, "train", settings(task), "--skip-test")


def translate(task: Task, checkpoint: str, output: str) -> None:
    search = {"load_model": checkpoint, "beam_size": BEAM, "beam_alpha": 1.0}
    joeynmt(task, "test", settings(task) | {"testing": search}, "--output-path", output)
    Path(f"{output}.dev").rename(output)


if __name__ == "__main__":
    run(train, translate)
