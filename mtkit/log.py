"""The log of a run: one event a line, in JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkit.checkpoint import LOG
from mtkit.places import cannot_write


def append_log(directory: Path, event: Mapping[str, Any]) -> int:
    """Add a line to the log, and return the log's length in bytes."""
    path = directory / LOG
    try:
        with path.open("ab") as stream:
            stream.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
            return stream.tell()
    except OSError as error:
        raise cannot_write(path, error) from error


def cut_log(directory: Path, length: int) -> None:
    """Forget what was logged after the state that a run resumes from."""
    path = directory / LOG
    try:
        if path.is_file() and path.stat().st_size > length:
            os.truncate(path, length)
    except OSError as error:
        raise cannot_write(path, error) from error
