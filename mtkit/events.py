"""What happens while a model is trained; the loop yields it, the console shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """A sentence of the validation set, and what the model makes of it."""

    source: str
    reference: str
    hypothesis: str


@dataclass(frozen=True)
class ValidationScore:
    """What translating the validation set came to."""

    bleu: float
    samples: Sequence[Sample] = ()
    trouble: str = ""  # what is wrong with all of the translations, if something is


@dataclass(frozen=True)
class Notice:
    """Something that a person should know."""

    step: int
    message: str


@dataclass(frozen=True)
class Progress:
    """A few more steps are done."""

    step: int
    epoch: int
    fraction: float  # of the whole run, 0 to 1
    loss: float  # mean per target token since the last report, label smoothing included
    learning_rate: float
    tokens_per_second: float  # non-padding target tokens, validation not counted
    seconds_left: float
    minutes: float  # of training so far, validation not counted
    skipped: int  # steps so far whose gradient was not finite
    peak_memory: float  # GiB that the process had at most


@dataclass(frozen=True)
class Validation:
    """The averaged weights were scored on the validation set."""

    step: int
    epoch: int
    loss: float  # nats per target token, without label smoothing
    perplexity: float
    bleu: float
    improved: bool  # on every validation before; if so, the weights were kept
    minutes: float  # of training so far, validation not counted
    samples: Sequence[Sample]
    trouble: str = ""  # what is wrong with all of the translations, if something is


@dataclass(frozen=True)
class Finished:
    """The run is over: done, out of patience, or interrupted."""

    reason: str
    step: int
    epoch: int
    best_bleu: float
    minutes: float
    tokens_per_second: float
    peak_memory: float  # GiB that the process had at most


Event = Notice | Progress | Validation | Finished
