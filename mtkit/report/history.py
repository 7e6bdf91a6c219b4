"""What the log of a run tells beside its curves; an averaged model has none."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtkit.checkpoint import LOG

INTERRUPTED = "interrupted"  # the reason of a run that did not come to its end


@dataclass(frozen=True)
class History:
    """A run from its start to its end, if it has come to it.

    start    what ran on what
    samples  of the last validation: source and reference
    ended    why, if it did
    logged   whether there is a log
    """

    start: Mapping[str, Any] = field(default_factory=dict)
    samples: tuple[tuple[str, str], ...] = ()
    ended: str | None = None
    logged: bool = False

    @property
    def finished(self) -> bool:
        return not self.logged or (self.ended is not None and self.ended != INTERRUPTED)

    @property
    def command(self) -> str:
        """What was typed, for a shell; nothing where it was not logged."""
        words = [str(word) for word in self.start.get("command", ())]
        return shlex.join(["mtkit", *words[1:]]) if words else ""


def read_history(directory: Path) -> History:
    """Whatever can be read of the log; damaged lines are passed over here."""
    path = directory / LOG
    start: Mapping[str, Any] = {}
    samples: tuple[tuple[str, str], ...] = ()
    ended = None
    if not path.is_file():
        return History()
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            event = json.loads(line)
            if event["event"] == "start":
                start, ended = (start or event), None
            elif event["event"] == "finished":
                ended = str(event["reason"])
            elif event["event"] == "validation":
                samples = tuple(
                    (str(each["source"]), str(each["reference"])) for each in event["samples"]
                )
    return History(start, samples, ended, logged=True)
