"""`mtkit score`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import iterate_files
from mtkit.cli.streams import output
from mtkit.config import SearchConfig
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.scoring import PairScore

BATCH_TOKENS = SearchConfig.batch_tokens


def score(
    source: Annotated[Path, typer.Argument(help="Source sentences, plain or .gz.")],
    target: Annotated[Path, typer.Argument(help="Their translations, line by line.")],
    model: Annotated[
        list[Path] | None,
        typer.Option(help="A model directory; several score as one.  Without: the last run."),
    ] = None,
    tag: Annotated[
        str | None, typer.Option(help="Of those it was trained with.  Without: the first.")
    ] = None,
    batch_tokens: Annotated[int, typer.Option(help="Pieces in a batch.")] = BATCH_TOKENS,
    device: Annotated[str, typer.Option(help="auto (cuda, then mps, then cpu), or one.")] = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON object a line, the last for all.")
    ] = False,
) -> None:
    """How probable a model holds given translations: `log-probability TAB perplexity` a line.

    The log-probability is that of the whole line in nats, the end mark included; the perplexity
    is that of a piece. What all lines have together goes to stderr.

    [bold]mtkit score test.en test.de[/bold]

    [bold]mtkit score test.en output.de --model runs/mine > scores.tsv[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import latest_run
    from mtkit.scoring import PairScore, score_pairs
    from mtkit.translator import Translator

    directories = model or [latest_run()]
    config = SearchConfig(batch_tokens=batch_tokens)
    translator = Translator.load(directories, config, device, tag)
    total, pairs = PairScore(0.0, 0), 0
    with output(None) as writer:
        for found in score_pairs(translator, iterate_files((source, target))):
            writer.lines([rendered(found, as_json)])
            total, pairs = total + found, pairs + 1
        if as_json:
            writer.lines([rendered(total, True, pairs)])
    console.say(
        f"{counted(pairs, 'pair')}, {counted(total.tokens, 'target piece')}: log-probability "
        f"{total.log_probability:.2f}, perplexity {total.perplexity:.3f}"
    )
    console.next_step("mtkit", "evaluate", "--hypothesis", target, "--reference", "FILE")


def rendered(found: PairScore, as_json: bool, pairs: int | None = None) -> str:
    """A line; pairs: how many it stands for, if for all."""
    if not as_json:
        return f"{found.log_probability:.4f}\t{found.perplexity:.4f}"
    values = {"log_probability": found.log_probability, "tokens": found.tokens}
    of_all = {} if pairs is None else {"pairs": pairs}
    perplexity = found.perplexity if found.tokens else None
    return json.dumps(of_all | values | {"perplexity": perplexity})
