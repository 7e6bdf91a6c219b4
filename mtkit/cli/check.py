"""`mtkit check`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtkit.cli.options import check_usage
from mtkit.cli.streams import output
from mtkit.presets import DEFAULT_PRESET, PRESETS
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.check.inspection import Settings
    from mtkit.check.report import Report
    from mtkit.corpus import Corpus

POSITIONS = PRESETS[DEFAULT_PRESET].model.max_positions


def check(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A directory of {train,valid,test}.{language}.  "
            "Without: the corpus that comes with mtkit.",
            show_default=False,
        ),
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="The direction, such as en-de; guessed if there is but one.")
    ] = None,
    source: Annotated[
        list[Path] | None, typer.Option(help="Source sentences, plain or .gz; may be repeated.")
    ] = None,
    target: Annotated[
        list[Path] | None, typer.Option(help="Their translations, line by line; may be repeated.")
    ] = None,
    tsv: Annotated[
        list[Path] | None,
        typer.Option(help="Pairs in one file: source, tab, target; may be repeated."),
    ] = None,
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="A tokenizer, or a model directory: characters it does not know."),
    ] = None,
    max_positions: Annotated[
        int | None,
        typer.Option(
            help=f"Pieces in the longest sentence.  (those of the model, else {POSITIONS})", min=2
        ),
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(help="Write a cleaned copy, and a list of the changes, to this directory."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON, with the numbers of all lines.")
    ] = False,
) -> None:
    """Say what is wrong with a corpus, and where.

    Errors spoil a training or its scores: the exit status is 1, as it is not after --fix.
    Warnings are faults of single pairs; notes may well be as they should.

    Wrong languages and mojibake are found with: pip install 'mtkit\\[check]'

    [bold]mtkit check my-corpus --pair de-en[/bold]

    [bold]mtkit check --source a.en.gz --target a.de.gz --tokenizer runs/mine[/bold]

    [bold]mtkit check my-corpus --pair de-en --fix my-clean-corpus[/bold]
    """
    from mtkit import console
    from mtkit.check.cleaning import require_new
    from mtkit.check.display import report_json, report_lines
    from mtkit.check.inspection import inspect
    from mtkit.cli.chosen import chosen_corpus

    options = {"data": data, "source": source, "target": target, "tsv": tsv}
    check_usage(options)
    corpus = chosen_corpus(options | {"pair": pair, "mix": None, "valid_source": None})
    settings = settings_of(tokenizer, max_positions)
    if fix:
        require_new(fix)

    def shown(blocks: Any, name: str, number: int) -> Any:
        return console.track(blocks, name, number, "thousand pairs", every=10)

    report = inspect(corpus, settings, shown)
    with output(None) as writer:
        writer.lines([report_json(report)] if as_json else report_lines(report))
    if fix:
        write_copy(report, corpus, fix)
        return
    say_next(report, options | {"pair": corpus.pair})
    if report.has_errors:
        raise typer.Exit(1)


def settings_of(tokenizer: Path | None, positions: int | None) -> Settings:
    """Of a model directory, the positions are the model's."""
    from mtkit.check.inspection import Settings
    from mtkit.tokenizer import Tokenizer

    if tokenizer is None:
        return Settings(positions or POSITIONS)
    if positions is None and tokenizer.is_dir():
        from mtkit.checkpoint import load_card

        positions = load_card(tokenizer).model.max_positions
    return Settings(positions or POSITIONS, Tokenizer.load(tokenizer))


def write_copy(report: Report, corpus: Corpus, out: Path) -> None:
    from mtkit import console
    from mtkit.check.cleaning import CHANGES, write_clean

    found = write_clean(report, (corpus.source_language, corpus.target_language), out)
    console.say(
        f"`{out}` has {counted(found.kept, 'pair')}; "
        f"{counted(found.dropped, 'was', 'were')} dropped and {found.mended:,} mended: "
        f"which and why is in `{out / CHANGES}`"
    )
    console.next_step("mtkit", "train", out, "--pair", corpus.pair)


def say_next(report: Report, options: dict[str, Any]) -> None:
    """To clean what can be cleaned, else to train."""
    from mtkit import console

    named: list[object] = [options["data"]] if options["data"] else []
    for name in ("source", "target", "tsv"):
        for path in options[name] or []:
            named += [f"--{name}", path]
    named += ["--pair", options["pair"]]
    if report.is_fixable:
        names = (f"cleaned{number}" for number in ("", *range(2, 1000)))
        free = next((name for name in names if not Path(name).exists()), "cleaned")
        console.next_step("mtkit", "check", *named, "--fix", free)
    elif not report.has_errors:
        console.next_step("mtkit", "train", *named)
