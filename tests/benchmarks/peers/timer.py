"""Checkpoints of a trainer by the seconds it has trained, and the two jobs of a side.

Needs nothing but Python: it is imported in the environment of each peer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from peers.common import Task

# The recipe of the peers: small batches and little dropout, as mtkit's own has them, and a rate
# that falls with the square root of the step after the warm-up.  It was not tuned further.
DROPOUT, BATCH_TOKENS, RATE, WARM_UP_STEPS = 0.1, 2048, 3e-3, 400

Save = Callable[[Any], object]  # the trainer -> the checkpoint's place


class Timer:
    """Saves what a trainer has learnt every so many seconds, which saving does not count among."""

    def __init__(self, task: Task, seconds: float, every: float) -> None:
        """seconds: of training, after which it ends."""
        self.seconds, self.every, self.due = seconds, every, every
        self.began = 0.0
        self.log = task.checkpoints.open("w", buffering=1)  # whole lines

    def before(self, owner: type, method: str, save: Save, last: bool = False) -> None:
        """Look at the clock before each call of a trainer's method: a step, or what follows all."""
        original = getattr(owner, method)

        def timed(trainer: Any, *arguments: Any, **named: Any) -> Any:
            self.look(trainer, save, last)
            return original(trainer, *arguments, **named)

        setattr(owner, method, timed)

    def look(self, trainer: Any, save: Save, last: bool) -> None:
        now = time.monotonic()
        self.began = self.began or now  # which is that of the first step
        trained = now - self.began
        if trained < min(self.due, self.seconds) and not last:
            return
        self.log.write(f"{trained:.2f} {save(trainer)}\n")
        if trained >= self.seconds:
            sys.exit()
        self.due += self.every * ((trained - self.due) // self.every + 1)
        self.began += time.monotonic() - now


def run(train: Callable[[Task, Timer], None], translate: Callable[..., None]) -> None:
    """The job that the options of the task name: to train, or to translate `valid` in pieces.

    train SECONDS EVERY, or translate CHECKPOINT OUTPUT BEAM
    """
    task = Task.given()
    job, *rest = task.options
    if job == "train":
        train(task, Timer(task, *map(float, rest)))
    else:
        translate(task, *rest)
