"""`mtkit evaluate`, also `mtkit eval`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtkit.cli.options import AUTO, PRECISION, SearchPrecision, option
from mtkit.cli.streams import output
from mtkit.config import SearchConfig

if TYPE_CHECKING:
    from mtkit.cli.systems import Options, Systems
    from mtkit.evaluation import EvaluationSet, Report, Scoring

SETS, SCORES, COMPARING, SEARCH, OUTPUT = "Test sets", "Scores", "Comparing", "Search", "Output"
FORMS = "json", "csv", "latex"


def evaluate(
    model: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Model directories; the first one is the baseline.  "
            "Without, and without --hypothesis: the run trained last."
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        option(
            SETS, "A set of the model's corpus, such as valid; may be repeated.  (test)", "--set"
        ),
    ] = None,
    source: Annotated[Path | None, option(SETS, "Sentences to translate and score.")] = None,
    reference: Annotated[
        list[Path] | None, option(SETS, "Their right translations; may be repeated.")
    ] = None,
    test_set: Annotated[
        list[str] | None,
        option(
            SETS, "A set that sacrebleu knows and fetches, such as wmt14/full; may be repeated."
        ),
    ] = None,
    pair: Annotated[
        str | None, option(SETS, "With --test-set: its direction, such as en-de.  (the model's)")
    ] = None,
    hypothesis: Annotated[
        list[Path] | None,
        option(SETS, "Translations by any system, to score like a model; may be repeated."),
    ] = None,
    language: Annotated[
        str | None, option(SCORES, "Of the references, if neither model nor file name tells it.")
    ] = None,
    tokenize: Annotated[
        str | None,
        option(
            SCORES,
            "How BLEU cuts text: 13a, zh, ja-mecab, ko-mecab, intl, char, none, ... "
            "(what the language needs)",
        ),
    ] = None,
    lowercase: Annotated[
        bool, option(SCORES, "Compare without case, as old papers do.", "--lowercase")
    ] = False,
    comet: Annotated[
        str | None,
        option(SCORES, "A COMET model that is on disk: its file, folder, or name."),
    ] = None,
    details: Annotated[
        bool | None,
        option(
            COMPARING,
            "Confidence intervals, p-values, scores by length and by rare words, "
            "differences.  (with two systems or more)",
            "--details/--no-details",
        ),
    ] = None,
    resamples: Annotated[
        int,
        option(
            COMPARING,
            "Of the bootstrap; approximate randomisation takes ten times more.",
            show_default=True,
        ),
    ] = 1000,
    examples: Annotated[
        int, option(COMPARING, "Wins, and as many losses, to show.", show_default=True)
    ] = 3,
    training_text: Annotated[
        Path | None,
        option(COMPARING, "Source text that tells which words are rare.  (the model's)"),
    ] = None,
    beam_size: Annotated[int, option(SEARCH, "1 is greedy search.", show_default=True)] = (
        SearchConfig.beam_size
    ),
    length_penalty: Annotated[
        float, option(SEARCH, "Alpha of Wu et al. (2016).", show_default=True)
    ] = SearchConfig.length_penalty,
    batch_tokens: Annotated[int, option(SEARCH, "Pieces in a batch.", show_default=True)] = (
        SearchConfig.batch_tokens
    ),
    shortlist: Annotated[
        bool, option(SEARCH, "Only likely pieces may come (mtkit shortlist).", "--shortlist")
    ] = False,
    precision: Annotated[SearchPrecision, PRECISION] = AUTO,
    device: Annotated[
        str, option(SEARCH, "auto (cuda, then mps, then cpu), or one.", show_default=True)
    ] = "auto",
    json: Annotated[bool, option(OUTPUT, "Write JSON, not a table.", "--json")] = False,
    csv: Annotated[bool, option(OUTPUT, "Write a line for each score.", "--csv")] = False,
    latex: Annotated[bool, option(OUTPUT, "Write a LaTeX table.", "--latex")] = False,
    out: Annotated[
        Path | None,
        option(
            OUTPUT, "Keep the model's translations in this file, a set after the other.", "--output"
        ),
    ] = None,
) -> None:
    """Score models, or any system's output: BLEU, chrF and TER, with sacrebleu's signatures.

    Two or more systems are compared with the first one.

    [bold]mtkit evaluate[/bold]  the run trained last, on its own test set

    [bold]mtkit evaluate runs/one runs/other --test-set wmt14/full[/bold]

    [bold]mtkit evaluate runs/mine --source test.en --reference test.de[/bold]

    [bold]mtkit evaluate --hypothesis output.de --reference test.de[/bold]
    """
    options = locals()
    check_usage(options)
    evaluate_with(options)


def check_usage(options: Mapping[str, Any]) -> None:
    """Errors: typer.BadParameter for options that contradict each other."""
    given = {name for name, value in options.items() if value and value is not AUTO}
    if len(given & {"sets", "reference", "test_set"}) > 1:
        raise typer.BadParameter("give --set, --test-set, or --reference: one of them")
    if "source" in given and "reference" not in given:
        raise typer.BadParameter("--source goes with --reference")
    if "hypothesis" in given and not given & {"reference", "test_set", "model"}:
        raise typer.BadParameter("--hypothesis goes with --reference, --test-set, or a MODEL")
    if "reference" in given and not given & {"source", "hypothesis"}:
        raise typer.BadParameter("--reference goes with --source or --hypothesis")
    if {"reference", "model"} <= given and "source" not in given:
        raise typer.BadParameter("a MODEL needs a --source to translate")
    if "hypothesis" in given and len(options["sets"] or options["test_set"] or ()) > 1:
        raise typer.BadParameter("a --hypothesis translates one test set: name one only")
    if "test_set" in given and not given & {"pair", "model"} and "hypothesis" in given:
        raise typer.BadParameter("--test-set and --hypothesis need a --pair")
    if "language" in given and "hypothesis" not in given:
        raise typer.BadParameter("--language goes with --hypothesis; a model knows its own")
    if "pair" in given and "test_set" not in given:
        raise typer.BadParameter("--pair goes with --test-set")
    if {"comet", "reference"} <= given and "source" not in given:
        raise typer.BadParameter("--comet needs a --source")
    asked = given & {"shortlist", "precision"}
    if asked and "hypothesis" in given and "model" not in given:
        raise typer.BadParameter(f"--{min(asked)} goes with a MODEL that translates")
    if "out" in given and ("hypothesis" in given or len(options["model"] or ()) > 1):
        raise typer.BadParameter("--output keeps the translations of one model")
    if len(given & set(FORMS)) > 1:
        raise typer.BadParameter("--json, --csv, --latex: one of them")
    if options["resamples"] < 40:
        raise typer.BadParameter("--resamples: 40 at least, for a 95% interval")
    if options["examples"] < 0:
        raise typer.BadParameter("--examples cannot be negative")
    for name in ("sets", "test_set"):
        if len(set(options[name] or ())) < len(options[name] or ()):
            raise typer.BadParameter("the same test set is named twice")
    names = [str(path) for path in [*(options["model"] or ()), *(options["hypothesis"] or ())]]
    if len(set(names)) < len(names):
        raise typer.BadParameter("the same system is named twice")


def evaluate_with(options: Options) -> None:
    """Translate, score, show, and keep the scores of models.

    Whatever can be wrong with the options is found before hours of translation.
    """
    from mtkit import console
    from mtkit.checkpoint import latest_run
    from mtkit.cli.engines import warn_of_int8
    from mtkit.cli.scoreboard import show_symptoms
    from mtkit.cli.scoreforms import rendered
    from mtkit.cli.systems import Systems, keep_scores, target_language, test_sets
    from mtkit.evaluation import Scoring

    files = options["hypothesis"] or []
    models = options["model"] or ([] if files else [latest_run()])
    search = SearchConfig(
        options["beam_size"],
        options["length_penalty"],
        batch_tokens=options["batch_tokens"],
        shortlist=options["shortlist"],
        precision=options["precision"].value,
    )
    systems = Systems.of(models, files, search, options["device"])
    warn_of_int8(search)
    sets = test_sets(options, systems.card)
    language = target_language(options, systems.card, sets)
    how = Scoring(language, options["tokenize"] or "", options["lowercase"])
    with output(options["out"]) if options["out"] else nullcontext() as writer:
        reports = {}
        for each, hypotheses, report in reported(systems, sets, how, options):
            if writer:
                writer.lines(hypotheses[systems.names[0]])
            reports[each.name] = report
    for name in systems.cards:
        keep_scores(Path(name), systems.search, reports, how)
    with output(None) as writer:
        writer.lines(rendered(reports, next((n for n in FORMS if options[n]), "table")))
    for report in reports.values():
        show_symptoms(report)
    if systems.cards:
        console.next_step("mtkit", "info", next(iter(systems.cards)))


def reported(
    systems: Systems, sets: Sequence[EvaluationSet], how: Scoring, options: Options
) -> Iterator[tuple[EvaluationSet, Mapping[str, list[str]], Report]]:
    """(test set, hypotheses of each system, all that the options ask for) of each test set."""
    from mtkit.cli.systems import rare_words
    from mtkit.evaluation.comet import Comet, with_comet
    from mtkit.evaluation.report import Wanted, compared, described
    from mtkit.evaluation.seeds import seed_groups

    how.check()
    judge = Comet.load(options["comet"], options["device"]) if options["comet"] else None
    detailed = options["details"]
    if detailed is None:
        detailed = len(systems.names) > 1
    counts = rare_words(options, systems.card, sets) if detailed else None
    wanted = Wanted(options["resamples"], options["examples"], counts)
    for each, found in zip(sets, systems.hypotheses(sets), strict=True):
        report = compared(found, each, how, wanted) if detailed else described(found, each, how)
        if judge:
            report = with_comet(report, found, each, judge)
        scores = {system.name: system.scores for system in report.systems}
        yield each, found, replace(report, seeds=seed_groups(systems.cards, scores))
