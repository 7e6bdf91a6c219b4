"""`mtkit translate`"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtkit.bitext import count_lines, iterate_lines
from mtkit.cli.engines import DRAWN, Run, decisive, exported, pytorch, search_config
from mtkit.cli.options import AUTO, PRECISION, SearchPrecision
from mtkit.cli.options import option as plain_option
from mtkit.cli.rendering import Destination, Format
from mtkit.cli.streams import input_lines, output
from mtkit.config import NORMALISATIONS, SearchConfig
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.output import Translation

SEARCH, SAMPLING, WANTED, OUTPUT = "Search", "Sampling", "What must come", "Output"
Normalisation = StrEnum("Normalisation", list(NORMALISATIONS))  # type: ignore[misc]
EngineName = StrEnum("EngineName", ["pytorch", "ctranslate2"])
PYTORCH = EngineName("pytorch")
option = partial(plain_option, show_default=True)
WU = Normalisation(SearchConfig.normalisation)


def translate(
    text: Annotated[
        list[str] | None, typer.Argument(help="Sentences.  Without: --input, or stdin.")
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option(
            help="A model directory; several translate as one.  Without: the run trained last."
        ),
    ] = None,
    input: Annotated[Path | None, typer.Option(help="A file of lines, plain or .gz.")] = None,
    tag: Annotated[
        str | None, typer.Option(help="Of those it was trained with.  Without: the first.")
    ] = None,
    whole_lines: Annotated[
        bool, typer.Option("--whole-lines", help="Do not split lines into sentences.")
    ] = False,
    batch_tokens: Annotated[
        int, typer.Option(help="Source pieces in a batch: more take more memory.")
    ] = SearchConfig.batch_tokens,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes on a CPU.  Without: as many as cores for a file.", min=1),
    ] = None,
    device: Annotated[str, typer.Option(help="auto (cuda, then mps, then cpu), or one.")] = "auto",
    engine: Annotated[
        EngineName, typer.Option(help="What computes; ctranslate2 reads what `mtkit export` wrote.")
    ] = PYTORCH,
    beam_size: Annotated[
        int, option(SEARCH, "Hypotheses kept at each step; 1 is greedy search.")
    ] = SearchConfig.beam_size,
    length_penalty: Annotated[
        float, option(SEARCH, "Alpha of Wu et al. (2016): above 0, longer outputs count more.")
    ] = SearchConfig.length_penalty,
    normalisation: Annotated[
        Normalisation, option(SEARCH, "Rank by Wu et al.'s penalty, or by the mean over pieces.")
    ] = WU,
    n_best: Annotated[
        int, option(SEARCH, "Lines to write for each line: the best, the second best, ...")
    ] = SearchConfig.n_best,
    min_length: Annotated[
        int, option(SEARCH, "Pieces that an output has at least.")
    ] = SearchConfig.min_length,
    max_length: Annotated[
        int | None, option(SEARCH, "And at most.  Without: twice the source's and 10.")
    ] = SearchConfig.max_length,
    no_repeat_ngram: Annotated[
        int, option(SEARCH, "So many pieces in a row are never said twice; 0: they may be.")
    ] = SearchConfig.no_repeat_ngram,
    shortlist: Annotated[
        bool,
        option(
            SEARCH,
            "Faster, and slightly worse: only likely pieces may come (mtkit shortlist).",
            "--shortlist",
        ),
    ] = False,
    precision: Annotated[SearchPrecision, PRECISION] = AUTO,
    sample: Annotated[
        bool, option(SAMPLING, "Draw translations at random, --n-best of them.", "--sample")
    ] = False,
    mbr: Annotated[
        int | None,
        option(SAMPLING, "Draw so many, and take what has most in common with the others (chrF)."),
    ] = None,
    temperature: Annotated[
        float | None, option(SAMPLING, "Below 1, the likely becomes likelier.  (1)")
    ] = None,
    top_k: Annotated[int | None, option(SAMPLING, "Only the k likeliest pieces may come.")] = None,
    top_p: Annotated[
        float | None,
        option(SAMPLING, "Only the likeliest pieces that together have this probability."),
    ] = None,
    seed: Annotated[int | None, option(SAMPLING, "The same seed draws the same.  (1)")] = None,
    prefix: Annotated[str, option(WANTED, "Every translation begins so.")] = "",
    require: Annotated[
        list[str] | None, option(WANTED, "A phrase that must appear; may be repeated.")
    ] = None,
    forbid: Annotated[
        list[str] | None, option(WANTED, "A phrase that must not appear; may be repeated.")
    ] = None,
    glossary: Annotated[
        Path | None,
        option(
            WANTED, "Lines of `source phrase TAB target phrase`: where one is, so is the other."
        ),
    ] = None,
    out: Annotated[Path | None, option(OUTPUT, "A file, instead of stdout.", "--output")] = None,
    resume: Annotated[
        bool, option(OUTPUT, "Go on with an --output that was interrupted.", "--resume")
    ] = False,
    scores: Annotated[bool, option(OUTPUT, "Write `score TAB translation`.", "--scores")] = False,
    alignments: Annotated[
        bool, option(OUTPUT, "Write `translation TAB 0-0 1-2 ...`: Pharaoh format.", "--alignments")
    ] = False,
    as_json: Annotated[
        bool, option(OUTPUT, "One JSON object a line: texts, scores, tokens, alignment.", "--json")
    ] = False,
    stream: Annotated[
        bool, option(OUTPUT, "Show a translation on the terminal while it grows.", "--stream")
    ] = False,
) -> None:
    """Translate sentences, or lines of text: one line out for each line in.

    [bold]mtkit translate "Have you ever been to Berlin?"[/bold]

    [bold]mtkit translate < test.en > test.de[/bold]

    [bold]mtkit translate --model runs/mine --input test.en --output test.de --beam-size 1[/bold]

    [bold]mtkit translate --glossary terms.tsv --forbid "Sie" --json < mail.en[/bold]
    """
    options = dict(locals())
    check_usage(options)
    from mtkit import console

    form = Format(scores, alignments, as_json)
    load = pytorch if engine is PYTORCH else exported
    files, run = load(options, search_config(options), form)
    directory = files[0].parent
    if not text and input is None and console.is_interactive() and out is None:
        prompt(directory, form, run)
        return
    typed = iterate_lines(map(os.fsencode, text or ()), "argument")
    destination = Destination(out, form, lambda: decisive(options, files), resume)
    if stream:
        with console.growing_text() as show:
            found = list(run(typed, show))
        count = destination.write(text or (), lambda _: iter(found))
    elif text:
        count = destination.write(typed, run)
    else:
        lines = input_lines([input] if input else [])
        count = destination.write(lines, lambda rest: tracked(run(rest), input))
    if model is None:
        console.say(f"translated by `{directory}`, the model trained last", style="dim")
    if out is not None:
        console.say(f"{counted(count, 'line')} translated: `{out}`")
        console.next_step("mtkit", "evaluate", "--hypothesis", out, "--reference", "FILE")
    elif engine is PYTORCH:
        console.next_step("mtkit", "evaluate", directory)


def check_usage(options: Mapping[str, Any]) -> None:
    """Errors: typer.BadParameter for options that contradict each other."""
    unset: tuple[object, ...] = (None, False, "")
    given = {name for name, value in options.items() if not any(value is no for no in unset)}
    if options["text"] and options["input"]:
        raise typer.BadParameter("give sentences or --input, not both")
    if given >= {"sample", "mbr"}:
        raise typer.BadParameter("--mbr draws samples itself: leave out --sample")
    if given & set(DRAWN) and not given & {"sample", "mbr"}:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in DRAWN if name in given)
        raise typer.BadParameter(f"{names} goes with --sample or --mbr")
    if "as_json" in given and given & {"scores", "alignments"}:
        raise typer.BadParameter("--json has scores and alignments: leave out the others")
    if "resume" in given and "out" not in given:
        raise typer.BadParameter("--resume goes on with an --output: name it")
    if "shortlist" in given:
        others = given & {"prefix", "require", "forbid", "glossary"}
        if others or len(options["model"] or ()) > 1:
            names = ", ".join(f"--{name}" for name in sorted(others)) or "a second --model"
            raise typer.BadParameter(f"{names} cannot be used with --shortlist")
    if options["engine"] is not PYTORCH:
        check_engine(given, options["model"])
    if options["stream"] and (len(options["text"] or ()) != 1 or "out" in given):
        raise typer.BadParameter("--stream shows one sentence: give one, and no --output")


ENGINE_HAS = {  # of the options
    "text", "model", "input", "whole_lines", "batch_tokens", "device", "engine", "beam_size",
    "length_penalty", "normalisation", "n_best", "min_length", "max_length", "no_repeat_ngram",
    "precision", "out", "resume", "scores",
}  # fmt: skip


def check_engine(given: set[str], models: Sequence[Path] | None) -> None:
    """Errors: typer.BadParameter for options that CTranslate2 is not asked to heed."""
    if others := given - ENGINE_HAS:
        names = (name.removeprefix("as_").replace("_", "-") for name in others)
        raise typer.BadParameter(
            f"{', '.join(f'--{name}' for name in sorted(names))} "
            "cannot be used with --engine ctranslate2"
        )
    if len(models or ()) != 1:
        raise typer.BadParameter("--engine ctranslate2 needs the --model that was exported for it")


def tracked(translations: Iterator[Translation], file: Path | None) -> Iterator[Translation]:
    """The same, while a bar shows how many lines are done; of how many, if it is a file."""
    from mtkit import console

    total = count_lines(file) if file and console.err.is_terminal else None
    return console.track(translations, "translating", total, "lines")


def prompt(directory: Path, form: Format, run: Run) -> None:
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
        with console.growing_text() as show:
            [found] = run([line], show)
        with output(None) as writer:
            writer.lines(form.lines(found))
    console.next_step("mtkit", "evaluate", directory)
