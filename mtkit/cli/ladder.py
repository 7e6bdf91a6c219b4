"""`mtkit ladder`"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from mtkit.cli.options import PresetName, option
from mtkit.config import SearchConfig
from mtkit.tables import drawn
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.cli.systems import Systems
    from mtkit.evaluation import EvaluationSet

TRAINING, SCORES = "Training", "Scores"
GIVEN = (
    "data", "pair", "preset", "learning_rate", "max_epochs", "max_minutes", "max_steps",
    "validate_every", "seed", "device",
)  # fmt: skip


def ladder(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A directory of {train,valid,test}.{language}.  "
            "Without: the corpus that comes with mtkit."
        ),
    ] = None,
    pair: Annotated[str | None, option(TRAINING, "The direction, such as de-en.")] = None,
    out: Annotated[
        Path | None,
        option(TRAINING, "Here each model gets a directory.  (runs/ladder-<corpus>-<pair>)"),
    ] = None,
    preset: Annotated[
        PresetName | None,
        option(TRAINING, "Of the Transformer, whose size the others get.  (tiny)"),
    ] = None,
    learning_rate: Annotated[
        float | None, option(TRAINING, "What the warm-up rises to.  (the preset's)")
    ] = None,
    max_epochs: Annotated[
        int | None, option(TRAINING, "End after so many passes over the data.  (tiny: 20)")
    ] = None,
    max_minutes: Annotated[
        float | None, option(TRAINING, "End after so many minutes, for each model.")
    ] = None,
    max_steps: Annotated[
        int | None, option(TRAINING, "End after so many steps, for each model.")
    ] = None,
    validate_every: Annotated[
        int | None, option(TRAINING, "Steps between validations.  (tiny: 500)")
    ] = None,
    seed: Annotated[int | None, option(TRAINING, "Of all that is random.  (1)")] = None,
    device: Annotated[
        str, option(TRAINING, "auto (cuda, then mps, then cpu), or one.", show_default=True)
    ] = "auto",
    test: Annotated[
        str, option(SCORES, "The set of the corpus to score on.", "--set", show_default=True)
    ] = "test",
    beam_size: Annotated[int, option(SCORES, "1 is greedy search.", show_default=True)] = 1,
    lowercase: Annotated[bool, option(SCORES, "Compare without case.", "--lowercase")] = False,
    plot: Annotated[
        Path | None, option(SCORES, "Draw BLEU by length into this .png or .svg.")
    ] = None,
) -> None:
    """Climb from Seq2Seq over attention to the Transformer: three models of one size, compared.

    Each learns from the same pieces, with as many parameters.  What is trained
    already is not trained again, and what was interrupted goes on.

    [bold]mtkit ladder[/bold]

    [bold]mtkit ladder multi30k --pair de-en --max-epochs 10 --plot ladder.png[/bold]
    """
    from mtkit import console
    from mtkit.cli.streams import output
    from mtkit.cli.systems import Systems, own_set
    from mtkit.ladder import RUNGS, check_alike

    options = locals()
    rungs = {rung: place / rung for place in [prepared(options)] for rung in RUNGS}
    for number, (rung, directory) in enumerate(rungs.items(), 1):
        console.say(f"rung {number} of {len(RUNGS)}: {RUNGS[rung]}", style="bold")
        climb(rung, directory, options)
    systems = Systems.of(list(rungs.values()), [], SearchConfig(beam_size), device)
    check_alike(systems.cards)
    assert systems.card
    what = own_set(systems.card, test)
    [hypotheses] = systems.hypotheses([what])
    lines, by_length = compared(systems, hypotheses, what, lowercase)
    with output(None) as writer:
        writer.lines(lines)
    if plot:
        draw(plot, by_length)
    command = "mtkit", "evaluate", *systems.cards, "--set", test, "--beam-size", beam_size
    console.next_step(*command)


def prepared(options: Mapping[str, Any]) -> Path:
    """Where the rungs are.  Errors: MtkitError for what would fail after hours of training."""
    from mtkit import corpus as corpora
    from mtkit.errors import MtkitError
    from mtkit.evaluation import Scoring
    from mtkit.plot import check_format, new_figure

    corpus = corpora.corpus_in(options["data"] or corpora.everyday(), options["pair"])
    if options["test"] not in corpus.splits:
        raise MtkitError(
            f"`{corpus.name}` has no set `{options['test']}`",
            f"it has {', '.join(corpus.splits)}: name one with --set",
        )
    Scoring(corpus.target_language).check()
    if options["plot"]:
        check_format(options["plot"])
        new_figure(1.0)
        if not options["plot"].parent.is_dir():
            raise MtkitError(f"`{options['plot'].parent}` is no directory", "make it first")
    return options["out"] or Path("runs") / f"ladder-{corpus.name}-{corpus.pair}"


def climb(rung: str, directory: Path, options: Mapping[str, Any]) -> None:
    """Train a rung, go on with it, or leave it as it is."""
    from mtkit import console
    from mtkit import corpus as corpora
    from mtkit.checkpoint import TRAINING as STATE
    from mtkit.checkpoint import WEIGHTS
    from mtkit.cli.run import TrainedAlreadyError, run
    from mtkit.cli.train import train

    defaults = {name: each.default for name, each in inspect.signature(train).parameters.items()}
    given = {name: options[name] for name in GIVEN}
    wanted = defaults | given | {"out": directory, "architecture": rung}
    wanted["data"] = options["data"] or corpora.everyday()
    wanted |= {} if rung == "transformer" else sizes(rung, wanted)
    if (directory / STATE).is_file():
        wanted["resume"] = True
    elif not (directory / WEIGHTS).is_file():
        wanted["overwrite"] = True  # of a rung that was killed before its first save
    try:
        run(wanted)
    except TrainedAlreadyError as error:
        console.say(error.message)
    except typer.Exit:
        console.say("the same `mtkit ladder` goes on with it")
        raise


def sizes(rung: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The width of a rung that has as many parameters as the preset's Transformer.

    A small text allows for fewer pieces than the preset's, so the vocabulary is made first.
    """
    from mtkit import console
    from mtkit.cache import Cache
    from mtkit.cli.chosen import chosen_corpus
    from mtkit.cli.preparation import TrainingData, data_sets
    from mtkit.ladder import of_size, parameters
    from mtkit.presets import DEFAULT_PRESET, PRESETS

    preset, cache = PRESETS[options["preset"] or DEFAULT_PRESET], Cache(console.warn)
    with console.quiet():
        corpus = chosen_corpus(options)
        data = TrainingData(corpus, data_sets(corpus, cache), cache)
        vocab_size = data.learn_tokenizer(preset.model.vocab_size).vocab_size
    wanted, rest = (
        replace(model, vocab_size=vocab_size) for model in (preset.model, preset.sizes(rung))
    )
    return {"d_model": of_size(rest, parameters(wanted)).d_model}


def compared(
    systems: Systems, hypotheses: Mapping[str, list[str]], what: EvaluationSet, lowercase: bool
) -> tuple[list[str], dict[str, dict[str, float]]]:
    """One table of all rungs: size, time, scores, and BLEU by length; and the last by rung."""
    from mtkit.evaluation import Scoring
    from mtkit.evaluation.groups import by_length, group_scores, words
    from mtkit.evaluation.report import describe
    from mtkit.ladder import quantiles

    assert systems.card
    how = Scoring(systems.card.target_language, lowercase=lowercase)
    source = what.source or ()
    rows = by_length(source, quantiles(list(map(len, words(source)))))
    groups = group_scores(rows, hypotheses, what.references, how)
    found = {
        Path(name).name: {group.name: group.scores[name][0].value for group in groups}
        for name in hypotheses
    }
    reports = describe(hypotheses, what, how)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("model", no_wrap=True)
    lengths = [group.name.removesuffix(" words") for group in groups]
    for name in ("parameters", "seconds", "BLEU", "chrF2", *lengths):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        history, rung = systems.cards[report.name].history, Path(report.name).name
        size, seconds = f"{history['parameters']:,}", f"{60 * history['minutes']:,.0f}"
        values = [*(score.value for score in report.scores[:2]), *found[rung].values()]
        table.add_row(rung, size, seconds, *(f"{value:.1f}" for value in values))
    sentences = counted(len(what), "sentence")
    search = f"beam of {systems.search.beam_size}"
    return [
        *drawn(table),
        f"{sentences} of {what.name}, {search}; right: BLEU by words of the source",
        *(f"{score.name}: {score.signature}" for score in reports[0].scores[:2]),
    ], found


def draw(plot: Path, by_length: Mapping[str, Mapping[str, float]]) -> None:
    """The last columns of the table as a picture."""
    from mtkit import console
    from mtkit.ladder import write_ladder

    groups = list(next(iter(by_length.values())))
    write_ladder(plot, groups, {rung: list(found.values()) for rung, found in by_length.items()})
    console.say(f"the picture is `{plot}`")
