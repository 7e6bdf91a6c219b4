"""What all sides share: the sizes, the settings, and the count of what a trainer has learnt from.

Needs nothing but Python: it is imported in the environment of each peer.
"""

from __future__ import annotations

import json
import os
import resource
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
FOREVER = 10**6  # steps: the driver's window ends much earlier
SETTLING = 10.0, 5  # seconds and steps that are not measured


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
    seconds: float  # to be measured
    options: tuple[str, ...] = ()

    @classmethod
    def given(cls) -> Task:
        model, data, place, seconds, *options = sys.argv[1:]
        return cls(model, Path(data), Path(place), float(seconds), tuple(options))

    def arguments(self) -> list[str]:
        return [self.model, str(self.data), str(self.place), str(self.seconds), *self.options]

    @property
    def sizes(self) -> Sizes:
        return MODELS[self.model]

    @property
    def result(self) -> Path:
        return self.place / "result.json"

    def file(self, split: str, language: str) -> str:
        return str(self.data / f"{split}.{language}")

    def count_steps(self, owner: type, method: str, tokens: Callable[..., Any]) -> None:
        """Measure a trainer by its method that learns from one batch.

        tokens: the trainer and the method's arguments -> target tokens of the batch, with EOS,
        without BOS and padding.  At the end of the window the result is written, and the process
        ends.
        """
        original, meter = getattr(owner, method), Meter(self)

        def counted(trainer: Any, *arguments: Any, **named: Any) -> Any:
            found = original(trainer, *arguments, **named)
            meter.count(int(tokens(trainer, *arguments)))
            return found

        setattr(owner, method, counted)


class Meter:
    """Tokens and seconds of a window that begins once the trainer has settled."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.began: float | None = None  # when the first step was done
        self.opened: float | None = None  # when the window was
        self.steps = self.tokens = 0

    def count(self, tokens: int) -> None:
        """One more step is done, with so many tokens."""
        now = time.perf_counter()
        self.steps += 1
        self.tokens += tokens
        if self.began is None:
            self.began = now
        seconds, steps = SETTLING
        if self.opened is None and now - self.began >= seconds and self.steps >= steps:
            self.opened, self.steps, self.tokens = now, 0, 0
        elif self.opened is not None and now - self.opened >= self.task.seconds:
            self._end(now - self.opened)

    def _end(self, seconds: float) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # GiB, on Linux
        found = {
            "tokens": self.tokens, "steps": self.steps, "seconds": seconds, "memory": memory,
        }  # fmt: skip
        self.task.result.write_text(json.dumps(found), encoding="utf-8")
        os._exit(0)  # a trainer that is asked politely would save and validate first
