"""`mtkit shortlist`"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from mtkit.bitext import Pair, is_whole, iterate_files
from mtkit.errors import MtkitError

NAME_PAIRS = "name pairs to learn from: --source FILE --target FILE"


def shortlist(
    run: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(help="Source sentences.  Without: what the model was trained with."),
    ] = None,
    target: Annotated[Path | None, typer.Option(help="Their translations, line by line.")] = None,
) -> None:
    """Learn which pieces translate which, so that `mtkit translate --shortlist` is faster.

    Some 60,000 pairs are read, from the first on. What is learnt is kept in the model directory.
    With --shortlist, only pieces come that translate one of the source, or that are frequent.

    [bold]mtkit shortlist runs/mine[/bold]

    [bold]mtkit translate --shortlist --model runs/mine --input test.en[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import LEXICON, latest_run, load_card, load_tokenizer
    from mtkit.cli.inputs import corpus_of_card
    from mtkit.lexicon import Lexicon

    if (source is None) != (target is None):
        raise typer.BadParameter("--source and --target go together")
    directory = run or latest_run()
    card = load_card(directory)
    tokenizer = load_tokenizer(directory, card)
    pairs: Iterator[Pair]
    if source and target:
        pairs = iterate_files((source, target))
    else:
        try:
            train = corpus_of_card(card, "train").splits.get("train", [])
        except MtkitError as error:
            raise MtkitError(error.message, NAME_PAIRS) from error
        pairs = chain.from_iterable(map(iterate_files, train))
    read = console.track(filter(is_whole, pairs), "reading", None, "pairs")
    ids = ((tokenizer.encode(one), tokenizer.encode(other)) for one, other in read)
    lexicon = Lexicon.fit(ids, tokenizer.vocab_size)
    lexicon.save(directory, tokenizer)
    console.say(f"learnt from {lexicon.pairs:,} pairs: `{directory / LEXICON}`")
    console.next_step("mtkit", "translate", "--shortlist", "--model", directory, "A sentence.")
