"""From text files to what training reads; whatever takes long is made once and kept in a cache."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import sentencepiece

from mtkit import console
from mtkit.batches import EncodedPair, encode_bitext
from mtkit.bitext import (
    Bitext,
    Counts,
    Files,
    Pair,
    all_empty,
    clean,
    hold_out,
    is_whole,
    iterate_files,
)
from mtkit.cache import Cache
from mtkit.card import DataSet
from mtkit.check.extras import can_identify
from mtkit.check.quick import Look, foreign_sides, leaked, look
from mtkit.config import TOKENIZER_KINDS
from mtkit.corpus import Corpus, Mix, file_hash
from mtkit.feed import Portion
from mtkit.store import Store, write_store
from mtkit.tokenizer import Tokenizer, VocabularyTooLargeError
from mtkit.wording import counted

LEARNT_FROM = 2**24  # bytes of text: SentencePiece takes 20 to 30 bytes of memory for each
LARGE = 2**30  # bytes of an entry of the cache whose place is told


def data_sets(corpus: Corpus, cache: Cache) -> tuple[DataSet, ...]:
    """What the model card says of the corpus: the files of every split, with their hashes."""
    found = []
    for role, bitexts in corpus.splits.items():
        mix = corpus.mix if role == "train" and corpus.mix else [Mix()] * len(bitexts)
        for files, how in zip(bitexts, mix, strict=True):
            sha256 = tuple(file_hash(path) for path in files)
            paths = tuple(str(path.resolve()) for path in files)
            pairs = counts(files, sha256, cache).pairs
            found.append(DataSet(role, paths, sha256, pairs, how.weight, how.tag))
    return tuple(found)


def counts(files: Files, sha256: Sequence[str], cache: Cache) -> Counts:
    """How much text is in the files of these hashes."""

    return looked_at(files, sha256, cache).counts


def looked_at(files: Files, sha256: Sequence[str], cache: Cache) -> Look:
    """The quick part of `mtkit check`, and the counts, from one pass."""

    def make(folder: Path) -> dict[str, Any]:
        return look(console.track(iterate_files(files), "counting"))

    return Look.read(cache.entry("look", {"files": sha256}, make).values)


class TrainingData:
    """The training pairs, read anew in each pass, and the validation pairs."""

    def __init__(self, corpus: Corpus, data: Sequence[DataSet], cache: Cache) -> None:
        """data: what the model card says of the corpus.

        Says what is left out, and what held out.  Errors: MtkitError if nothing is left.
        """
        self.cache, self.files = cache, corpus.splits["train"]
        self.data = [found for found in data if found.role == "train"]
        sha256 = [found.sha256 for found in self.data]
        looks = [looked_at(*each, cache) for each in zip(self.files, sha256, strict=True)]
        found = [look.counts for look in looks]
        self.counts = sum(found, Counts())
        self.key: dict[str, Any] = {"files": sha256, "sentencepiece": sentencepiece.__version__}
        self._held: frozenset[str] = frozenset()  # sources that are not trained on
        if not self.counts.pairs:
            raise corpus.no_lines("train")
        if self.counts.empty == self.counts.pairs:
            raise all_empty(self.counts.pairs, "training")
        if self.counts.empty:
            of = f"of {counted(self.counts.pairs, 'training pair')}"
            told = counted(self.counts.empty, f"{of} has", f"{of} have")
            console.warn(f"{told} an empty side: left out")
        self._warn_of_faults(corpus, looks)
        if "valid" in corpus.splits:
            self.valid = clean(corpus.read("valid"), "validation")
        else:
            self.valid = self._hold_out(found)

    def _warn_of_faults(self, corpus: Corpus, looks: Sequence[Look]) -> None:
        """A line for each kind of fault in a bitext; what takes a look at the text is cached."""
        languages = corpus.source_language, corpus.target_language
        told = []
        for files, data, seen in zip(self.files, self.data, looks, strict=True):

            def sides(folder: Path, files: Files = files) -> dict[str, Any]:
                return {"told": foreign_sides(files, languages)}

            key = {"files": data.sha256, "languages": languages, "identifier": can_identify()}
            name = f"{files[0].name}: " if len(self.files) > 1 else ""
            found = [*seen.warnings(), *self.cache.entry("sides", key, sides).values["told"]]
            told += [f"{name}{text}" for text in found]
        told += self._leaks(corpus)
        for text in told:
            console.warn(f"{text}; `mtkit check` shows where")

    def _leaks(self, corpus: Corpus) -> Iterator[str]:
        """A line for each held-out set of which train has sentences."""
        for split, bitexts in corpus.splits.items():
            if split == "train":
                continue

            def make(folder: Path, bitexts: list[Files] = bitexts) -> dict[str, Any]:
                return {"sentences": leaked(self.files, bitexts)}

            held = [file_hash(file) for files in bitexts for file in files]
            key = {"files": [found.sha256 for found in self.data], "held out": held}
            if found := self.cache.entry("leaks", key, make).values["sentences"]:
                one, many = f"{split} sentence stands", f"{split} sentences stand"
                yield f"{counted(found, one, many)} in the training set too"

    @property
    def tags(self) -> list[str]:
        return list(dict.fromkeys(found.tag for found in self.data if found.tag))

    def pairs(self, what: str, chosen: Sequence[Files] | None = None) -> Iterator[Pair]:
        """All that is trained on, and pairs with an empty side; what: to say of the progress.

        chosen: of these files only.
        """
        read = (pair for files in chosen or self.files for pair in iterate_files(files))
        shown = console.track(read, what, None if chosen else self.counts.pairs)
        return (pair for pair in shown if pair[0] not in self._held)

    def whole_pairs(self, what: str, chosen: Sequence[Files] | None = None) -> Iterator[Pair]:
        """All that is trained on."""
        return filter(is_whole, self.pairs(what, chosen))

    def _hold_out(self, found: Sequence[Counts]) -> Bitext:
        """Pairs of the files that have the first one's tag; always the same, whatever the seed."""
        rows = [row for row, each in enumerate(self.data) if each.tag == self.data[0].tag]
        files = [self.files[row] for row in rows]
        whole = sum(found[row].pairs - found[row].empty for row in rows)

        def make(folder: Path) -> dict[str, Any]:
            return vars(hold_out(lambda: self.whole_pairs("holding out", files), whole))

        key = self.key | {"of": [self.data[row].sha256 for row in rows]}
        valid = Bitext(**self.cache.entry("held-out", key, make).values)
        self._held = frozenset(valid.source)
        self.key["held out"] = key["of"]
        told = counted(len(valid), "training pair is", "training pairs are")
        console.say(f"no validation set: {told} held out for it")
        return valid

    def learn_tokenizer(self, vocab_size: int) -> Tokenizer:
        """A tokenizer of as many pieces as were asked for, or as the text allows.

        It is learnt from both sides of all pairs, of much text from every n-th pair.
        """

        def make(folder: Path) -> dict[str, Any]:
            every = -(-self.counts.bytes // LEARNT_FROM)
            if every > 1:
                console.say(f"the tokenizer is learnt from 1 in {every:,} training pairs")
            chosen = Bitext.of(islice(self.whole_pairs("choosing"), 0, None, every))
            tokenizer = as_many_pieces(chosen.source + chosen.target, vocab_size, self.tags)
            (folder / Tokenizer.FILE_NAME).write_bytes(tokenizer.model)
            return {}

        kind = TOKENIZER_KINDS[0]
        key = self.key | {"vocab_size": vocab_size, "kind": kind, "bytes": LEARNT_FROM}
        key |= {"tags": self.tags} if self.tags else {}
        return Tokenizer.load(self.cache.entry("tokenizer", key, make).folder)

    def encoded(
        self, tokenizer: Tokenizer, longest: int
    ) -> tuple[list[Portion], list[EncodedPair]]:
        """Training and validation pairs as ids; says how many of each are too long.

        longest: positions of a pair without its tag.  Errors: MtkitError if no pair is left.
        """
        mixes: dict[Mix, list[int]] = {}
        for row, found in enumerate(self.data):
            mixes.setdefault(Mix(found.weight, found.tag), []).append(row)
        portions, left_out = [], {"training": 0}
        for mix, rows in mixes.items():
            store = self.store(tokenizer, longest, rows)
            left_out["training"] += store.too_long
            tag = tokenizer.tag(mix.tag) if mix.tag else None
            portions.append(Portion(store, mix.weight, tag))
        valid, left_out["validation"] = encode_bitext(self.valid, tokenizer, longest, "validation")
        if (tag := portions[0].tag) is not None:  # validated is what is like the first corpus
            valid = [pair.tagged(tag) for pair in valid]
        for name, pairs in left_out.items():
            if pairs:
                told = counted(pairs, f"{name} pair is", f"{name} pairs are")
                console.warn(f"{told} longer than {longest} pieces: left out")
        return portions, valid

    def store(self, tokenizer: Tokenizer, longest: int, rows: Sequence[int] | None = None) -> Store:
        """The pairs as ids; rows: of these files only, by their numbers.

        Errors: MtkitError if none has at most `longest` positions.
        """
        some = rows if rows is not None and len(rows) < len(self.files) else []
        files = [self.files[row] for row in some] or None

        def make(folder: Path) -> dict[str, Any]:
            pairs = self.pairs("preparing", files)
            return write_store(folder, pairs, tokenizer, longest, "training")

        key = self.key | {"tokenizer": tokenizer.sha256, "longest": longest}
        key |= {"of": [self.data[row].sha256 for row in some]} if files else {}
        entry = self.cache.entry("pairs", key | {"byte order": sys.byteorder}, make)
        if entry.made and entry.size > LARGE:
            size = f"{entry.size / 2**30:.1f} GiB"
            console.say(f"the prepared pairs take {size} in `{self.cache.root}` (MTKIT_CACHE)")
        return Store(entry.folder, entry.values)


def as_many_pieces(lines: list[str], vocab_size: int, tags: Sequence[str] = ()) -> Tokenizer:
    """A tokenizer of `vocab_size` pieces, or of the most that the lines allow for."""
    try:
        return Tokenizer.fit(lines, vocab_size, tags=tags)
    except VocabularyTooLargeError as error:
        return Tokenizer.fit(lines, error.largest, tags=tags)
