"""Files and directories that appear when they are whole, and whether they could appear at all."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mtkit.errors import MtkitError

FULL = errno.ENOSPC, errno.EDQUOT, errno.EFBIG
UNFINISHED = ".tmp"  # how the name of what is being written ends
TOKEN = "[0-9a-f]" * 8  # what stands before that, so that no two writers have the same name
STALE = 24 * 3600  # seconds after which it belongs to nobody


def check_writable(path: Path) -> None:
    """Errors: MtkitError where no directory of that name could be made, or be written into."""
    whole = path.absolute()
    # pathlib's `exists` raises an error below a directory that one may not look into.
    there = next(place for place in (whole, *whole.parents) if os.path.exists(place))  # noqa: PTH110
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        where = f" below `{there}`" if there != whole else ""
        why = os.strerror(errno.EACCES if there.is_dir() else errno.ENOTDIR)
        raise MtkitError(f"`{path}` cannot be written{where}: {why}", "choose another place")


def cannot_write(path: Path | str, error: OSError) -> MtkitError:
    """The error that says why, and what to do."""
    hint = "choose another place"
    if error.errno in FULL:
        hint = f"free some space, or {hint}"
    elif error.errno == errno.ENOENT:
        hint = f"make `{Path(path).parent}` first, or {hint}"
    return MtkitError(f"`{path}` cannot be written: {error.strerror}", hint)


def unfinished(path: Path) -> Path:
    """A name beside `path` that no other process has, for what becomes `path` once it is whole.

    What killed processes left under such names goes when it is old.
    """
    sweep(path.parent, f".{glob.escape(path.name)}.{TOKEN}{UNFINISHED}")
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")


def sweep(folder: Path, pattern: str) -> None:
    """Remove what was left by writers that were killed."""
    for left in folder.glob(pattern):
        with suppress(OSError):
            files = [left, *left.iterdir()] if left.is_dir() else [left]
            if time.time() - max(file.stat().st_mtime for file in files) > STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def claim(stream: IO[bytes], path: Path) -> None:
    """Make sure that no other process writes to the file at `path`, which `stream` is open for.

    The claim ends when this process closes the file, also if it had opened it a second time.
    Errors: MtkitError, and the stream is closed, where another one has claimed it.
    """
    with suppress(ImportError, OSError):  # a system or a disk that knows no locks
        import fcntl

        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a fork does not inherit it
            alone = os.path.samestat(os.fstat(stream.fileno()), path.stat())  # not renamed just now
        except (BlockingIOError, PermissionError, FileNotFoundError):
            alone = False
        if not alone:
            stream.close()
            raise MtkitError(
                f"`{path}` is being written by another process",
                f"wait until it has ended, write elsewhere or, if there is none, remove `{path}`",
            )


@contextmanager
def whole_directory(out: Path, replace: bool = False) -> Iterator[Path]:
    """An empty directory that becomes `out` when it is filled, and else vanishes.

    out: not there then, or empty; with `replace`, what is there goes when all else is done.
    Errors: MtkitError where it cannot be written.
    """
    folder = unfinished(out.absolute())
    try:
        folder.mkdir(parents=True)
        yield folder
        for file in folder.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        if replace and out.exists():
            shutil.rmtree(out)
        folder.replace(out)
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
