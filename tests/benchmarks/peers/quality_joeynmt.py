"""JoeyNMT learns by the recipe in timer.py; its own saver writes the checkpoints.

The length penalty of its search is 1: without, as by default, a beam prefers short hypotheses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from joeynmt.__main__ import main
from joeynmt.training import TrainManager

from peers.common import Task
from peers.joeynmt import config
from peers.timer import BATCH_TOKENS, DROPOUT, RATE, WARM_UP_STEPS, Timer, run

LONGEST = 60  # pieces: without a limit, what loops takes minutes; no reference has so many


def settings(task: Task) -> dict[str, Any]:
    found = config(task)
    found["training"] |= {
        "batch_size": BATCH_TOKENS, "learning_rate": RATE, "learning_rate_warmup": WARM_UP_STEPS,
    }  # fmt: skip
    for side in ("encoder", "decoder"):
        found["model"][side]["dropout"] = DROPOUT
        found["model"][side]["embeddings"]["dropout"] = DROPOUT
    return found


def joeynmt(task: Task, command: str, found: dict[str, Any], *options: str) -> None:
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


def translate(task: Task, checkpoint: str, output: str, beam: str) -> None:
    search = {
        "load_model": checkpoint, "beam_size": int(beam), "beam_alpha": 1.0,
        "max_output_length": LONGEST, "batch_size": 256, "batch_type": "sentence",
    }  # fmt: skip
    joeynmt(task, "test", settings(task) | {"testing": search}, "--output-path", output)
    Path(f"{output}.dev").rename(output)


if __name__ == "__main__":
    run(train, translate)
