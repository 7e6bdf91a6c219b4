"""What all sides share: the sizes, the settings, and the count of what a trainer has learnt from.

Needs nothing but Python: it is imported in the environment of each peer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADS, DROPOUT, LABEL_SMOOTHING, CLIP_NORM = 4, 0.3, 0.1, 1.0
BATCH_TOKENS, VOCABULARY = 4096, 8000
THREADS = 2
RATE, WARM_UP_STEPS, BETAS = 1e-3, 400, (0.9, 0.98)  # of the optimizer: no matter for the speed
FOREVER = 10**6  # steps: the driver ends it much earlier


@dataclass(frozen=True)
class Sizes:
    """Of a Transformer with tied embeddings."""

    encoder_layers: int
    decoder_layers: int
    width: int
    feed_forward: int


MODELS = {"tiny": Sizes(4, 4, 128, 256), "small": Sizes(3, 3, 256, 1024)}


@dataclass(frozen=True)
class Task:
    """What a side is asked to do: the arguments of its module."""

    model: str
    data: Path  # {train,valid}.{en,de} cut in pieces, vocabulary.txt, tokenizer.model
    place: Path  # a folder of its own
    options: tuple[str, ...] = ()

    @classmethod
    def given(cls) -> Task:
        model, data, place, *options = sys.argv[1:]
        return cls(model, Path(data), Path(place), tuple(options))

    def arguments(self) -> list[str]:
        return [self.model, str(self.data), str(self.place), *self.options]

    @property
    def sizes(self) -> Sizes:
        return MODELS[self.model]

    @property
    def steps(self) -> Path:
        return self.place / "steps.txt"

    @property
    def checkpoints(self) -> Path:
        return self.place / "checkpoints.txt"

    def file(self, split: str, language: str) -> str:
        return str(self.data / f"{split}.{language}")

    def count_steps(self, owner: type, method: str, tokens: Callable[..., Any]) -> None:
        """Write down when each step of a trainer was done, by its method that learns from a batch.

        tokens: the trainer and the method's arguments -> target tokens of the batch, with EOS,
        without BOS and padding.
        """
        original, log = getattr(owner, method), self.steps.open("w", buffering=1)  # whole lines

        def counted(trainer: Any, *arguments: Any, **named: Any) -> Any:
            found = original(trainer, *arguments, **named)
            log.write(f"{time.monotonic()} {int(tokens(trainer, *arguments))}\n")
            return found

        setattr(owner, method, counted)
