"""`mtkit plot`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtkit.wording import counted


def plot(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Model directories, drawn into one picture.  Without: the run trained last.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The picture; its ending says .png or .svg.")] = Path(
        "curves.png"
    ),
) -> None:
    """Draw a run's curves: loss, perplexity, BLEU and learning rate over the steps.

    Needs matplotlib: pip install 'mtkit\\[plot]'

    [bold]mtkit plot[/bold]

    [bold]mtkit plot runs/one runs/two --out two.svg[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import LOG, latest_run
    from mtkit.curves import read_curves
    from mtkit.plot import check_format, write_picture

    check_format(out)
    directories = dict.fromkeys(runs or [latest_run(holding=LOG)])
    curves = [read_curves(directory) for directory in directories]
    write_picture(out, curves)
    console.say(f"the curves of {counted(len(curves), 'run')} are in `{out}`")
    best = max(curves, key=lambda run: run.best["bleu"] if run.best else -1)
    console.next_step("mtkit", "info", best.directory)
