"""eole, by its commands.

Without worker processes for the data: its bucket is full before the first step, and both cores
compute.  Dropout also falls inside the feed-forward layers: it goes with that of the sub-layers.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from eole.bin.main import main
from eole.trainer import BatchProcessor

from peers.common import (
    BATCH_TOKENS,
    BETAS,
    CLIP_NORM,
    DROPOUT,
    FOREVER,
    HEADS,
    LABEL_SMOOTHING,
    RATE,
    Task,
)


def config(task: Task) -> dict[str, Any]:
    """For both commands; the norm of eole's Transformer comes before the sub-layer."""
    sizes = task.sizes
    return {
        "seed": 1, "share_vocab": True, "src_vocab": str(task.place / "vocabulary.txt"),
        "save_data": str(task.place), "overwrite": True,
        "data": {
            "train": {
                "path_src": task.file("train", "en"), "path_tgt": task.file("train", "de"),
                "transforms": [],
            }
        },
        "model": {
            "architecture": "transformer", "hidden_size": sizes.width, "heads": HEADS,
            "encoder": {"layers": sizes.encoder_layers},
            "decoder": {"layers": sizes.decoder_layers},
            "transformer_ff": sizes.feed_forward,
            "share_embeddings": True, "share_decoder_embeddings": True,
            "embeddings": {
                "word_vec_size": sizes.width, "position_encoding_type": "SinusoidalInterleaved",
            },
            "add_qkvbias": True, "add_final_linear_bias": True, "add_ffnbias": True,
        },
        "training": {
            "world_size": 1, "gpu_ranks": [], "num_workers": 0, "compute_dtype": "fp32",
            "batch_type": "tokens", "batch_size": BATCH_TOKENS, "normalization": "tokens",
            "optim": "adamw", "learning_rate": RATE,
            "adam_beta1": BETAS[0], "adam_beta2": BETAS[1],
            "max_grad_norm": CLIP_NORM, "label_smoothing": LABEL_SMOOTHING,
            "dropout": [DROPOUT], "attention_dropout": [0.0], "dropout_steps": [0],
            "train_steps": FOREVER, "save_checkpoint_steps": FOREVER,
            "model_path": str(task.place / "model"),
        },
    }  # fmt: skip


def eole(*arguments: object) -> None:
    sys.argv = ["eole", *map(str, arguments)]
    main()


def tokens(trainer: BatchProcessor, batch: dict[str, Any], *_: object) -> Any:
    return (batch["tgt"][:, 1:] != trainer.train_loss.padding_idx).sum()


if __name__ == "__main__":
    task = Task.given()
    file = task.place / "config.yaml"
    file.write_text(json.dumps(config(task)), encoding="utf-8")  # which is YAML, too
    eole("build_vocab", "-c", file, "-n_sample", -1)
    task.count_steps(BatchProcessor, "process_batch", tokens)
    eole("train", "-c", file)
