"""Bitext: read it (plain, TSV, .gz), find its splits, check and clean it."""

from __future__ import annotations

import gzip
import hashlib
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mtkit.errors import MtkitError


@dataclass(frozen=True)
class Bitext:
    """Sentence pairs: line n of `target` translates line n of `source`."""

    source: list[str]
    target: list[str]

    def __len__(self) -> int:
        return len(self.source)

    def __add__(self, other: Bitext) -> Bitext:
        return Bitext(self.source + other.source, self.target + other.target)

    def select(self, rows: Sequence[int]) -> Bitext:
        return Bitext([self.source[i] for i in rows], [self.target[i] for i in rows])


Files = tuple[Path, ...]  # a source and a target file, or one TSV file


@dataclass(frozen=True)
class Corpus:
    """Where the files of a corpus lie: for each split, one or more bitexts."""

    name: str
    source_language: str
    target_language: str
    splits: dict[str, list[Files]]

    @property
    def pair(self) -> str:
        return f"{self.source_language}-{self.target_language}"

    def read(self, split: str) -> Bitext:
        """All pairs of a split.  Errors: MtkitError for what cannot be read or does not match."""
        bitext = Bitext([], [])
        for files in self.splits[split]:
            bitext += read_files(files)
        if not len(bitext):
            names = " and ".join(f"`{file}`" for file in self.splits[split][0])
            raise MtkitError(f"{names}: no lines", "give files with a sentence on each line")
        return bitext


def everyday() -> Path:
    """The corpus that comes with mtkit: in the installed package, or in a checkout."""
    package = Path(__file__).parent
    inside, checkout = package / "data" / "everyday", package.parent / "data" / "everyday"
    return inside if inside.is_dir() else checkout


def corpus_in(directory: Path, pair: str | None = None) -> Corpus:
    """The corpus in a directory of {train,valid,test}.{language}, each plain or .gz.

    pair: the direction, as in en-de; may be left out where only two languages are there.
    Errors: MtkitError where there is no train set, or the pair is unknown or missing.
    """
    if not directory.is_dir():
        raise MtkitError(
            f"`{directory}` is not a directory",
            "DATA is a directory of {train,valid,test}.{language}; "
            "for single files use --source and --target, or --tsv",
        )
    files = {_split_and_language(file): file for file in sorted(directory.iterdir())}
    languages = sorted({key[1] for key in files if key and key[0] == "train"})
    if len(languages) < 2:
        raise MtkitError(
            f"`{directory}` holds no train set of two languages",
            "it must have, for example, train.en and train.de (or train.en.gz and train.de.gz)",
        )
    source, target = _direction(pair, languages, directory)
    splits: dict[str, list[Files]] = {}
    for split in sorted({key[0] for key in files if key}):
        if (split, source) in files and (split, target) in files:
            splits[split] = [(files[split, source], files[split, target])]
    return Corpus(directory.resolve().name, source, target, splits)


def corpus_of(sources: Sequence[Path], targets: Sequence[Path], pair: str | None) -> Corpus:
    """The corpus in files named one by one; the languages are guessed from `name.language`."""
    if len(sources) != len(targets):
        raise MtkitError(
            f"{len(sources)} files for --source, but {len(targets)} for --target",
            "give as many of one as of the other, in the same order",
        )
    guessed = [_split_and_language(files[0]) for files in (sources, targets)]
    if pair is None and not all(guessed):
        raise MtkitError(
            f"the languages of `{sources[0]}` and `{targets[0]}` cannot be told from their names",
            "name them: for example --pair en-de",
        )
    languages = [key[1] for key in guessed if key]
    source, target = _direction(pair or "-".join(languages), None, sources[0])
    name = guessed[0][0] if guessed[0] else sources[0].name.split(".")[0]
    return Corpus(name, source, target, {"train": list(zip(sources, targets, strict=True))})


def corpus_of_tsv(files: Sequence[Path], pair: str | None) -> Corpus:
    """The corpus in TSV files, whose languages must be named."""
    if pair is None:
        raise MtkitError(
            f"the languages of `{files[0]}` cannot be told from its name",
            "name them: for example --pair en-de",
        )
    source, target = _direction(pair, None, files[0])
    return Corpus(files[0].name.split(".")[0], source, target, {"train": [(f,) for f in files]})


def _split_and_language(file: Path) -> tuple[str, str] | None:
    """train.en or train.en.gz -> (train, en)"""
    match = re.fullmatch(r"(.+)\.([a-zA-Z]{2,3}(?:_\w+)?)(?<!\.gz)(?:\.gz)?", file.name)
    return (match[1], match[2]) if match else None


def _direction(pair: str | None, languages: Sequence[str] | None, where: Path) -> tuple[str, str]:
    """The two languages of a pair such as en-de."""
    found = ", ".join(languages or ())
    if pair is None and languages is not None:
        if len(languages) == 2:
            pair = "-".join(languages)
        elif where == everyday():
            pair = "en-de"
        else:
            raise MtkitError(
                f"`{where}` holds more than two languages: {found}",
                f"say which way to translate: for example --pair {languages[0]}-{languages[1]}",
            )
    source, _, target = (pair or "").partition("-")
    if not source or not target or source == target or "-" in target:
        raise MtkitError(
            f"--pair {pair} is no pair of languages", "write it like this: --pair en-de"
        )
    for language in (source, target):
        if languages is not None and language not in languages:
            raise MtkitError(
                f"--pair {pair}: `{where}` has no language `{language}`", f"it has {found}"
            )
    return source, target


def open_bytes(path: Path) -> IO[bytes]:
    """A file to read, unpacked if its name ends in .gz."""
    try:
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise MtkitError(
            f"`{path}` cannot be read: {error.strerror}", "check the path and its permissions"
        ) from error


def iterate_lines(stream: Iterable[bytes], name: str) -> Iterator[str]:
    """Lines of UTF-8, split at \\n only, so that every program counts them alike.

    stream: anything that yields bytes up to each \\n; name: what to call it in an error.
    A carriage return before the \\n (Windows) and a byte-order mark do not belong to the text.
    """
    number = 0
    try:
        for number, raw in enumerate(stream, 1):
            line = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
            yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeDecodeError as error:
        raise MtkitError(
            f"`{name}`, line {number:,}: not UTF-8 (byte 0x{error.object[error.start]:02x})",
            f"convert the file, for example: iconv -f latin1 -t utf-8 {name}",
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        raise MtkitError(
            f"`{name}`, after line {number:,}: {error}", "the file is damaged: fetch it again"
        ) from error


def read_lines(path: Path) -> list[str]:
    """All lines of a file, plain or .gz.  Errors: MtkitError, with the line if there is one."""
    with open_bytes(path) as stream:
        return list(iterate_lines(stream, str(path)))


def read_files(files: Files) -> Bitext:
    return read_bitext(*files) if len(files) == 2 else read_tsv(*files)


def read_bitext(source: Path, target: Path) -> Bitext:
    """Two files, line by line translations of each other."""
    bitext = Bitext(read_lines(source), read_lines(target))
    if len(bitext.source) != len(bitext.target):
        raise MtkitError(
            f"`{source}` and `{target}` differ in length: "
            f"{len(bitext.source):,} and {len(bitext.target):,} lines",
            "line n of one must be the translation of line n of the other",
        )
    return bitext


def read_tsv(path: Path) -> Bitext:
    """A file of `source TAB target`; further columns are ignored."""
    rows = [line.split("\t") for line in read_lines(path)]
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            raise MtkitError(
                f"`{path}`, line {number:,}: no tab",
                "each line must be: source sentence, tab, target sentence",
            )
    return Bitext([row[0] for row in rows], [row[1] for row in rows])


def clean(bitext: Bitext) -> Bitext:
    """Without the pairs of which a side is empty.  Errors: MtkitError if none is left."""
    pairs = zip(bitext.source, bitext.target, strict=True)
    kept = bitext.select([i for i, (a, b) in enumerate(pairs) if a.strip() and b.strip()])
    if not len(kept):
        raise MtkitError(
            f"none of the {len(bitext):,} pairs is left: in each, a side is empty",
            "check that both files hold text",
        )
    return kept


def hold_out(bitext: Bitext, seed: int) -> tuple[Bitext, Bitext]:
    """Training pairs, and a validation set of 2% of the pairs, at most 1,000.

    No source sentence of the one stands in the other.  Errors: MtkitError if nothing is left.
    """
    size = min(1000, max(1, len(bitext) // 50))
    chosen = set(random.Random(seed).sample(range(len(bitext)), size))
    seen = {bitext.source[i] for i in chosen}
    rest = [i for i, line in enumerate(bitext.source) if line not in seen]
    if not rest:
        raise MtkitError(
            f"{len(bitext):,} pairs are too few to hold some out for validation",
            "give more pairs, or a validation set of your own",
        )
    return bitext.select(rest), bitext.select(sorted(chosen))


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
