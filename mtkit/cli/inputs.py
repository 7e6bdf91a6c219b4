"""What `mtkit train` starts from: the tokenizer of the options, the corpus of an earlier run."""

from __future__ import annotations

from pathlib import Path

from mtkit import console
from mtkit import corpus as corpora
from mtkit.bitext import Files
from mtkit.cache import Cache
from mtkit.card import ModelCard
from mtkit.cli.chosen import Options, chosen_corpus, names_corpus, with_valid_set
from mtkit.cli.preparation import TrainingData, data_sets
from mtkit.corpus import Corpus, Mix
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer, VocabularyTooLargeError


def chosen_tokenizer(options: Options, data: TrainingData, vocab_size: int) -> Tokenizer:
    """The tokenizer that the options name, or one learnt from both sides of the pairs."""
    if options["tokenizer"] or options["init_from"]:
        return Tokenizer.load(options["tokenizer"] or options["init_from"])
    tokenizer = data.learn_tokenizer(vocab_size)
    if (largest := tokenizer.vocab_size) < vocab_size:
        if options["vocab_size"]:  # the user's own number is not changed behind their back
            raise VocabularyTooLargeError(vocab_size, largest)
        console.say(f"vocabulary: {largest:,} pieces, as many as this text allows for")
    return tokenizer


def corpus_of_card(card: ModelCard, *roles: str) -> Corpus:
    """Sets of the corpus that a model was trained on.

    Errors: MtkitError if a file of theirs is gone or has changed.
    """
    splits: dict[str, list[Files]] = {}
    for found in card.data:
        if found.role not in roles:
            continue
        for path, sha256 in zip(map(Path, found.paths), found.sha256, strict=True):
            if not path.is_file() or corpora.file_hash(path) != sha256:
                raise MtkitError(
                    f"`{path}` is gone, or not the file that the model was trained with",
                    "put the old file back, or name other files",
                )
        splits.setdefault(found.role, []).append(tuple(map(Path, found.paths)))
    mix = tuple(Mix(found.weight, found.tag) for found in card.data if found.role == "train")
    return Corpus("", card.source_language, card.target_language, splits, mix)


def resumed_corpus(card: ModelCard, options: Options, cache: Cache) -> Corpus:
    """The corpus that a run was begun with; the options may name it once more.

    Errors: MtkitError if they name another one, or a file is gone or has changed.
    """
    if names_corpus(options):
        corpus = chosen_corpus(options)
    elif options["valid_source"]:
        corpus = with_valid_set(corpus_of_card(card, "train"), options)
    else:
        return corpus_of_card(card, "train", "valid")
    named = data_sets(corpus, cache)
    for role in ("train", "valid"):
        before, now = (
            [(found.sha256, found.weight, found.tag) for found in sets if found.role == role]
            for sets in (card.data, named)
        )
        if before != now:
            raise other_data(role)
    return corpus


def other_data(role: str) -> MtkitError:
    return MtkitError(
        f"the run was started with another {role} set",
        "leave the data out to go on with the same; to train on other data, start another run "
        "from this one: --init-from RUN, with another --out",
    )
