"""What `mtkit evaluate` scores: test sets, what each system makes of them, and who keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit import console
from mtkit.bitext import read_lines
from mtkit.card import ModelCard
from mtkit.config import SearchConfig
from mtkit.corpus import split_and_language
from mtkit.errors import MtkitError
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.evaluation import EvaluationSet, Report, Scoring

Options = Mapping[str, Any]
Hypotheses = dict[str, list[str]]  # by system


@dataclass(frozen=True)
class Systems:
    """What is to be compared: models, by name, with their cards, and files of translations."""

    cards: Mapping[str, ModelCard]
    files: Sequence[Path]
    search: SearchConfig
    device: str

    @classmethod
    def of(
        cls, models: Sequence[Path], files: Sequence[Path], search: SearchConfig, device: str
    ) -> Systems:
        """Errors: MtkitError for models of other languages, or without what a shortlist needs."""
        from mtkit.checkpoint import load_card
        from mtkit.lexicon import Lexicon
        from mtkit.tokenizer import Tokenizer

        cards = {str(path): load_card(path) for path in models}
        for name, card in cards.items():
            first, pair = next(iter(cards)), (card.source_language, card.target_language)
            wanted = cards[first].source_language, cards[first].target_language
            if pair != wanted:
                raise MtkitError(
                    f"`{name}` translates {' to '.join(pair)}, `{first}` {' to '.join(wanted)}",
                    "compare models that translate the same way",
                )
            if search.shortlist:
                Lexicon.load(Path(name), Tokenizer.load(Path(name)))
        return cls(cards, files, search, device)

    @property
    def names(self) -> list[str]:
        return [*self.cards, *map(str, self.files)]

    @property
    def card(self) -> ModelCard | None:
        """Of the first model."""
        return next(iter(self.cards.values()), None)

    def hypotheses(self, sets: Sequence[EvaluationSet]) -> Iterator[Hypotheses]:
        """For each set, what each system makes of it."""
        from mtkit.evaluation.metrics import check_lengths

        given = {str(path): read_lines(path) for path in self.files}
        for name, lines in given.items():
            for each in sets:
                check_lengths(lines, each.references, f"`{name}`")
        made = {name: list(self._translated(Path(name), sets)) for name in self.cards}
        for row in range(len(sets)):
            yield {name: lines[row] for name, lines in made.items()} | given

    def _translated(self, model: Path, sets: Sequence[EvaluationSet]) -> Iterator[list[str]]:
        import torch

        from mtkit.device import keep_freed_memory
        from mtkit.translator import Translator
        from mtkit.workers import FEW, cores, shared_out

        keep_freed_memory()
        workers = cores() if max(map(len, sets)) > FEW else 1
        if workers > 1:
            torch.set_num_threads(1)  # and before anything is computed, so that forking is safe
        translator = Translator.load(model, self.search, self.device)
        for each in sets:
            console.say(f"{model}: translating {counted(len(each), 'sentence')} of {each.name} ...")
            lines = each.source or ()
            if workers == 1 or translator.device.type != "cpu":
                found = translator.translate(lines)
            else:
                found = shared_out(lambda some: list(translator.translate(some)), lines, workers)
            yield [translation.texts[0] for translation in found]


def test_sets(options: Options, card: ModelCard | None) -> list[EvaluationSet]:
    """The sets that the options name; without, the test set of the first model's corpus."""
    if options["reference"]:
        return [set_of_files(options)]
    if options["test_set"]:
        return [named_set(name, options["pair"], card) for name in options["test_set"]]
    assert card  # there is no set without one, and the options have been checked
    return [own_set(card, name) for name in options["sets"] or ["test"]]


def set_of_files(options: Options) -> EvaluationSet:
    """Errors: MtkitError for files of different lengths."""
    from mtkit.evaluation import EvaluationSet

    source = options["source"]
    files = [*([source] if source else []), *options["reference"]]
    found = [read_lines(path) for path in files]
    for path, lines in zip(files, found, strict=True):
        if len(lines) != len(found[0]):
            raise MtkitError(
                f"`{files[0]}` and `{path}` differ in length: "
                f"{len(found[0]):,} and {len(lines):,} lines",
                "line n of one must be the translation of line n of the other",
            )
        if not lines:
            raise MtkitError(f"`{path}`: no lines", "give a file with a sentence on each line")
    if source:
        return EvaluationSet(str(source), found[0], found[1:])
    return EvaluationSet(str(files[0]), None, found)


def named_set(name: str, pair: str | None, card: ModelCard | None) -> EvaluationSet:
    """A test set that sacrebleu knows.  Errors: MtkitError for a pair that is not the model's."""
    from mtkit.evaluation import EvaluationSet
    from mtkit.evaluation import testsets as named
    from mtkit.evaluation.metrics import primary

    if card:
        own = f"{primary(card.source_language)}-{primary(card.target_language)}"
        if pair and pair != own:
            raise MtkitError(
                f"--pair {pair}, but the model translates {own}", "leave out --pair, or the model"
            )
        pair = own
    source, references = named.named_set(name, pair or "")
    return EvaluationSet(name, source, references)


def own_set(card: ModelCard, name: str) -> EvaluationSet:
    """A set of the corpus that the model was trained on."""
    from mtkit.cli.inputs import corpus_of_card
    from mtkit.evaluation import EvaluationSet

    sets = dict.fromkeys(found.role for found in card.data)
    if name not in sets:
        raise MtkitError(
            f"the model's corpus has no set `{name}`",
            f"it has {', '.join(sets)} (--set NAME); or give --source FILE --reference FILE",
        )
    found = corpus_of_card(card, name).read(name)
    return EvaluationSet(name, found.source, [found.target])


def target_language(options: Options, card: ModelCard | None, sets: Sequence[EvaluationSet]) -> str:
    """Named, or the model's, or told by what is in the references, or by the name of a file."""
    from mtkit.evaluation import guess_language

    if options["language"] or card:
        return options["language"] or (card.target_language if card else "")
    if options["pair"]:
        return str(options["pair"]).partition("-")[2]
    named = [split_and_language(path) for path in options["reference"] or ()]
    by_text = guess_language(sets[0].references[0])
    return by_text or next((key[1] for key in named if key), "")


def rare_words(
    options: Options, card: ModelCard | None, sets: Sequence[EvaluationSet]
) -> Mapping[str, int] | None:
    """How often the source words of all sets stand in the training text; None: it is not known."""
    from mtkit.evaluation.groups import word_counts

    source = [line for each in sets for line in each.source or ()]
    text = training_text(options, card) if source else None
    return None if text is None else word_counts(text, source)


def training_text(options: Options, card: ModelCard | None) -> Iterator[str] | None:
    """Source sentences of which the model learnt, to tell rare words; None: they are not known."""
    from mtkit.bitext import iterate_files
    from mtkit.cli.inputs import corpus_of_card

    if options["training_text"]:
        return iter(read_lines(options["training_text"]))
    if card is None:
        return None
    try:
        corpus = corpus_of_card(card, "train")
    except MtkitError as error:
        console.warn(f"no scores by rare words: {error.message}")
        return None
    pairs = (pair for files in corpus.splits.get("train", ()) for pair in iterate_files(files))
    return (source for source, _ in console.track(pairs, "counting words"))


def keep_scores(
    directory: Path, search: SearchConfig, reports: Mapping[str, Report], how: Scoring
) -> None:
    """Write the scores into the model card; a card that cannot be written is only a warning."""
    from mtkit.checkpoint import load_card, save_card

    card = load_card(directory)  # as it is now: the model may be in training
    variant = [f"tok {how.tokenize}"] * bool(how.tokenize) + ["lower-cased"] * how.lowercase
    variant += ["shortlist"] * search.shortlist
    variant += [search.precision] * (search.precision != "auto")
    kept = {}
    for name, report in reports.items():
        [found] = [each for each in report.systems if each.name == str(directory)]
        kept[", ".join([name, *variant])] = {
            "search": asdict(search),
            "scores": [asdict(score) for score in found.scores],
            "symptoms": asdict(found.symptoms),
        }
    try:
        save_card(directory, replace(card, scores={**card.scores, **kept}))
    except MtkitError as error:
        console.warn(f"the scores are not kept in the model card: {error.message}")
