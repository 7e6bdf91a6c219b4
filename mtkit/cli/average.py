"""`mtkit average`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mtkit.errors import MtkitError
from mtkit.places import check_writable
from mtkit.wording import counted


def average(
    out: Annotated[Path, typer.Option(help="The new model directory.")],
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Model directories.  Without: the last run."),
    ] = None,
    last: Annotated[
        int | None, typer.Option(help="Of one run: its last N kept checkpoints.", min=1)
    ] = None,
    best: Annotated[
        int | None, typer.Option(help="Of one run: its N kept checkpoints of best BLEU.", min=1)
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the model that is there.")
    ] = False,
) -> None:
    """Average weights: the checkpoints that one run kept, or the models of several runs.

    A run keeps checkpoints if it is trained with --keep-last or --keep-best.  Several runs must
    share architecture, sizes and tokenizer, and should come from the same start (--init-from).

    [bold]mtkit average runs/mine --best 5 --out runs/averaged[/bold]

    [bold]mtkit average runs/a runs/b --out runs/averaged[/bold]
    """
    from mtkit import console
    from mtkit.averaging import average as mean
    from mtkit.checkpoint import (
        WEIGHTS,
        latest_run,
        load_card,
        load_tensors,
        load_tokenizer,
        new_directory,
        run_in,
        save_model,
    )

    directories = list(runs or [latest_run()])
    if len(directories) > 1 and (last or best) or (last and best):
        raise typer.BadParameter("--last N or --best N choose among the checkpoints of one run")
    if out.resolve() in [directory.resolve() for directory in directories]:
        raise typer.BadParameter("--out must be another directory than those of the models")
    check_writable(out)
    if (there := run_in(out)) and not overwrite:
        raise MtkitError(
            f"`{out}` holds a model already: {', '.join(there)}",
            "replace it by --overwrite, or name another --out",
        )
    card = load_card(directories[0])
    tokenizer = load_tokenizer(directories[0], card)
    if len(directories) == 1:
        files = chosen(directories[0], last, best)
        weights = mean(load_tensors(file)["weights"] for file in files)
    else:
        require_same_kind(directories)
        files = [directory / WEIGHTS for directory in directories]
        weights = mean(map(load_tensors, files))
    parameters = sum(value.numel() for value in weights.values())
    history = {"averaged": [str(file) for file in files], "parameters": parameters}
    new_directory(out)
    save_model(out, replace(card, history=history, scores={}), tokenizer, weights)
    console.say(f"the mean of {len(files)} is `{out}`: " + ", ".join(map(str, files)))
    console.next_step("mtkit", "evaluate", out)


def chosen(directory: Path, last: int | None, best: int | None) -> list[Path]:
    """The checkpoints of a run that are to be averaged."""
    from mtkit.averaging import best_checkpoints, kept_checkpoints

    there = kept_checkpoints(directory)
    wanted = last or best or len(there)
    if not there or wanted > len(there):
        kept = counted(len(there), "checkpoint")
        raise MtkitError(
            f"`{directory}` has kept {kept}, not {wanted or 'several'}",
            "train with --keep-last N or --keep-best N, or name several runs",
        )
    return best_checkpoints(directory, best) if best else there[-wanted:]


def require_same_kind(directories: Sequence[Path]) -> None:
    """Errors: MtkitError if the models do not share a tokenizer, an architecture and sizes."""
    from mtkit.checkpoint import load_card
    from mtkit.cli.settings import DROPOUTS, differing, option_names

    first, *others = [(path, load_card(path)) for path in directories]
    for path, card in others:
        if card.tokenizer.sha256 != first[1].tokenizer.sha256:
            raise MtkitError(
                f"`{first[0]}` and `{path}` have different tokenizers",
                "train them with one: mtkit train --tokenizer RUN, or --init-from RUN",
            )
        changed = [n for n in differing(first[1].model, card.model) if n not in DROPOUTS]
        if changed:
            raise MtkitError(
                f"`{first[0]}` and `{path}` differ in {option_names(changed)}",
                "only models of one kind can be averaged",
            )
