"""`mtkit shortlist`"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

import typer

from mtkit.bitext import Pair, is_whole, iterate_files
from mtkit.errors import MtkitError

LARGEST = 100_000  # pairs that are read
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

    At most 100,000 pairs are read. What is learnt is kept in the model directory: with
    --shortlist, only pieces come that translate one of the source, or that are frequent.

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
    read = console.track(islice(filter(is_whole, pairs), LARGEST), "reading", None, "pairs")
    ids = [(tokenizer.encode(one), tokenizer.encode(other)) for one, other in read]
    if not ids:
        raise MtkitError("there are no pairs to learn from", NAME_PAIRS)
    Lexicon.fit(ids, tokenizer.vocab_size).save(directory, tokenizer)
    console.say(f"learnt from {len(ids):,} pairs: `{directory / LEXICON}`")
    console.next_step("mtkit", "translate", "--shortlist", "--model", directory, "A sentence.")
