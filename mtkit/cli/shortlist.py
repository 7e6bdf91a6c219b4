"""`mtkit shortlist`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import Files, count, is_whole, iterate_files
from mtkit.errors import MtkitError
from mtkit.places import check_writable
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.batches import EncodedPair
    from mtkit.card import ModelCard
    from mtkit.tokenizer import Tokenizer

Tagged = tuple[Files, str, int]  # the files of a bitext, its tag, and how many pairs it has
PASS = 20_000  # pairs that are read from everywhere, before those between them are


def shortlist(
    run: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(help="Source sentences.  Without: what the model was trained with."),
    ] = None,
    target: Annotated[
        Path | None, typer.Option(help="Their translations, line by line; goes with --source.")
    ] = None,
) -> None:
    """Learn which pieces translate which, so that `mtkit translate --shortlist` is faster.

    A translation then holds only pieces that translate one of the source, that
    stand in the source, or that are frequent: some outputs change.

    The pairs are taken evenly from all: 20,000 long ones, or more short ones.

    [bold]mtkit shortlist runs/mine[/bold]

    [bold]mtkit translate --shortlist --model runs/mine --input test.en[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import LEXICON, latest_run, load_card, load_tokenizer
    from mtkit.lexicon import Lexicon, within_links

    if (source is None) != (target is None):
        raise typer.BadParameter("--source and --target go together")
    directory = run or latest_run()
    card = load_card(directory)
    tokenizer = load_tokenizer(directory, card)
    check_writable(directory)
    if source and target:
        files: Files = source, target
        sets = [(files, card.tag, count(iterate_files(files)).pairs)]
    else:
        sets = training_sets(card)
    pairs = encoded_evenly(sets, tokenizer, card.model.max_positions)
    chosen = list(within_links(console.track(pairs, "reading", None, "pairs")))
    Lexicon.fit(chosen, tokenizer.vocab_size).save(directory, tokenizer)
    console.say(f"learnt from {counted(len(chosen), 'pair')}: `{directory / LEXICON}`")
    console.next_step("mtkit", "translate", "--shortlist", "--model", directory, "A sentence.")


def training_sets(card: ModelCard) -> list[Tagged]:
    """What a model was trained with.  Errors: MtkitError if a file is gone or has changed."""
    from mtkit.cli.inputs import corpus_of_card

    try:
        corpus_of_card(card, "train")
    except MtkitError as error:
        hint = "name pairs to learn from: --source FILE --target FILE"
        raise MtkitError(error.message, hint) from error
    train = [found for found in card.data if found.role == "train"]
    return [(tuple(map(Path, found.paths)), found.tag, found.pairs) for found in train]


def encoded_evenly(
    sets: Sequence[Tagged], tokenizer: Tokenizer, longest: int
) -> Iterator[EncodedPair]:
    """All pairs of at most `longest` positions, but so that the first ones come from everywhere."""
    from mtkit.batches import encode_pair

    step = -(-sum(pairs for _, _, pairs in sets) // PASS)
    for first in range(step):
        every = ((pair, tag) for files, tag, _ in sets for pair in iterate_files(files))
        for pair, tag in islice(every, first, None, step):
            found = encode_pair(*pair, tokenizer)
            if tag:
                found = found.tagged(tokenizer.tag(tag))
            if is_whole(pair) and found.length <= longest:
                yield found
