"""`mtkit evaluate`, also `mtkit eval`"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.cli.streams import output
from mtkit.config import ModelCard, SearchConfig, override
from mtkit.corpus import Files, read_bitext, read_files
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from mtkit.evaluation import Score


@dataclass(frozen=True)
class Result:
    """The scores of one system on one test set."""

    scores: Sequence[Score]
    sentences: int


def evaluate(
    context: typer.Context,
    model: Annotated[
        Path | None, typer.Argument(help="A model directory.  Without: the run trained last.")
    ] = None,
    test_set: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A set of the model's corpus; may be repeated.  [default: test]"
        ),
    ] = None,
    source: Annotated[Path | None, typer.Option(help="Sentences to translate and score.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Their right translations.")] = None,
    hypothesis: Annotated[
        Path | None, typer.Option(help="Translations by any system, to score on --reference.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="With --hypothesis: its language, such as zh.")
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

    if (
        hypothesis
        and (model or source or test_set)
        or not hypothesis
        and bool(source) != bool(reference)
    ):
        raise typer.BadParameter(
            "give a model with --source and --reference, a model with --set, "
            "or --hypothesis and --reference"
        )
    if hypothesis:
        if reference is None:
            raise typer.BadParameter("--hypothesis needs --reference")
        results = {str(hypothesis): score_file(hypothesis, reference, language)}
    else:
        config = override(SearchConfig(), context.params)
        results = score_model(model, test_sets(source, reference, test_set), config, device, out)
    if as_json:
        typer.echo(json.dumps({name: asdict(result) for name, result in results.items()}, indent=2))
    else:
        console.show_scores(results)
    console.next_step("mtkit info" if not hypothesis else "mtkit evaluate --help")


def score_file(hypothesis: Path, reference: Path, language: str | None) -> Result:
    """The score of any system's output.  Errors: MtkitError for files of different length."""
    from mtkit.evaluation import evaluate as score

    pairs = read_bitext(hypothesis, reference)
    language = language or reference.name.removesuffix(".gz").rpartition(".")[2]
    return Result(score(pairs.source, pairs.target, language), len(pairs))


TestSets = Mapping[str, Files | None]  # by name; None: of the model's own corpus


def test_sets(source: Path | None, reference: Path | None, names: Sequence[str] | None) -> TestSets:
    if source and reference:
        return {str(source): (source, reference)}
    return dict.fromkeys(names or ["test"])


def score_model(
    model: Path | None, wanted: TestSets, config: SearchConfig, device: str, out: Path | None
) -> dict[str, Result]:
    """Translate and score each test set; scores on sets of its own corpus join the model card."""
    from mtkit import console
    from mtkit.checkpoint import latest_run, load_card, save_card
    from mtkit.evaluation import evaluate as score
    from mtkit.translator import Translator

    directory = model or latest_run()
    translator = Translator.load(directory, config, device)
    card = load_card(directory)
    results = {}
    with output(out) if out else nullcontext() as writer:
        for name, files in wanted.items():
            bitext = read_files(files or own_set(card, name))
            console.say(f"translating {len(bitext):,} sentences of {name} ...")
            found = [translation.texts[0] for translation in translator.translate(bitext.source)]
            if writer:
                writer.lines(found)
            results[name] = Result(score(found, bitext.target, card.target_language), len(bitext))
    own = {
        name: {"search": asdict(config), "scores": [asdict(score) for score in result.scores]}
        for name, result in results.items()
        if wanted[name] is None
    }
    if own:
        save_card(directory, replace(card, scores={**card.scores, **own}))
    return results


def own_set(card: ModelCard, name: str) -> Files:
    """The files of a set of the corpus that the model was trained on."""
    for found in card.data:
        if found.role == name:
            return tuple(map(Path, found.paths))
    sets = ", ".join(dict.fromkeys(found.role for found in card.data))
    raise MtkitError(
        f"the model's corpus has no set `{name}`",
        f"it has {sets} (--set NAME); or give --source FILE --reference FILE",
    )
