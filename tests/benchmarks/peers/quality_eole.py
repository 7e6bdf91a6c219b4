"""eole learns by the recipe in timer.py; its own saver writes the checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

from eole.trainer import Trainer

from peers.common import Task
from peers.eole import config, eole
from peers.timer import BATCH_TOKENS, DROPOUT, RATE, WARM_UP_STEPS, Timer, run


def save(trainer: Trainer) -> Path:
    saver, done = trainer.model_saver, trainer.optim.training_step - 1
    saver.save(done, trainer.moving_average)
    return Path(saver.model_path) / saver.step_dir


def train(task: Task, timer: Timer) -> None:
    settings, file = config(task), task.place / "config.yaml"
    settings["training"] |= {
        "batch_size": BATCH_TOKENS, "dropout": [DROPOUT], "warmup_steps": WARM_UP_STEPS,
        "decay_method": "noam", "learning_rate": RATE * (task.sizes.width * WARM_UP_STEPS) ** 0.5,
    }  # fmt: skip
    file.write_text(json.dumps(settings), encoding="utf-8")  # which is YAML, too
    eole("build_vocab", "-c", file, "-n_sample", -1)
    timer.before(Trainer, "_train_step", save)
    eole("train", "-c", file)


def translate(task: Task, checkpoint: str, output: str, beam: str) -> None:
    search = {
        "model_path": checkpoint, "src": task.file("valid", "en"), "output": output,
        "beam_size": int(beam), "world_size": 1, "gpu_ranks": [],
    }  # fmt: skip
    file = task.place / "search.yaml"
    file.write_text(json.dumps(search), encoding="utf-8")
    eole("predict", "-c", file)


if __name__ == "__main__":
    run(train, translate)
