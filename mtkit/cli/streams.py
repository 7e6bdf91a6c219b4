"""Lines in and lines out, for every command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import typer

from mtkit.bitext import iterate_lines, open_bytes
from mtkit.console import say
from mtkit.places import cannot_write, unfinished


def input_lines(files: Sequence[Path]) -> Iterator[str]:
    """The lines of the files, one after the other; of stdin if there are none."""
    if not files:
        if sys.stdin.isatty():
            say("reading lines from the terminal; Ctrl-D ends them")
        yield from iterate_lines(sys.stdin.buffer, "stdin")
    for file in files:
        with open_bytes(file) as stream:
            yield from iterate_lines(stream, str(file))


class Writer:
    """Lines of UTF-8, whatever the locale is."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def lines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.stream.write(text.encode() + b"\n")


def is_regular(path: Path) -> bool:
    """Whether it is, or could become, a file: neither a device nor a pipe, nor a name for one."""
    special = {Path("/dev"), Path("/proc")} & set(path.absolute().parents)
    return not special and (path.is_file() or not path.exists())


@contextmanager
def output(path: Path | None) -> Iterator[Writer]:
    """Where lines go: a file, which appears only when it is whole, or stdout.

    A reader of stdout that goes away (`| head -1`) ends the command quietly.
    Errors: MtkitError where a line cannot be written.
    """
    name = str(path or "stdout")
    try:
        if path is None:
            yield Writer(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        elif not is_regular(path):
            with path.open("wb") as stream:
                yield Writer(stream)
        else:
            yield from _whole_file(path)
    except BrokenPipeError as error:
        # What Python still holds for stdout would fail again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from error
    except OSError as error:
        if path is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise cannot_write(name, error) from error


def _whole_file(path: Path) -> Iterator[Writer]:
    path = path.resolve()  # what a link leads to is replaced, not the link
    temporary = unfinished(path)
    try:
        with temporary.open("wb") as stream:
            yield Writer(stream)
        temporary.replace(path)
    finally:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
