"""`mtkit report`"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mtkit.cli.options import option
from mtkit.config import SearchConfig

SET, SEARCH = "Test set", "Search"


def report(
    run: Annotated[
        Path | None,
        typer.Argument(
            help="A model directory.  Without: the run trained last.", show_default=False
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The page; its name ends in .html.")] = Path(
        "report.html"
    ),
    sentence: Annotated[
        list[str] | None,
        typer.Option(
            help="One of your own to look into, before those of the test set; may be repeated.",
            show_default=False,
        ),
    ] = None,
    sentences: Annotated[
        int, typer.Option(help="Of the test set, to show and look into.", min=0, max=100)
    ] = 8,
    name: Annotated[
        str | None,
        option(SET, "A set of the model's corpus, such as valid.  (test, else valid)", "--set"),
    ] = None,
    source: Annotated[Path | None, option(SET, "Sentences to translate and score.")] = None,
    reference: Annotated[
        list[Path] | None, option(SET, "Their right translations; may be repeated.")
    ] = None,
    beam_size: Annotated[int, option(SEARCH, "1 is greedy search.", show_default=True)] = (
        SearchConfig.beam_size
    ),
    length_penalty: Annotated[
        float, option(SEARCH, "Alpha of Wu et al. (2016).", show_default=True)
    ] = SearchConfig.length_penalty,
    batch_tokens: Annotated[int, option(SEARCH, "Pieces in a batch.", show_default=True)] = (
        SearchConfig.batch_tokens
    ),
    device: Annotated[
        str, option(SEARCH, "auto (cuda, then mps, then cpu), or one.", show_default=True)
    ] = "auto",
) -> None:
    """Write a page to look at: one HTML file that needs no network.

    The model card, curves, scores, translations with what differs from the
    references, an attention viewer, the beam as a tree, the embedding as a map.

    Translates and scores a test set; the model directory stays as it is.

    [bold]mtkit report[/bold]

    [bold]mtkit report runs/mine --out mine.html --set valid[/bold]

    [bold]mtkit report runs/mine --sentence "A man is sleeping."[/bold]

    Needs jinja2 and matplotlib: pip install 'mtkit\\[report]'
    """
    options = locals()
    check_usage(options)
    from mtkit.cli.reporting import report_with

    report_with(options)


def check_usage(options: Mapping[str, Any]) -> None:
    """Errors: typer.BadParameter for options that contradict each other."""
    given = {name for name, value in options.items() if value}
    if ("source" in given) != ("reference" in given):
        raise typer.BadParameter("--source and --reference go together")
    if {"name", "source"} <= given:
        raise typer.BadParameter("give --set, or --source and --reference: one of them")
