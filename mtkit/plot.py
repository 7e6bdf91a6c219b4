"""The curves of one or several runs in a picture."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.checkpoint import write_bytes
from mtkit.curves import Curves
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg")
LONGEST_NAME = 60  # characters of a run's name in the legend
FEW = 30  # points: with so few, each gets a marker
# Told apart by colour-blind readers too (Okabe and Ito, 2008), and without any colour.  The numbers
# of colours and of line styles have no common factor: 28 runs before two look the same.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
BEST: dict[str, Any] = {"markersize": 9, "markeredgecolor": "black", "markeredgewidth": 1.8}


@dataclass(frozen=True)
class Panel:
    """One pair of axes: a figure of a kind of event over the steps."""

    event: str
    key: str  # of `curves.FIGURES`
    title: str
    unit: str


PANELS = (
    Panel("progress", "loss", "Training loss", "nats per target token, smoothed labels"),
    Panel("validation", "perplexity", "Validation perplexity", "perplexity per target token"),
    Panel("progress", "learning_rate", "Learning rate", "learning rate of the next step"),
    Panel("validation", "bleu", "Validation BLEU", "BLEU, 0 to 100"),
)


def check_format(path: Path) -> str:
    """`png` or `svg`.  Errors: MtkitError for any other ending of the name."""
    if path.suffix.lower() not in FORMATS:
        raise MtkitError(
            f"`{path}` is not the name of a picture that can be drawn",
            f"let it end in {' or '.join(FORMATS)}",
        )
    return path.suffix.lower()[1:]


def write_picture(path: Path, runs: Sequence[Curves]) -> None:
    """Draw the runs; the whole picture or none.

    Errors: MtkitError for another format than PNG or SVG, without matplotlib, or a full disk.
    """
    check_format(path)
    save_picture(draw(runs), path)


def save_picture(figure: Figure, path: Path) -> None:
    """The whole picture or none; a script that the font lacks is drawn as boxes.

    Errors: MtkitError for another format than PNG or SVG, or a full disk.
    """
    wanted, content = check_format(path), io.BytesIO()
    with boxes_allowed():
        figure.savefig(content, format=wanted)
    write_bytes(path, content.getbuffer())


@contextmanager
def boxes_allowed() -> Iterator[None]:
    """No warning of characters that no font has: they are drawn as boxes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield


def draw(runs: Sequence[Curves]) -> Figure:
    """Four panels, each with a line a run.  Errors: MtkitError without matplotlib."""
    figure = new_figure(height=7.0 + 0.25 * len(runs))
    grid = figure.subplots(2, 2, sharex=True)
    for axes, panel in zip(grid.flat, PANELS, strict=True):
        for run, look in zip(runs, looks(), strict=False):
            draw_run(axes, panel, run, look)
        finish_axes(axes, panel, runs)
    for axes in grid[-1]:
        axes.set_xlabel("training step (updates of the weights)")
    add_legend(figure, runs)
    return figure


def new_figure(height: float, width: float = 11.0) -> Figure:
    """An empty picture, in inches.  Errors: MtkitError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MtkitError(
            f"a picture needs matplotlib: {error}", "type: pip install 'mtkit[plot]'"
        ) from error
    return Figure(figsize=(width, height), dpi=150, layout="constrained")


def looks() -> Iterator[dict[str, Any]]:
    """Colour, line style and marker of one run after the other, without end."""
    for colour, line, marker in zip(cycle(COLOURS), cycle(LINES), cycle(MARKERS), strict=False):
        yield {"color": colour, "linestyle": line, "marker": marker, "markersize": 4.5, "lw": 1.4}


def draw_run(axes: Axes, panel: Panel, run: Curves, look: dict[str, Any]) -> None:
    steps, values = run.values(panel.event, panel.key)
    axes.plot(steps, values, **look, markevery=None if len(steps) <= FEW else [])
    if panel.event == "validation" and run.best:
        best = [run.best["step"]], [run.best[panel.key]]
        axes.plot(*best, **look | BEST | {"linestyle": ""}, zorder=3)


def finish_axes(axes: Axes, panel: Panel, runs: Sequence[Curves]) -> None:
    """Titles, limits and ticks."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.set_title(panel.title, loc="left", fontweight="bold")
    axes.set_ylabel(panel.unit)
    tidy(axes)
    axes.tick_params(labelbottom=True)
    axes.set_xlim(0, 1.03 * max(1.0, *(row["step"] for run in runs for row in run.all)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    values = [
        value
        for run in runs
        for value in run.values(panel.event, panel.key)[1]
        if math.isfinite(value)
    ]
    if values:
        scale_values(axes, panel, min(values), max(values))
    else:
        axes.set_yticks([])
        text = f"no {panel.event} to show yet"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color="0.4")


def tidy(axes: Axes) -> None:
    """A light grid behind what is drawn, and no frame above and on the right."""
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def scale_values(axes: Axes, panel: Panel, low: float, high: float) -> None:
    """Perplexities far apart get a logarithmic scale; no number is written as a power of ten."""
    from matplotlib.ticker import LogLocator, NullLocator, ScalarFormatter, StrMethodFormatter

    if panel.key == "perplexity" and 0 < 10 * low <= high:
        axes.set_yscale("log")
        subs = (1, 2, 3, 5) if high < 100 * low else (1, 2, 5)
        axes.yaxis.set_major_locator(LogLocator(subs=subs))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        return
    if low == high == 0:
        axes.set_ylim(-0.05, 1)
    formatter = ScalarFormatter(useOffset=False)
    formatter.set_scientific(False)
    axes.yaxis.set_major_formatter(formatter)


def add_legend(figure: Figure, runs: Sequence[Curves]) -> None:
    """Above the panels: a line a run, with its best validation, and how that one is marked."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **look) for _, look in zip(runs, looks(), strict=False)]
    texts = [described(run, name) for run, name in zip(runs, names(runs), strict=True)]
    if any(run.best for run in runs):
        handles.append(Line2D([], [], **BEST, color="white", linestyle="", marker="o"))
        texts.append("large, with a black rim: best validation of the run")
    legend = figure.legend(
        handles, [""] * len(handles), loc="outside upper left", frameon=False, handlelength=4
    )
    for shown, text in zip(legend.get_texts(), texts, strict=True):
        shown.set_parse_math(False)  # a name is shown as it is: no $ and no leading _ is special
        shown.set_text(text)


def described(run: Curves, name: str) -> str:
    return f"{name}: best {best_of(run)}" if run.best else f"{name}: no validation yet"


def best_of(run: Curves) -> str:
    """The best validation, whose weights were kept, in words; nothing if there was none."""
    if not run.best:
        return ""
    step, bleu, perplexity = (run.best[key] for key in ("step", "bleu", "perplexity"))
    return f"BLEU {bleu:.1f}, perplexity {perplexity:,.2f} at step {step:,.0f}"


def names(runs: Sequence[Curves]) -> list[str]:
    """The directories' own names; where two are the same, as the user wrote them."""
    found = [run.directory.resolve().name for run in runs]
    if len(set(found)) < len(found):
        found = [str(run.directory) for run in runs]
    return [name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME:]}" for name in found]
