"""Everything a person sees: progress, tables, errors.

Data goes to stdout; what is said about it goes to stderr.  Users' text is shown as it is: no
mark-up and no emoji codes in it.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from mtkit.errors import MtkitError
from mtkit.events import Event, Finished, Notice, Progress, Validation

Item = TypeVar("Item")
PLAIN_REPORT_EVERY = 10  # seconds, where there is no terminal to draw a bar on

err = Console(stderr=True, markup=False, emoji=False, highlight=False)


def say(text: str, style: str = "") -> None:
    """A line on stderr, as it is."""
    err.print(text, style=style, soft_wrap=True)


def next_step(*command: object) -> None:
    """The command that a user is likely to want now, quoted for the shell."""
    say(f"next: {shlex.join(map(str, command))}", style="bold")


def warn(text: str) -> None:
    say(f"warning: {text}", style="yellow")


def fail(error: MtkitError) -> None:
    err.quiet = False
    say(f"error: {error.message}", style="bold red")
    say(f"hint: {error.hint}")


def duration(seconds: float) -> str:
    """42 s, 3:05 min, 1:02:00 h"""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"


def be_quiet() -> None:
    """Say nothing from now on: another process does."""
    err.quiet = True


@contextmanager
def quiet() -> Iterator[None]:
    """Say nothing meanwhile: it will be said again."""
    before, err.quiet = err.quiet, True
    try:
        yield
    finally:
        err.quiet = before


def show_estimate(events: Iterable[Event]) -> None:
    """Wait for the first report, and say what it lets expect."""
    for event in events:
        if isinstance(event, Progress):
            say(estimate(event))
            break


def estimate(event: Progress) -> str:
    """What the first steps let expect of a run."""
    return (
        f"about {duration(event.seconds_left)} of training left, at "
        f"{event.tokens_per_second:,.0f} target tokens/s; "
        f"peak memory so far {event.peak_memory:.1f} GiB"
    )


def show_training(events: Iterable[Event], done: float = 0.0) -> Finished:
    """Show a run while it goes on: a bar on a terminal, else a line now and then.

    done: how much of the run lies behind it already, 0 to 1.
    """
    columns = BarColumn(10), TextColumn("{task.percentage:3.0f}%"), TextColumn("{task.description}")
    bar = Bar(*columns, console=err, transient=True, disable=not err.is_terminal)
    task = bar.add_task("the first steps ...", total=1.0)
    bar.update(task, completed=done)
    reported = time.monotonic()
    finished = None
    first = True
    with bar:
        for event in events:
            if isinstance(event, Progress):
                if first:
                    say(estimate(event))
                    first = False
                bar.update(task, completed=event.fraction, description=short_line(event))
                if bar.disable and time.monotonic() - reported >= PLAIN_REPORT_EVERY:
                    say(progress_line(event))
                    reported = time.monotonic()
            elif isinstance(event, Validation):
                show_validation(event)
            elif isinstance(event, Notice):
                warn(f"step {event.step:,}: {event.message}")
            else:
                finished = event
    assert isinstance(finished, Finished)  # the loop always ends with it
    return finished


def track(
    items: Iterable[Item],
    what: str,
    total: int | None = None,
    unit: str = "pairs",
    every: int = 1000,
) -> Iterator[Item]:
    """The same items, while a bar shows how many have passed; without a terminal, a line at times.

    what: is done with them; total: how many they are; unit: what they are; every: items between
    looks at the clock.
    """
    columns = TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn()
    bar = Bar(*columns, TimeRemainingColumn(), console=err, transient=True,
              disable=not err.is_terminal)  # fmt: skip
    task = bar.add_task(what, total=total)
    began = reported = time.monotonic()
    with bar:
        for number, item in enumerate(items, 1):
            yield item
            if number % every:
                continue
            bar.update(task, completed=number)
            now = time.monotonic()
            if bar.disable and now - reported >= PLAIN_REPORT_EVERY:
                of = f" of {total:,}" if total else ""
                say(f"{what}: {number:,}{of} {unit}, {number / (now - began):,.0f} {unit}/s")
                reported = now


def show_progress(reports: Iterable[tuple[float, str]]) -> None:
    """A bar while work goes on; without a terminal, a line at times.

    reports: how much is done, 0 to 1, and what else there is to say.
    """
    columns = BarColumn(20), TextColumn("{task.percentage:3.0f}%"), TextColumn("{task.description}")
    bar = Bar(*columns, console=err, transient=True, disable=not err.is_terminal)
    task, reported = bar.add_task("", total=1.0), time.monotonic()
    with bar:
        for done, text in reports:
            bar.update(task, completed=done, description=text)
            if bar.disable and time.monotonic() - reported >= PLAIN_REPORT_EVERY:
                say(f"{done:4.0%}  {text}")
                reported = time.monotonic()


@contextmanager
def receiving(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Shows how many bytes have come, and of how many; without a terminal, a line at times."""
    columns = BarColumn(20), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    bar = Bar(TextColumn("{task.description}"), *columns, console=err, transient=True,
              disable=not err.is_terminal)  # fmt: skip
    task = bar.add_task(what, total=None)
    reported = time.monotonic()

    def progress(came: int, total: int | None) -> None:
        nonlocal reported
        bar.update(task, completed=came, total=total)
        now = time.monotonic()
        if bar.disable and now - reported >= PLAIN_REPORT_EVERY:
            say(f"{what}: {came:,}{f' of {total:,}' if total else ''} bytes")
            reported = now

    with bar:
        yield progress


@contextmanager
def growing_text() -> Iterator[Callable[[str], None]]:
    """Shows a text while it grows, and takes it away at the end; nothing without a terminal."""
    if not err.is_terminal:
        yield lambda text: None
        return
    with Live(console=err, transient=True, auto_refresh=False) as live:
        yield lambda text: live.update(Text(text), refresh=True)


def short_line(event: Progress) -> str:
    """What fits beside a bar on a terminal of 80 columns."""
    return (
        f"step {event.step:,}  loss {event.loss:.3f}  lr {event.learning_rate:.1e}  "
        f"{event.tokens_per_second:,.0f} tok/s  {duration(event.seconds_left)} left"
    )


def progress_line(event: Progress) -> str:
    return (
        f"step {event.step:,}  epoch {event.epoch}  loss {event.loss:.3f}  "
        f"rate {event.learning_rate:.1e}  {event.tokens_per_second:,.0f} tokens/s  "
        f"{duration(event.seconds_left)} left"
    )


def show_validation(event: Validation) -> None:
    kept = "  best so far, saved" if event.improved else ""
    say(
        f"step {event.step:,}  epoch {event.epoch}  valid perplexity {event.perplexity:.2f}  "
        f"BLEU {event.bleu:.1f}{kept}",
        style="bold",
    )
    if event.trouble:
        warn(
            f"{event.trouble}; early in training that may pass, else try a lower --learning-rate, "
            "and check that line n of one side translates line n of the other, that the languages "
            "are not swapped (--pair), and that the validation set is of the same kind as the "
            "training pairs"
        )
    for sample in event.samples:
        say(f"  source     {sample.source}")
        say(f"  reference  {sample.reference}")
        say(f"  model      {sample.hypothesis}")


def is_interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
