"""Several processes that share the work on many lines, and the memory of the model."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from mtkit.errors import MtkitError
from mtkit.parts import WINDOW

Result = TypeVar("Result")
Work = Callable[[Sequence[str]], list[Result]]  # what becomes of lines
FEW = 500  # lines, for which a second process is not worth its start

_work: Work[Any] | None = None  # what a worker does; it inherits it, since it is forked


def cores() -> int:
    """That this process may use; 1 where processes cannot be forked safely."""
    if not sys.platform.startswith("linux"):
        return 1
    return len(os.sched_getaffinity(0))


def shared_out(work: Work[Result], lines: Iterable[str], workers: int) -> Iterator[Result]:
    """work(lines) window by window, in order, by forked processes that share what it refers to.

    Two windows for each worker are read ahead, at least.  No other thread may be at work when
    this is called.  Errors: those of `work`, and MtkitError where a worker dies.
    """
    global _work
    _work = work
    windows, ahead = windows_of(lines, workers), deque[Future[list[Result]]]()
    executor = ProcessPoolExecutor(workers, get_context("fork"), _start)
    try:
        while True:
            for window in islice(windows, 2 * workers - len(ahead)):
                ahead.append(executor.submit(_do, window))
            if not ahead:
                return
            yield from ahead.popleft().result()
    except BrokenProcessPool as error:
        raise MtkitError(
            "a worker process died, perhaps because memory was short",
            "give a smaller --batch-tokens, or --workers 1",
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def windows_of(lines: Iterable[str], workers: int) -> Iterator[Sequence[str]]:
    """As many lines for each worker as are searched together; where fewer are left, equally many.

    The more there are, the more of them have the same length.
    """
    remaining = iter(lines)
    while some := list(islice(remaining, workers * WINDOW)):
        size = math.ceil(len(some) / workers)
        yield from (some[start : start + size] for start in range(0, len(some), size))


def _start() -> None:
    """In each worker: Ctrl-C is for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _do(lines: Sequence[str]) -> list[Any]:
    assert _work is not None
    return _work(lines)
