"""`mtkit info`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtkit.cli.streams import output


def info(
    model: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, not a table.")] = False,
) -> None:
    """Show a model's card: architecture, languages, data, how it was trained, scores.

    [bold]mtkit info[/bold]

    [bold]mtkit info runs/mine --json[/bold]
    """
    import json

    from mtkit import console, tables
    from mtkit.checkpoint import latest_run, load_card

    directory = model or latest_run()
    card = load_card(directory)
    if as_json:
        lines = [json.dumps(card.to_json(), indent=2, ensure_ascii=False)]
    else:
        lines = tables.card_table(str(directory), card)
    with output(None) as writer:
        writer.lines(lines)
    console.next_step("mtkit", "translate", "--model", directory, "A sentence.")
