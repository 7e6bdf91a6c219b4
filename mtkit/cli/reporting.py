"""What `mtkit report` puts together: a test set, its translations, and a look inside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit import __version__, console
from mtkit.bitext import iterate_lines
from mtkit.card import ModelCard
from mtkit.checkpoint import CONFIG, LOG, latest_run, load_card, load_tokenizer
from mtkit.cli.explain import check_ending
from mtkit.cli.streams import output
from mtkit.cli.systems import Systems, own_set, set_of_files
from mtkit.config import SearchConfig
from mtkit.curves import read_curves
from mtkit.errors import MtkitError
from mtkit.evaluation import EvaluationSet, Scoring
from mtkit.evaluation.report import Wanted, described, groups
from mtkit.explainer import explain
from mtkit.plot import best_of
from mtkit.report import pictures
from mtkit.report.contents import MEASURED, Contents, Missing, ScoreRow, Tested, search_of
from mtkit.report.examples import Example, example, readable, spread
from mtkit.report.history import History, read_history
from mtkit.report.inside import attention_note, inside
from mtkit.report.page import check_installed, rendered
from mtkit.tables import symptoms_line
from mtkit.translator import Translator

if TYPE_CHECKING:
    from mtkit.report.pictures import Picture

Options = Mapping[str, Any]
USUAL = "test", "valid"  # the sets that are looked for
OTHER = "--source FILE --reference FILE"


def report_with(options: Options) -> None:
    """Whatever can be wrong with the options is found before minutes of translation."""
    check_installed()
    check_ending(options["out"], "--out", ".html", ".htm")
    own = list(iterate_lines(map(os.fsencode, options["sentence"] or ()), "--sentence"))
    directory = options["run"] or latest_run()
    card = card_of(directory)
    tokenizer = load_tokenizer(directory, card)
    if not all(readable(line, tokenizer) for line in own):
        raise MtkitError("--sentence: it is empty", "type: mtkit report --sentence 'A sentence.'")
    search = SearchConfig(
        options["beam_size"], options["length_penalty"], batch_tokens=options["batch_tokens"]
    )
    systems = Systems({str(directory): card}, [], search, options["device"])
    given = chosen_set(options, card)
    with output(options["out"]) as writer:
        contents = contents_of(directory, systems, given, own, options["sentences"])
        page = rendered(contents)
        writer.lines([page])
    console.say(f"the page is `{options['out']}`, {len(page.encode()) / 1e6:.1f} MB")
    for part in (contents.tested, contents.curves):
        if isinstance(part, Missing):
            console.warn(part.why + f"  Other files: {part.options}" * bool(part.options))
    next_step(directory, contents, options)


def next_step(directory: Path, contents: Contents, options: Options) -> None:
    """Keep the scores, if they are not; else look at a sentence."""
    measured = contents.tested.row.set if isinstance(contents.tested, Tested) else None
    if measured is None or measured in contents.card.scores:
        shown = (one.source for one in contents.examples if can_be_typed(one.source))
        text = next(shown, "A sentence.")
        console.next_step("mtkit", "explain", "--model", directory, text)
        return
    console.next_step("mtkit", "evaluate", directory, *evaluated(measured, options))


def evaluated(measured: str, options: Options) -> Iterator[object]:
    """The options with which `mtkit evaluate` scores the same, in the same way."""
    if options["source"]:
        yield from ("--source", options["source"])
        for file in options["reference"]:
            yield from ("--reference", file)
    elif measured != USUAL[0]:
        yield from ("--set", measured)
    for name in ("beam_size", "length_penalty"):
        if options[name] != getattr(SearchConfig, name):
            yield from (f"--{name.replace('_', '-')}", options[name])


def can_be_typed(text: str) -> bool:
    """Whether a terminal shows it as it is, and a command does not take it for an option."""
    return text.isprintable() and not text.startswith("-")


def card_of(directory: Path) -> ModelCard:
    """Errors: MtkitError where there is no model yet, or none at all."""
    if (directory / LOG).is_file() and not (directory / CONFIG).is_file():
        raise MtkitError(
            f"`{directory}` has no model yet: its training has not come to the first validation",
            f"wait for it, or go on: mtkit train --resume --out {directory}; "
            f"the curves so far: mtkit plot {directory}",
        )
    return load_card(directory)


def chosen_set(options: Options, card: ModelCard) -> EvaluationSet | Missing:
    """The set that the options name; without, one of the model's corpus, if it is still there.

    Errors: MtkitError for a set that was named and cannot be had.
    """
    if options["source"]:
        return set_of_files(options)
    if options["name"]:
        return own_set(card, options["name"])
    roles = {found.role for found in card.data}
    why = ""
    for name in (name for name in USUAL if name in roles):
        try:
            found = own_set(card, name)
        except MtkitError as error:
            why = why or f"the {name} set is missing: {error.message}"
            continue
        if why:
            console.warn(f"{why}; the {name} set is scored")
        return found
    if why:
        return Missing(f"Nothing was scored for this page, since {why}.", OTHER)
    return Missing("The model's corpus has no test set and no validation set to score.", OTHER)


def contents_of(
    directory: Path,
    systems: Systems,
    given: EvaluationSet | Missing,
    own: Sequence[str],
    wanted: int,
) -> Contents:
    """Translate what there is to translate, and put all together."""
    card, history = systems.cards[str(directory)], read_history(directory)
    how = Scoring(card.target_language)
    hypotheses: list[str] = []
    if isinstance(given, EvaluationSet):
        how.check()
        [found] = systems.hypotheses([given])
        hypotheses = found[str(directory)]
    translator = Translator.load(directory, systems.search, systems.device)
    examples = own_examples(translator, own, history if not hypotheses else None, how, wanted)
    if isinstance(given, EvaluationSet):
        examples += spread(
            given, hypotheses, how, translator.spaced[1], wanted, translator.tokenizer
        )
    explained = [explain(translator, one.source) for one in examples]
    curves, best = curves_of(directory)
    return Contents(
        name=directory.resolve().name,
        version=__version__,
        card=card,
        history=history,
        best=best,
        curves=curves,
        tested=given if isinstance(given, Missing) else tested(given, hypotheses, how, systems),
        map=map_of(translator, given),
        examples=examples,
        inside=list(map(inside, explained)),
        attention=attention_note(explained[0]) if explained else "",
        sides=isinstance(given, EvaluationSet),
        spaced=translator.spaced,
    )


def map_of(translator: Translator, given: EvaluationSet | Missing) -> Picture:
    """The embedding, with the pieces that are frequent in the test set, if there is one."""
    texts = None
    if isinstance(given, EvaluationSet):
        texts = given.source or (), given.references[0]
    pieces = pictures.pieces_of(translator.tokenizer, translator.spaced, texts)
    return pictures.embedding_map(pieces, translator.model.embedding.weight.detach().cpu())


def own_examples(
    translator: Translator,
    own: Sequence[str],
    history: History | None,
    how: Scoring,
    wanted: int,
) -> list[Example]:
    """The user's own sentences and, where there is no test set, those that the log has."""
    pairs: list[tuple[str, ...]] = [(text,) for text in own]
    if history:
        samples = (pair for pair in history.samples if readable(pair[0], translator.tokenizer))
        pairs += islice(samples, wanted)
    found = translator.translate([source for source, *_ in pairs])
    return [
        example(source, translation.texts[0], references, how, translator.spaced[1])
        for (source, *references), translation in zip(pairs, found, strict=True)
    ]


def tested(
    given: EvaluationSet, hypotheses: Sequence[str], how: Scoring, systems: Systems
) -> Tested:
    """Scores on a test set, and those of its parts by length, if it has several."""
    [name] = systems.cards
    report = described({name: hypotheses}, given, how)
    [system] = report.systems
    row = ScoreRow(
        given.name,
        MEASURED,
        search_of(vars(systems.search)),
        system.scores,
        ", ".join(symptoms_line({"symptoms": vars(system.symptoms)})),
        len(given),
    )
    parts = groups({name: hypotheses}, given, how, Wanted())["length"]
    if len(parts) < 2:
        return Tested(row)
    bars = [(part.name, part.sentences, part.scores[name][0].value) for part in parts]
    return Tested(row, parts, pictures.scores_by_length(*zip(*bars, strict=True)))


def curves_of(directory: Path) -> tuple[list[Picture] | Missing, str]:
    """Pictures, and the best validation in words."""
    if not (directory / LOG).is_file():
        why = f"There are no curves: `{LOG}` is not beside the model, as of one that was averaged."
        return Missing(why), ""
    try:
        run = read_curves(directory)
    except MtkitError as error:
        return Missing(f"There are no curves: {error.message}."), ""
    return pictures.curves(run), best_of(run)
