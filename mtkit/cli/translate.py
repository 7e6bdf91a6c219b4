"""`mtkit translate`"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import iterate_lines
from mtkit.cli.streams import Writer, input_lines, output
from mtkit.config import SearchConfig

if TYPE_CHECKING:
    from mtkit.translator import Translation, Translator


def translate(
    text: Annotated[
        list[str] | None, typer.Argument(help="Sentences.  Without: --input, or stdin.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="A model directory.  Without: the run trained last.")
    ] = None,
    input: Annotated[Path | None, typer.Option(help="A file of lines, plain or .gz.")] = None,
    out: Annotated[Path | None, typer.Option("--output", help="A file, instead of stdout.")] = None,
    beam_size: Annotated[
        int, typer.Option(help="Hypotheses kept at each step; 1 is greedy search.")
    ] = SearchConfig.beam_size,
    length_penalty: Annotated[
        float, typer.Option(help="Alpha of Wu et al. (2016): above 0, longer outputs count more.")
    ] = SearchConfig.length_penalty,
    tag: Annotated[
        str | None, typer.Option(help="Of those it was trained with.  Without: the first.")
    ] = None,
    n_best: Annotated[
        int, typer.Option(help="Lines to write for each line: the best, the second best, ...")
    ] = SearchConfig.n_best,
    scores: Annotated[
        bool, typer.Option("--scores", help="Write `score TAB translation`.")
    ] = False,
    batch_tokens: Annotated[
        int, typer.Option(help="Pieces in a batch: more is faster and takes more memory.")
    ] = SearchConfig.batch_tokens,
    device: Annotated[str, typer.Option(help="auto (cuda, then mps, then cpu), or one.")] = "auto",
) -> None:
    """Translate sentences, or lines of text: one line out for each line in.

    [bold]mtkit translate "Have you ever been to Berlin?"[/bold]

    [bold]mtkit translate < test.en > test.de[/bold]

    [bold]mtkit translate --model runs/mine --input test.en --output test.de --beam-size 1[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import latest_run
    from mtkit.translator import Translator

    if text and input:
        raise typer.BadParameter("give sentences or --input, not both")
    config = SearchConfig(beam_size, length_penalty, n_best, batch_tokens)
    directory = model or latest_run()
    translator = Translator.load(directory, config, device, tag)
    if not text and input is None and console.is_interactive() and out is None:
        prompt(translator, directory, scores)
        return
    if text:
        lines = iterate_lines(map(os.fsencode, text), "argument")
    else:
        lines = input_lines([input] if input else [])
    with output(out) as writer:
        count = write(translator, lines, writer, scores)
    if model is None:
        console.say(f"translated by `{directory}`, the model trained last", style="dim")
    if out is None:
        console.next_step("mtkit", "evaluate", directory)
    else:
        console.say(f"{count:,} lines translated: `{out}`")
        console.next_step("mtkit", "evaluate", "--hypothesis", out, "--reference", "FILE")


def write(translator: Translator, lines: Iterable[str], writer: Writer, scores: bool) -> int:
    """Translate and write line after line; warn of those that had to be split."""
    from mtkit import console

    number = 0
    for number, translation in enumerate(translator.translate(lines), 1):
        if translation.parts > 1:
            console.warn(
                f"line {number:,} is longer than the model's {translator.positions} positions: "
                f"translated in {translation.parts} parts"
            )
        writer.lines(rendered(translation, scores))
    return number


def rendered(translation: Translation, scores: bool) -> list[str]:
    if not scores:
        return translation.texts
    pairs = zip(translation.scores, translation.texts, strict=True)
    return [f"{score:.4f}\t{text}" for score, text in pairs]


def prompt(translator: Translator, directory: Path, scores: bool) -> None:
    """Translate what a person types, until Ctrl-D."""
    import readline  # noqa: F401 - gives input() a history and editing keys

    from mtkit import console

    console.say(f"{directory}: type a sentence, or Ctrl-D to end")
    while True:
        try:
            line = input("> ")
        except EOFError:
            console.say("")  # the next line would stand behind the prompt
            break
        with output(None) as writer:
            write(translator, [line], writer, scores)
    console.next_step("mtkit", "evaluate", directory)
