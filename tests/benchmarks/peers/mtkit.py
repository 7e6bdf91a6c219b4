"""mtkit, by its command.  The options of a task are the corpus, and what a variant differs in."""

from __future__ import annotations

import sys

from mtkit.cli import main
from mtkit.learner import Learner
from peers.common import (
    BATCH_TOKENS,
    BETAS,
    CLIP_NORM,
    DROPOUT,
    FOREVER,
    HEADS,
    LABEL_SMOOTHING,
    RATE,
    WARM_UP_STEPS,
    Task,
)


def train(task: Task) -> list[object]:
    sizes = task.sizes
    return [
        "train", *task.options, "--pair", "en-de", "--tokenizer", task.data / "tokenizer.model",
        "--out", task.place / "model", "--overwrite", "--device", "cpu", "--seed", 1,
        "--encoder-layers", sizes.encoder_layers, "--decoder-layers", sizes.decoder_layers,
        "--d-model", sizes.width, "--d-ff", sizes.feed_forward, "--heads", HEADS,
        "--dropout", DROPOUT, "--label-smoothing", LABEL_SMOOTHING, "--clip-norm", CLIP_NORM,
        "--learning-rate", RATE, "--warmup-steps", WARM_UP_STEPS, "--adam-beta2", BETAS[1],
        "--tokens-per-batch", BATCH_TOKENS, "--max-steps", FOREVER, "--validate-every", FOREVER,
    ]  # fmt: skip


if __name__ == "__main__":
    task = Task.given()
    task.count_steps(Learner, "update", lambda learner, step, *_: step.tokens)
    sys.argv = ["mtkit", *map(str, train(task))]
    main()
