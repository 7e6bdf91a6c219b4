"""What a run logged, read back as figures over steps."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkit.checkpoint import LOG, advice
from mtkit.errors import MtkitError

Report = dict[str, float]

FIGURES = {  # what is read of each kind of event; all else in the log is left aside
    "progress": ("step", "loss", "learning_rate"),
    "validation": ("step", "perplexity", "bleu"),
}
DAMAGES = (ValueError, KeyError, TypeError, OverflowError)  # what a broken line raises


@dataclass(frozen=True)
class Curves:
    """What a run logged, by kind of event; steps rise."""

    directory: Path
    reports: Mapping[str, Sequence[Report]]

    @property
    def best(self) -> Report | None:
        """The validation whose weights the run kept."""
        scored = self.reports["validation"]
        return max(scored, key=lambda row: (row["bleu"], -row["perplexity"]), default=None)

    @property
    def all(self) -> list[Report]:
        return [row for rows in self.reports.values() for row in rows]

    def values(self, event: str, key: str) -> tuple[list[float], list[float]]:
        """Steps, and a figure at each."""
        rows = self.reports[event]
        return [row["step"] for row in rows], [row[key] for row in rows]


def read_curves(directory: Path) -> Curves:
    """Errors: MtkitError if it is no run, its log is damaged, or nothing was reported yet."""
    path = directory / LOG
    if not path.is_file():
        raise MtkitError(f"`{directory}` is not a run: no `{LOG}`", advice(directory))
    reports: dict[str, list[Report]] = {event: [] for event in FIGURES}
    *whole, last = path.read_bytes().split(b"\n")
    for number, line in enumerate(whole, 1):
        try:
            _add(reports, line)
        except DAMAGES as error:
            raise MtkitError(
                f"line {number} of `{path}` is damaged: {_reason(error)}",
                "delete the line, or copy the log again",
            ) from error
    with contextlib.suppress(*DAMAGES):  # written while the run crashed, or being written now
        _add(reports, last)
    if not any(reports.values()):
        raise MtkitError(
            f"`{path}` holds no report yet", "the first one comes after 20 steps of training"
        )
    return Curves(directory, reports)


def _add(reports: Mapping[str, list[Report]], line: bytes) -> None:
    values: Any = json.loads(line.decode())
    if not isinstance(values, dict):
        raise TypeError("it is not a JSON object")
    event = values.get("event")
    if event not in FIGURES:
        return
    row = {key: float(values[key]) for key in FIGURES[event]}
    if not math.isfinite(row["step"]):
        raise ValueError("the step is not a number")
    rows = reports[event]
    while rows and rows[-1]["step"] >= row["step"]:  # a run resumed from before it
        rows.pop()
    rows.append(row)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return f"no {error}" if isinstance(error, KeyError) else str(error)
