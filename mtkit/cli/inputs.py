"""What `mtkit train` starts from: the corpus and the tokenizer that the options name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtkit import console
from mtkit import corpus as corpora
from mtkit.config import DataFile, ModelCard
from mtkit.corpus import Bitext, Corpus
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer, VocabularyTooLargeError

Options = Mapping[str, Any]


def chosen_corpus(options: Options) -> Corpus:
    """The corpus that the options name, or the one that comes with mtkit."""
    pair = options["pair"]
    if options["tsv"]:
        return corpora.corpus_of(options["tsv"], options["tsv"], pair)
    if options["source"]:
        corpus = corpora.corpus_of(options["source"], options["target"], pair)
    else:
        corpus = corpora.corpus_in(options["data"] or corpora.everyday(), pair)
    if options["valid_source"]:
        valid = [(options["valid_source"], options["valid_target"])]
        return replace(corpus, splits=corpus.splits | {"valid": valid})
    return corpus


def read_splits(corpus: Corpus, seed: int) -> tuple[Bitext, Bitext]:
    """Training and validation pairs; says what was left out, and what held out."""
    read = corpus.read("train")
    train = corpora.clean(read)
    if empty := len(read) - len(train):
        console.warn(f"{empty:,} of {len(read):,} training pairs have an empty side: left out")
    if "valid" in corpus.splits:
        return train, corpora.clean(corpus.read("valid"))
    train, valid = corpora.hold_out(train, seed)
    console.say(f"no validation set: {len(valid):,} training pairs are held out for it")
    return train, valid


def chosen_tokenizer(options: Options, train: Bitext, vocab_size: int) -> Tokenizer:
    """The tokenizer that the options name, or one learnt from both sides of the pairs."""
    if options["tokenizer"]:
        return Tokenizer.load(options["tokenizer"])
    try:
        return Tokenizer.fit(train.source + train.target, vocab_size)
    except VocabularyTooLargeError as error:
        if options["vocab_size"]:  # the user's own number is not changed behind their back
            raise
        console.say(
            f"the text allows for {error.largest:,} pieces, not the preset's {vocab_size:,}"
        )
        return Tokenizer.fit(train.source + train.target, error.largest)


def data_files(corpus: Corpus) -> tuple[DataFile, ...]:
    """Path, length and hash of every file of the corpus."""
    files = []
    for role, pairs in corpus.splits.items():
        for pair in pairs:
            for side, path in zip(("source", "target"), pair, strict=True):
                path = path.resolve()
                lines = len(corpora.read_lines(path))
                files.append(DataFile(role, side, str(path), lines, corpora.file_hash(path)))
    return tuple(files)


def corpus_of_card(card: ModelCard) -> Corpus:
    """The files that a run was started with.  Errors: MtkitError if one is gone or has changed."""
    for file in card.data:
        path = Path(file.path)
        if not path.is_file() or corpora.file_hash(path) != file.sha256:
            raise MtkitError(
                f"`{path}` is gone or not the file that the run was started with",
                "put the old file back, or start another run with another --out",
            )
    sides: dict[str, dict[str, list[Path]]] = {}
    for file in card.data:
        sides.setdefault(file.role, {}).setdefault(file.side, []).append(Path(file.path))
    splits = {
        role: list(zip(files["source"], files["target"], strict=True))
        for role, files in sides.items()
    }
    return Corpus("", card.source_language, card.target_language, splits)
