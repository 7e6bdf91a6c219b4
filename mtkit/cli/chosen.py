"""The corpus that the options of a command name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtkit import console
from mtkit import corpus as corpora
from mtkit.bitext import Files
from mtkit.corpus import Corpus, Mix, mixed

Options = Mapping[str, Any]


def chosen_corpus(options: Options) -> Corpus:
    """The corpus that the options name, or the one that comes with mtkit."""
    pair = options["pair"]
    if options["tsv"]:
        corpus = corpora.corpus_of_tsv(options["tsv"], pair)
    elif options["source"]:
        corpus = corpora.corpus_of(options["source"], options["target"], pair)
    elif options["mix"]:
        parts = [Mix.parse(text) for text in options["mix"]]
        corpus = mixed([(corpora.corpus_in(path, pair), how) for path, how in parts])
    else:
        corpus = corpora.corpus_in(options["data"] or corpora.everyday(), pair)
    if pair is None and options["data"]:
        other = f"{corpus.target_language}-{corpus.source_language}"
        console.say(f"no --pair: taking {corpus.pair}; for the other way give --pair {other}")
    return with_valid_set(corpus, options)


def with_valid_set(corpus: Corpus, options: Options) -> Corpus:
    """The corpus with the validation set that the options name, if they do."""
    if not options["valid_source"]:
        return corpus
    valid: Files = (options["valid_source"], options["valid_target"])
    return replace(corpus, splits=corpus.splits | {"valid": [valid]})


def names_corpus(options: Options) -> bool:
    """Whether the options name what to train on."""
    return any(options[name] for name in ("data", "mix", "source", "tsv"))
