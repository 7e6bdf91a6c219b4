"""`mtkit tokenize`"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.cli.streams import input_lines, output
from mtkit.config import TOKENIZER_KINDS, TransformerConfig
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from mtkit.tokenizer import Tokenizer


Kind = StrEnum("Kind", list(TOKENIZER_KINDS))  # type: ignore[misc]
DEFAULT_KIND = Kind(TOKENIZER_KINDS[0])


def tokenize(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Text files, plain or .gz.  Without: stdin.")
    ] = None,
    fit: Annotated[bool, typer.Option("--fit", help="Learn a tokenizer from FILES.")] = False,
    out: Annotated[Path | None, typer.Option(help="With --fit: the file to write.")] = None,
    kind: Annotated[Kind, typer.Option(help="With --fit: what pieces are.")] = DEFAULT_KIND,
    vocab_size: Annotated[
        int, typer.Option(help="With --fit: how many pieces.", min=5)
    ] = TransformerConfig.vocab_size,
    coverage: Annotated[
        float | None,
        typer.Option(
            help="With --fit: the share of characters that get a piece.  "
            "By default 1, or 0.9995 for a script of thousands of characters.",
            min=0.9,
            max=1.0,
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The tokenizer: its file, or a model directory.")
    ] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Write (or read) ids, not pieces.")] = False,
    decode: Annotated[
        bool, typer.Option("--decode", help="The way back: pieces (or ids) to text.")
    ] = False,
    sample: Annotated[
        float | None,
        typer.Option(
            metavar="ALPHA",
            min=0.0,
            help="Cut each line in one of many ways, drawn at random: subword regularisation.",
        ),
    ] = None,
) -> None:
    """Learn a tokenizer, or cut text into pieces with one.

    [bold]mtkit tokenize --fit train.en train.de --out tok.model --vocab-size 4000[/bold]

    [bold]echo "The cat sleeps." | mtkit tokenize --model tok.model[/bold]

    [bold]mtkit tokenize --model runs/demo --ids data/everyday/test.en[/bold]
    """
    from mtkit import console
    from mtkit.tokenizer import Tokenizer

    if fit:
        if out is None or not files:
            raise typer.BadParameter("--fit needs FILES to learn from and --out for the result")
        learned = Tokenizer.fit(input_lines(files), vocab_size, kind.value, coverage)
        with output(out) as writer:
            writer.stream.write(learned.model)
        console.say(f"{learned.vocab_size:,} pieces of kind {kind.value}: `{out}`")
        console.next_step("mtkit", "tokenize", "--model", out, files[0])
        return
    if model is None:
        raise typer.BadParameter("give --model, or --fit to learn a tokenizer")
    if decode and sample is not None:
        raise typer.BadParameter("--sample cuts lines into pieces, --decode goes the other way")
    _apply(Tokenizer.load(model), files or [], ids, decode, sample)
    console.next_step("mtkit", "train", "--tokenizer", model)


def _apply(
    tokenizer: Tokenizer, files: Sequence[Path], ids: bool, decode: bool, sample: float | None
) -> None:
    """Cut the lines of the files, or put them together again, and write them."""

    def applied(line: str, number: int) -> str:
        if decode and ids:
            return tokenizer.decode(_read_ids(line, number, tokenizer.vocab_size))
        if decode:
            return tokenizer.decode_pieces(line.split(" "))
        if sample is None and not ids:
            return " ".join(tokenizer.pieces(line))  # unknown characters as they are
        cut = tokenizer.encode(line) if sample is None else tokenizer.sample(line, sample)
        return " ".join(map(str, cut) if ids else map(tokenizer.piece, cut))

    with output(None) as writer:
        writer.lines(applied(line, number) for number, line in enumerate(input_lines(files), 1))


def _read_ids(line: str, number: int, vocab_size: int) -> list[int]:
    for word in line.split():
        if not word.isascii() or not word.isdigit() or int(word) >= vocab_size:
            raise MtkitError(
                f"line {number:,}: `{word}` is no id of this tokenizer",
                f"ids are whole numbers from 0 to {vocab_size - 1}; leave out --ids for pieces",
            )
    return [int(word) for word in line.split()]
