"""eole learns as fast as it can: see its own settings below.

Its two commands; the checkpoints are those of its own saver.
"""

from __future__ import annotations

import json
from pathlib import Path

from eole.trainer import Trainer

from peers.common import Task
from peers.eole import config, eole
from peers.timer import BATCH_TOKENS, BEAM, DROPOUT, WARM_UP_STEPS, Timer, run

LEARNING = {
    "batch_size": BATCH_TOKENS, "optim": "adamw", "dropout": [DROPOUT],
    "decay_method": "noam", "warmup_steps": WARM_UP_STEPS, "learning_rate": 1.0,
}  # fmt: skip


def save(trainer: Trainer) -> Path:
    saver, done = trainer.model_saver, trainer.optim.training_step - 1
    saver.save(done, trainer.moving_average)
    return Path(saver.model_path) / saver.step_dir


def train(task: Task, timer: Timer) -> None:
    settings, file = config(task), task.place / "config.yaml"
    settings["training"] |= LEARNING
    file.write_text(json.dumps(settings), encoding="utf-8")  # which is YAML, too
    eole("build_vocab", "-c", file, "-n_sample", -1)
    timer.before(Trainer, "_train_step", save)
    eole("train", "-c", file)


def translate(task: Task, checkpoint: str, output: str) -> None:
    search = {
        "model_path": checkpoint, "src": task.file("valid", "en"), "output": output,
        "beam_size": BEAM, "world_size": 1, "gpu_ranks": [],
    }  # fmt: skip
    file = task.place / "search.yaml"
    file.write_text(json.dumps(search), encoding="utf-8")
    eole("predict", "-c", file)


if __name__ == "__main__":
    run(train, translate)
