"""Directories that appear when they are whole, and whether they could appear at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtkit.errors import MtkitError

FULL = errno.ENOSPC, errno.EDQUOT, errno.EFBIG


def check_writable(out: Path) -> None:
    """Errors: MtkitError where no directory of that name could be made."""
    parent = next(parent for parent in out.absolute().parents if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise MtkitError(f"`{out}` cannot be written below `{parent}`", "name another directory")


@contextmanager
def whole_directory(out: Path) -> Iterator[Path]:
    """An empty directory that becomes `out` when it is filled, and else vanishes.

    out: not there yet, or empty.  Errors: MtkitError where it cannot be written.
    """
    folder = out.absolute().with_name(f".{out.absolute().name}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
        for file in folder.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        folder.replace(out)
    except OSError as error:
        hint = "free some space, or name another place" if error.errno in FULL else "name another"
        raise MtkitError(f"`{out}` cannot be written: {error.strerror}", hint) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
