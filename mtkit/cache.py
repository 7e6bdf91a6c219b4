"""What is made once and kept: folders named after all that decides their content.

An entry is written into a folder beside its place and renamed when it is whole, so that a crash or
another process that makes the same leaves nothing half-made under its name.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtkit.places import UNFINISHED, sweep

FORMAT = 1  # of all entries: raised when what mtkit writes into them changes
HEADER = "header.json"

Values = Mapping[str, Any]  # what JSON can hold


@dataclass(frozen=True)
class Entry:
    """A folder of the cache; `values` is what its maker said of it."""

    folder: Path
    values: dict[str, Any]
    size: int  # bytes, of all its files
    made: bool = False  # just now, rather than found


class Cache:
    """Entries below `root`; where it cannot be written, in a folder that goes when mtkit ends."""

    def __init__(self, warn: Callable[[str], None], root: Path | None = None) -> None:
        """warn: is told, once, that the place cannot be written."""
        self._warn, self._fallen_back = warn, False
        self.root = root or Path()
        if root is None:
            try:
                self.root = default_root()
            except RuntimeError as error:  # a user without a home
                self._fall_back(str(error))

    def entry(self, kind: str, key: Values, make: Callable[[Path], Values]) -> Entry:
        """The entry of this kind and key, made if it is not there or not whole.

        key: all that decides the content; make: writes files into an empty folder, and returns
        what is to be kept with them.
        """
        text = json.dumps([FORMAT, key], sort_keys=True)
        name = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        if found := read_entry(self.root / name):
            return found
        try:
            return self._made(self.root / name, make)
        except OSError as error:
            if self._fallen_back:
                raise
            self._fall_back(f"`{self.root}`: {error.strerror or error}")
        return self._made(self.root / name, make)

    def _fall_back(self, reason: str) -> None:
        self._warn(f"no cache ({reason}): what is prepared is not kept; set MTKIT_CACHE")
        self.root, self._fallen_back = Path(tempfile.mkdtemp(prefix="mtkit-")), True
        atexit.register(shutil.rmtree, self.root, ignore_errors=True)

    def _made(self, folder: Path, make: Callable[[Path], Values]) -> Entry:
        self.root.mkdir(parents=True, exist_ok=True)
        sweep(self.root, f"*-{'[0-9a-f]' * 32}.{'[0-9a-f]' * 16}*{UNFINISHED}")
        unfinished = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}{UNFINISHED}")
        unfinished.mkdir()
        try:
            values = make(unfinished)
            write_header(unfinished, values)
            put(unfinished, folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        entry = read_entry(folder)
        if entry is None:
            raise OSError(errno.EIO, "what was written cannot be read", str(folder))
        return replace(entry, made=True)


def default_root() -> Path:
    """$MTKIT_CACHE, else $XDG_CACHE_HOME/mtkit, else ~/.cache/mtkit."""
    if own := os.environ.get("MTKIT_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "mtkit"


def read_entry(folder: Path) -> Entry | None:
    """The entry in a folder, if it is there and its files have the sizes they had."""
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        sizes = header["sizes"]
        whole = all((folder / name).stat().st_size == size for name, size in sizes.items())
        return Entry(folder, header["values"], sum(sizes.values())) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_header(folder: Path, values: Values) -> None:
    """The last file of an entry; all of it is on the disk then."""
    files = sorted(folder.iterdir())
    header = {"sizes": {file.name: file.stat().st_size for file in files}, "values": values}
    (folder / HEADER).write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")
    for file in (*files, folder / HEADER):
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def put(unfinished: Path, folder: Path) -> None:
    """Rename to `folder`, unless another process has put a whole entry there meanwhile."""
    while read_entry(folder) is None:
        damaged = unfinished.with_name(f"{unfinished.name}.old{UNFINISHED}")
        with contextlib.suppress(FileNotFoundError):
            folder.rename(damaged)
            shutil.rmtree(damaged, ignore_errors=True)
        try:
            unfinished.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
