"""JoeyNMT, by its command.

Dropout also falls on the weights of attention and inside the feed-forward layers: there is but one
setting for all.  Batches are made of sentences in random order, since it has no buckets.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from joeynmt.__main__ import main
from joeynmt.training import TrainManager

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


def side(task: Task, layers: int) -> dict[str, Any]:
    """The encoder or the decoder."""
    width = task.sizes.width
    return {
        "type": "transformer", "num_layers": layers, "num_heads": HEADS, "hidden_size": width,
        "ff_size": task.sizes.feed_forward, "dropout": DROPOUT, "layer_norm": "pre",
        "embeddings": {"embedding_dim": width, "scale": True, "dropout": DROPOUT},
    }  # fmt: skip


def text(task: Task, language: str) -> dict[str, Any]:
    vocabulary = str(task.data / "vocabulary.txt")
    return {"lang": language, "level": "word", "voc_file": vocabulary}


def config(task: Task) -> dict[str, Any]:
    return {
        "name": "train-speed", "model_dir": str(task.place / "model"),
        "use_cuda": False, "random_seed": 1,
        "data": {
            "train": str(task.data / "train"), "dev": str(task.data / "valid"),
            "dataset_type": "plain", "src": text(task, "en"), "trg": text(task, "de"),
        },
        "training": {
            "optimizer": "adamw", "learning_rate": RATE, "adam_betas": BETAS,
            "scheduling": "warmupinversesquareroot", "learning_rate_warmup": WARM_UP_STEPS,
            "learning_rate_min": 0.0,
            "clip_grad_norm": CLIP_NORM, "label_smoothing": LABEL_SMOOTHING,
            "batch_size": BATCH_TOKENS, "batch_type": "token", "normalization": "tokens",
            "epochs": FOREVER, "validation_freq": FOREVER, "overwrite": True,
        },
        "testing": {},
        "model": {
            "tied_embeddings": True, "tied_softmax": True,
            "encoder": side(task, task.sizes.encoder_layers),
            "decoder": side(task, task.sizes.decoder_layers),
        },
    }  # fmt: skip


if __name__ == "__main__":
    task = Task.given()
    task.count_steps(TrainManager, "_train_step", lambda trainer, batch: batch.ntokens)
    file = task.place / "config.yaml"
    file.write_text(json.dumps(config(task)), encoding="utf-8")  # which is YAML, too
    sys.argv = ["joeynmt", "train", str(file), "--skip-test"]
    main()
