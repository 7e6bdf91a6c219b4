"""A long output that goes on where it was interrupted."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any

from mtkit.cli.streams import Writer
from mtkit.console import say, warn
from mtkit.errors import MtkitError
from mtkit.places import cannot_write, claim

SAVE_EVERY = 1000  # lines of input


class Unfinished:
    """Lines that are written to a file which appears only when it is whole.

    Until then they are in `.NAME.partial`, and `.NAME.partial.json` says how many lines of the
    input it stands for, what those were, and with what settings they were made.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        path = path.resolve()  # what a link leads to is replaced, not the link
        self.path, self.settings = path, settings
        self.partial = path.with_name(f".{path.name}.partial")
        self.notes = path.with_name(f".{path.name}.partial.json")
        self.lines, self.digest = 0, hashlib.sha256()
        self.stream: IO[bytes]

    @contextmanager
    def writing(self, lines: Iterable[str], resume: bool) -> Iterator[Iterator[str]]:
        """The lines that are still to be done.

        What was done is kept where the work breaks off, unless it is little.
        Errors: MtkitError where there is nothing to resume, or it was made of other lines or with
        other settings, and where it cannot be written.
        """
        remaining = iter(lines)
        try:
            if resume:
                self._go_on(remaining)
            else:
                self._begin()
            try:
                yield remaining
                self._finish()
            except BaseException:
                self._break_off()
                raise
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def write(self, line: str, texts: Iterable[str]) -> None:
        """line: of the input; texts: what became of it."""
        Writer(self.stream).lines(texts)
        self._count(line)
        if self.lines % SAVE_EVERY == 0:
            self.save()

    def save(self) -> None:
        """From here it can go on."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        temporary = self.notes.with_name(f".{self.path.name}.tmp")
        temporary.write_text(json.dumps(self._state(self.stream.tell())), encoding="utf-8")
        temporary.replace(self.notes)

    def _begin(self) -> None:
        self.stream = self.partial.open("ab")
        claim(self.stream, self.partial)
        if self.notes.exists():
            warn(f"an unfinished `{self.path}` is thrown away: --resume would go on with it")
        self.stream.seek(0)
        self.stream.truncate()
        self.save()

    def _go_on(self, remaining: Iterator[str]) -> None:
        kept, size = self._kept()
        for line in islice(remaining, kept["lines"]):
            self._count(line)
        if self._state(size) != kept:
            raise self._refused("the input is not the one that it began with")
        self.stream = self.partial.open("r+b")
        claim(self.stream, self.partial)
        self.stream.truncate(size)
        self.stream.seek(size)
        say(f"going on with `{self.path}` after {self.lines:,} lines")

    def _finish(self) -> None:
        """The file is whole."""
        self.save()
        self.partial.replace(self.path)  # while it is claimed: else another may begin it anew
        self.stream.close()
        self.notes.unlink(missing_ok=True)

    def _break_off(self) -> None:
        with suppress(OSError):  # a full disk: what was saved before is still good
            self.save()
        if self.lines < SAVE_EVERY:
            self.partial.unlink(missing_ok=True)
            self.notes.unlink(missing_ok=True)
        else:
            say(f"what is done of `{self.path}` is kept: the same command with --resume goes on")
        with suppress(OSError):
            self.stream.close()  # the last: until then nobody else may claim it

    def _count(self, line: str) -> None:
        self.lines += 1
        self.digest.update(line.encode() + b"\n")

    def _state(self, size: int) -> dict[str, Any]:
        found = {"lines": self.lines, "sha256": self.digest.hexdigest(), "bytes": size}
        return found | {"settings": self.settings}

    def _kept(self) -> tuple[dict[str, Any], int]:
        try:
            kept = json.loads(self.notes.read_bytes())
            settings, size = kept["settings"], int(kept["bytes"])
            if self.partial.stat().st_size < size:
                raise ValueError("too short")
        except FileNotFoundError as error:
            raise self._refused("there is no unfinished output beside it") from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._refused("what is kept of it is damaged") from error
        differ = sorted(
            name
            for name in settings.keys() | self.settings.keys()
            if settings.get(name) != self.settings.get(name)
        )
        if differ:
            raise self._refused(f"it was begun with other settings: {', '.join(differ)}")
        return kept, size

    def _refused(self, why: str) -> MtkitError:
        return MtkitError(f"`{self.path}` cannot be resumed: {why}", "start again without --resume")
