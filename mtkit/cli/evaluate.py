"""`mtkit evaluate`, also `mtkit eval`"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.bitext import Bitext, Files, read_files
from mtkit.card import ModelCard
from mtkit.cli.streams import output
from mtkit.config import SearchConfig
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from mtkit.evaluation import Score


@dataclass(frozen=True)
class Result:
    """The scores of one system on one test set."""

    scores: Sequence[Score]
    sentences: int


def evaluate(
    model: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    test_set: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A set of the model's corpus, such as valid; may be repeated.  (test)"
        ),
    ] = None,
    source: Annotated[Path | None, typer.Option(help="Sentences to translate and score.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Their right translations.")] = None,
    hypothesis: Annotated[
        Path | None, typer.Option(help="Translations by any system, to score on --reference.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="With --hypothesis: its language, if that cannot be told.")
    ] = None,
    beam_size: Annotated[int, typer.Option(help="1 is greedy search.")] = SearchConfig.beam_size,
    length_penalty: Annotated[
        float, typer.Option(help="Alpha of Wu et al. (2016).")
    ] = SearchConfig.length_penalty,
    batch_tokens: Annotated[
        int, typer.Option(help="Pieces in a batch.")
    ] = SearchConfig.batch_tokens,
    device: Annotated[str, typer.Option(help="auto (cuda, then mps, then cpu), or one.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, not a table.")] = False,
    out: Annotated[
        Path | None, typer.Option("--output", help="Keep the translations in this file.")
    ] = None,
) -> None:
    """Score a model, or any system's output: BLEU, chrF and TER, with sacrebleu's signatures.

    [bold]mtkit evaluate[/bold]  the run trained last, on its own test set

    [bold]mtkit evaluate runs/mine --source test.en --reference test.de[/bold]

    [bold]mtkit evaluate --hypothesis output.de --reference test.de[/bold]
    """
    from mtkit import console
    from mtkit.checkpoint import latest_run

    if bool(reference) != bool(source or hypothesis) or (source and (hypothesis or test_set)):
        raise typer.BadParameter(
            "give --source and --reference, or --hypothesis and --reference, or --set, or nothing"
        )
    if (hypothesis and (model or test_set or out)) or (language and not hypothesis):
        raise typer.BadParameter(
            "--hypothesis goes with --reference and --language only, and --language with it only"
        )
    if hypothesis and reference:
        write_results({str(hypothesis): score_file(hypothesis, reference, language)}, as_json)
        return
    directory = model or latest_run()
    config = SearchConfig(beam_size, length_penalty, batch_tokens=batch_tokens)
    files = {str(source): (source, reference)} if source and reference else None
    wanted: TestSets = files or dict.fromkeys(test_set or ["test"])
    results = score_model(directory, wanted, config, device, out)
    write_results(results, as_json)
    if not files:
        keep_scores(directory, config, results)
    console.next_step("mtkit", "info", directory)


def write_results(results: Mapping[str, Result], as_json: bool) -> None:
    """To stdout, as JSON or as a table."""
    from mtkit import tables

    with output(None) as writer:
        if as_json:
            values = {name: asdict(result) for name, result in results.items()}
            writer.lines([json.dumps(values, indent=2, ensure_ascii=False)])
        else:
            writer.lines(tables.score_table(results))


def score_file(hypothesis: Path, reference: Path, language: str | None) -> Result:
    """The score of any system's output.  Errors: MtkitError for files of different length."""
    from mtkit.evaluation import evaluate as score
    from mtkit.evaluation import guess_language

    pairs = read_files((hypothesis, reference))
    language = language or guess_language(pairs.target)
    return Result(score(pairs.source, pairs.target, language), len(pairs))


TestSets = Mapping[str, Files | None]  # by name; None: of the model's own corpus


def score_model(
    directory: Path, wanted: TestSets, config: SearchConfig, device: str, out: Path | None
) -> dict[str, Result]:
    """Translate and score each test set; `out` gets the translations of all of them."""
    from mtkit import console
    from mtkit.checkpoint import load_card
    from mtkit.evaluation import evaluate as score
    from mtkit.translator import Translator

    card = load_card(directory)
    bitexts = {
        name: read_files(files) if files else own_set(card, name) for name, files in wanted.items()
    }
    translator = Translator.load(directory, config, device)
    results = {}
    with output(out) if out else nullcontext() as writer:
        for name, bitext in bitexts.items():
            console.say(f"translating {len(bitext):,} sentences of {name} ...")
            found = [translation.texts[0] for translation in translator.translate(bitext.source)]
            if writer:
                writer.lines(found)
            results[name] = Result(score(found, bitext.target, card.target_language), len(bitext))
    return results


def own_set(card: ModelCard, name: str) -> Bitext:
    """A set of the corpus that the model was trained on."""
    from mtkit.cli.inputs import corpus_of_card

    sets = dict.fromkeys(found.role for found in card.data)
    if name not in sets:
        raise MtkitError(
            f"the model's corpus has no set `{name}`",
            f"it has {', '.join(sets)} (--set NAME); or give --source FILE --reference FILE",
        )
    return corpus_of_card(card, name).read(name)


def keep_scores(directory: Path, config: SearchConfig, results: Mapping[str, Result]) -> None:
    """Write the scores into the model card; a card that cannot be written is only a warning."""
    from mtkit import console
    from mtkit.checkpoint import load_card, save_card

    card = load_card(directory)  # as it is now: the model may be in training
    kept = {
        name: {"search": asdict(config), "scores": [asdict(score) for score in result.scores]}
        for name, result in results.items()
    }
    try:
        save_card(directory, replace(card, scores={**card.scores, **kept}))
    except MtkitError as error:
        console.warn(f"the scores are not kept in the model card: {error.message}")
