"""`mtkit explain`"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import iterate_lines
from mtkit.cli.options import option
from mtkit.cli.streams import output
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from mtkit.explanation import Explanation
    from mtkit.heatmaps import HeatMap

ATTENTION, OUTPUT = "Attention", "Output"
Kind = StrEnum("Kind", ["cross", "encoder", "decoder"])
CROSS = Kind("cross")


def explain(
    text: Annotated[str, typer.Argument(help="A sentence.")],
    model: Annotated[
        Path | None, typer.Option(help="A model directory.  Without: the run trained last.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option(help="Of those it was trained with.  Without: the first.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto (cuda, then mps, then cpu), or one.")] = "auto",
    beam_size: Annotated[
        int, typer.Option(help="Hypotheses kept at each step; 1 is greedy search.")
    ] = 3,
    neighbours: Annotated[
        int, typer.Option(help="Of each piece of the source, in the embedding.", min=0)
    ] = 3,
    candidates: Annotated[int, typer.Option(help="Shown of each step.", min=1)] = 5,
    kind: Annotated[
        Kind, option(ATTENTION, "Of the target to the source, or self-attention.")
    ] = CROSS,
    layer: Annotated[
        str | None,
        option(ATTENTION, "A number from 1, or all.  Without: the one that aligns best."),
    ] = None,
    head: Annotated[
        str | None, option(ATTENTION, "A number from 1, all, or mean.  Without: mean.")
    ] = None,
    html: Annotated[
        Path | None,
        option(OUTPUT, "Write all of it into one page, too; with every head, or the chosen ones."),
    ] = None,
    png: Annotated[
        Path | None,
        option(OUTPUT, "Draw the attention, too; every head, or the chosen ones."),
    ] = None,
    as_json: Annotated[
        bool, option(OUTPUT, "One JSON object, with the weights of every head.", "--json")
    ] = False,
) -> None:
    """Show how a sentence becomes a translation, step by step.

    Its pieces and their vectors, the attention, what might have been said, the
    beam as a tree, and which source words each target word looked at.

    [bold]mtkit explain "A man is sleeping."[/bold]

    [bold]mtkit explain "A man is sleeping." --kind encoder --layer 2 --head 1[/bold]

    [bold]mtkit explain "A man is sleeping." --html page.html --png heads.png[/bold]

    --png needs matplotlib: pip install 'mtkit\\[plot]'
    """
    check_ending(html, "--html", ".html", ".htm")
    check_ending(png, "--png", ".png")
    from mtkit import console
    from mtkit.checkpoint import latest_run
    from mtkit.cli.explaining import Page
    from mtkit.config import SearchConfig
    from mtkit.explainer import explain as explained
    from mtkit.heatmaps import ALL, heat_maps
    from mtkit.plot import new_figure
    from mtkit.tables import drawn
    from mtkit.translator import Translator

    if png:
        new_figure(1.0)  # without matplotlib, an error before anything is shown
    directory = model or latest_run()
    translator = Translator.load(directory, SearchConfig(beam_size), device, tag)
    [line] = iterate_lines([os.fsencode(text)], "argument")
    found = explained(translator, line, neighbours, candidates)
    shown = heat_maps(found, kind, layer, head)
    every = heat_maps(found, kind, ALL, ALL) if shown and not (layer or head) else []
    if png:
        draw(png, every or shown)
    if html:
        alone = every and shown[0][0].heads == 1  # its mean would be the same once more
        with output(html) as writer:
            writer.lines([Page(found, every if alone else [*shown, *every]).html()])
        console.say(f"the page is `{html}`")
    with output(None) as writer:
        page = drawn(Page(found, shown, whole=False)) if not as_json else [json_line(found)]
        writer.lines(page)
    if found.remark:
        console.warn(found.remark)
    if model is None:
        console.say(f"translated by `{directory}`, the model trained last", style="dim")
    if html:
        console.next_step("mtkit", "translate", "--model", directory, text)
    else:
        console.next_step("mtkit", "explain", "--model", directory, "--html", "page.html", text)


def json_line(explanation: Explanation) -> str:
    return json.dumps(explanation.to_json(), ensure_ascii=False)


def check_ending(path: Path | None, name: str, *endings: str) -> None:
    """Errors: MtkitError for a file whose name ends otherwise."""
    if path and path.suffix.lower() not in endings:
        raise MtkitError(
            f"{name} does not write `{path}`", f"let its name end in {' or '.join(endings)}"
        )


def draw(path: Path, grid: Sequence[Sequence[HeatMap]]) -> None:
    """Errors: MtkitError for a model without attention, or what `write_heat_maps` raises."""
    from mtkit import console
    from mtkit.heatmaps import write_heat_maps

    if not grid:
        raise MtkitError(
            "the model has no attention to draw: all that it knows of the source is one vector",
            "leave out --png, or train with --arch lstm-attention or transformer",
        )
    lost = write_heat_maps(path, grid)
    console.say(f"the picture is `{path}`")
    if lost:
        console.warn(
            f"no font of this machine has all characters of {len(lost)} pieces "
            f"({', '.join(lost[:5])}): boxes stand for them; their numbers are "
            "those of the text"
        )
