"""fairseq, by its commands.

Its last release has settings that Python 3.11 refuses: dataclasses as the defaults of others.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from peers.common import (
    BATCH_TOKENS,
    BETAS,
    CLIP_NORM,
    DROPOUT,
    HEADS,
    LABEL_SMOOTHING,
    RATE,
    Task,
)

get_field = dataclasses._get_field  # type: ignore[attr-defined]


def with_hash(owner: type, name: str, *rest: Any) -> Any:
    """Python takes a default for mutable if its class has no hash."""
    default = getattr(owner, name, None)
    if isinstance(default, dataclasses.Field):
        default = default.default
    if dataclasses.is_dataclass(default) and type(default).__hash__ is None:
        type(default).__hash__ = object.__hash__  # type: ignore[method-assign]
    return get_field(owner, name, *rest)


def preprocess(task: Task) -> list[object]:
    return [
        "--source-lang", "en", "--target-lang", "de", "--trainpref", task.data / "train",
        "--validpref", task.data / "valid", "--joined-dictionary", "--destdir", task.place / "data",
        "--workers", 1,
    ]  # fmt: skip


def train(task: Task) -> list[object]:
    sizes = task.sizes
    model: list[object] = [
        "--arch", "transformer", "--share-all-embeddings", "--dropout", DROPOUT,
    ]  # fmt: skip
    for side, layers in (("encoder", sizes.encoder_layers), ("decoder", sizes.decoder_layers)):
        model += [
            f"--{side}-layers", layers, f"--{side}-embed-dim", sizes.width,
            f"--{side}-ffn-embed-dim", sizes.feed_forward,
            f"--{side}-attention-heads", HEADS, f"--{side}-normalize-before",
        ]  # fmt: skip
    learning = [
        "--optimizer", "adam", "--adam-betas", str(BETAS), "--lr", RATE, "--clip-norm", CLIP_NORM,
        "--criterion", "label_smoothed_cross_entropy", "--label-smoothing", LABEL_SMOOTHING,
        "--max-tokens", BATCH_TOKENS, "--num-workers", 0, "--seed", 1,
    ]  # fmt: skip
    no_others = ["--cpu", "--disable-validation", "--no-save", "--no-progress-bar"]
    return [task.place / "data", *model, *learning, *no_others]


def main(task: Task) -> None:
    dataclasses._get_field = with_hash  # type: ignore[attr-defined]
    from fairseq.trainer import Trainer
    from fairseq_cli import preprocess as preprocessing
    from fairseq_cli import train as training

    task.count_steps(
        Trainer, "train_step", lambda trainer, samples: sum(part["ntokens"] for part in samples)
    )
    for program, options in ((preprocessing, preprocess(task)), (training, train(task))):
        sys.argv = ["fairseq", *map(str, options)]
        program.cli_main()


if __name__ == "__main__":
    main(Task.given())
