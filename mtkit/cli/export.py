"""`mtkit export`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import Bitext, read_files, read_lines
from mtkit.card import ModelCard
from mtkit.config import SearchConfig
from mtkit.errors import MtkitError
from mtkit.places import check_writable, whole_directory

if TYPE_CHECKING:
    from mtkit.engine import Engine
    from mtkit.translator import Translator

LEAST = 0.99  # share of identical outputs; the same arithmetic in another order
SAMPLE = 200  # sentences that both engines translate

Format = StrEnum("Format", ["ctranslate2"])


def export(
    out: Annotated[Path, typer.Option(help="The new directory.")],
    run: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    to: Annotated[Format, typer.Option(help="What reads it.")] = Format.ctranslate2,
    source: Annotated[
        Path | None,
        typer.Option(help="Sentences for the proof.  Without: the model's own validation set."),
    ] = None,
    reference: Annotated[Path | None, typer.Option(help="Their translations, for BLEU.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is in --out.")
    ] = False,
) -> None:
    """Write a model for CTranslate2, and prove that it translates alike.

    The proof: the first 200 sentences are translated by both, by greedy search. Where under 99% of
    the outputs are identical, nothing is written and the exit status is 1.

    Needs CTranslate2: pip install 'mtkit\\[ctranslate2]'

    [bold]mtkit export runs/mine --out runs/mine-ct2[/bold]

    [bold]mtkit translate --engine ctranslate2 --model runs/mine-ct2 "A sentence."[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import latest_run, load_card
    from mtkit.engine import Engine
    from mtkit.export import export as write
    from mtkit.translator import Translator

    if reference and not source:
        raise typer.BadParameter("--reference belongs to --source")
    check_writable(out)
    directory = run or latest_run()
    greedy = SearchConfig(beam_size=1)
    translator, card = Translator.load(directory, greedy, "cpu"), load_card(directory)
    sample = sentences(card, source, reference)
    with replacing(out, overwrite) as place:
        write(translator.model, translator.tokenizer, card, place)
        prove(translator, Engine(place, greedy, "cpu"), sample)
    console.say(f"written: `{out}`")
    console.next_step("mtkit", "translate", "--engine", to.value, "--model", out, "A sentence.")


@contextmanager
def replacing(out: Path, overwrite: bool) -> Iterator[Path]:
    """An empty directory that takes the place of `out` once it is filled, and else vanishes.

    Errors: MtkitError where something is there that is not to be replaced.
    """
    from mtkit.engine import NOTES

    if out.exists() and not overwrite:
        raise MtkitError(f"`{out}` is there already", "replace it by --overwrite, or name another")
    if out.exists() and not (out / NOTES).is_file():
        raise MtkitError(
            f"`{out}` is not an exported model, and is not replaced", "name another --out"
        )
    with whole_directory(out, replace=overwrite) as folder:
        yield folder


def sentences(card: ModelCard, source: Path | None, reference: Path | None) -> Bitext:
    """What both engines translate; without references the target side is empty.

    Errors: MtkitError if the model's corpus is gone and no other is named.
    """
    from mtkit.cli.inputs import corpus_of_card

    if source and reference:
        found = read_files((source, reference))
    elif source:
        found = Bitext(read_lines(source), [])
    else:
        roles = [data.role for data in card.data]
        role = next((role for role in ("valid", "test", "train") if role in roles), "valid")
        try:
            found = corpus_of_card(card, role).read(role)
        except MtkitError as error:
            raise MtkitError(error.message, "name sentences to try: --source FILE") from error
    if not found.source:
        raise MtkitError("there are no sentences to try", "name some: --source FILE")
    return Bitext(found.source[:SAMPLE], found.target[:SAMPLE])


def prove(translator: Translator, engine: Engine, sample: Bitext) -> None:
    """Say how alike two engines translate.  Errors: MtkitError where it is too little."""
    from mtkit import console
    from mtkit.evaluation import bleu

    ours, theirs = (
        [translation.texts[0] for translation in side.translate(sample.source)]
        for side in (translator, engine)
    )
    same = share(ours, theirs)
    said = f"{same:.1%} of {len(ours):,} outputs are identical"
    if sample.target:
        language = engine.card.target_language
        before, after = (bleu(found, sample.target, language) for found in (ours, theirs))
        said += f"; BLEU {before:.2f} and {after:.2f}, a difference of {after - before:+.2f}"
    if same < LEAST:
        raise MtkitError(
            f"the exported model translates otherwise: only {said}",
            "please report it: nothing was written",
        )
    console.say(f"proof: {said}")


def share(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Of lines that are the same."""
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / max(len(ours), 1)
