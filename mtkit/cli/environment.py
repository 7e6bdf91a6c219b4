"""What a run meets outside: the machine and its versions, and signals that end it."""

from __future__ import annotations

import contextlib
import platform
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from mtkit import __version__, console, distributed
from mtkit.learner import Learner

SAME_SIGNAL = 2  # seconds: torchrun passes on to its processes what they got from the terminal


class Signals:
    """Ctrl-C and SIGTERM end training after the step; a second one ends the program at once.

    number  of the signal that came, or 0
    """

    def __init__(self) -> None:
        self.number, self.at = 0, 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if distributed.started() and time.monotonic() - self.at < SAME_SIGNAL:
            return
        if self.number:
            sys.exit(128 + number)
        self.number, self.at = number, time.monotonic()
        console.say("stopping after this step ... (once more to stop at once)")


def environment(learner: Learner) -> dict[str, Any]:
    """The first line of the log: what ran, on what."""
    device = learner.device
    return {
        "event": "start",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "commit": commit(),
        "mtkit": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "precision": learner.precision,
        "threads": torch.get_num_threads(),
    }


def commit() -> str | None:
    """The git commit of the checkout that mtkit runs from, if it runs from one."""
    checkout = Path(__file__).parents[2]
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    with contextlib.suppress(OSError):  # no git here
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        return shown.stdout.strip() or None
    return None
