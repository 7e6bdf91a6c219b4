"""Which files are a corpus: its splits, its languages, its direction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtkit.bitext import Bitext, Files, cannot_read, read_files
from mtkit.errors import MtkitError
from mtkit.wording import counted

NO_LANGUAGES = ("txt", "tsv", "csv", "log", "bak", "md", "raw", "gz")  # endings of other files


@dataclass(frozen=True)
class Mix:
    """How a bitext is mixed with others in training."""

    weight: float = 1.0  # how often a pair of it is seen in an epoch
    tag: str = ""  # of its domain or target language, put before each source

    @classmethod
    def parse(cls, text: str) -> tuple[Path, Mix]:
        """PATH, PATH:WEIGHT or PATH:WEIGHT:TAG.  Errors: MtkitError for anything else."""
        path, *rest = text.split(":")
        weight, tag = (*rest, *("1", "")[len(rest) :])[:2]
        number = float(weight) if re.fullmatch(r"\d+(\.\d+)?", weight) else 0.0
        if not path or len(rest) > 2 or not number or not re.fullmatch(r"[\w-]*", tag):
            raise MtkitError(
                f"--data {text} is not PATH, PATH:WEIGHT or PATH:WEIGHT:TAG",
                "the weight is a number above 0, the tag a word: for example --data news:3:news",
            )
        return Path(path), cls(number, tag)


def mixed(parts: Sequence[tuple[Corpus, Mix]]) -> Corpus:
    """One corpus of several: all their train sets, and the other sets of the first one.

    Errors: MtkitError for different languages without tags.
    """
    first = parts[0][0]
    train = [(files, how) for corpus, how in parts for files in corpus.splits["train"]]
    splits = first.splits | {"train": [files for files, _ in train]}
    if len({corpus.pair for corpus, _ in parts}) > 1 and not all(how.tag for _, how in parts):
        raise MtkitError(
            "the corpora are of several pairs of languages: "
            + ", ".join(f"{corpus.name} {corpus.pair}" for corpus, _ in parts),
            "name one with --pair, or tell them apart by tags: --data PATH:1:TAG for each",
        )
    name = "+".join(dict.fromkeys(corpus.name for corpus, _ in parts))
    return replace(first, name=name, splits=splits, mix=tuple(how for _, how in train))


@dataclass(frozen=True)
class Corpus:
    """Where the files of a corpus lie: for each split, one or more bitexts."""

    name: str
    source_language: str
    target_language: str
    splits: dict[str, list[Files]]
    mix: tuple[Mix, ...] = ()  # for each bitext of the train set; none: all alike

    @property
    def pair(self) -> str:
        return f"{self.source_language}-{self.target_language}"

    def read(self, split: str) -> Bitext:
        """All pairs of a split.  Errors: MtkitError for what cannot be read or does not match."""
        bitext = Bitext([], [])
        for files in self.splits[split]:
            bitext += read_files(files)
        if not len(bitext):
            raise self.no_lines(split)
        return bitext

    def no_lines(self, split: str) -> MtkitError:
        """The error where a split holds nothing."""
        names = " and ".join(f"`{file}`" for file in self.splits[split][0])
        return MtkitError(f"{names}: no lines", "give files with a sentence on each line")


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
    files: dict[tuple[str, str] | None, Path] = {}
    for file in sorted(directory.iterdir()):
        key = split_and_language(file)
        if key in files and key is not None:
            raise MtkitError(
                f"`{files[key]}` and `{file}` are the same side of the same set",
                "remove one of them",
            )
        files[key] = file
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


def side_in(directory: Path, language: str | None = None) -> Path:
    """The train set in a language, in a directory of {train,valid,test}.{language}.

    language: may be left out where only one is there.
    Errors: MtkitError where there is no such file, or the language is missing.
    """
    keys = {split_and_language(file): file for file in sorted(directory.iterdir())}
    sides = {key[1]: file for key, file in keys.items() if key and key[0] == "train"}
    if not sides:
        raise MtkitError(
            f"`{directory}` holds no train set",
            "it must have, for example, train.en (or train.en.gz); or name files of text",
        )
    if language is None and len(sides) == 1:
        return next(iter(sides.values()))
    if language not in sides:
        wrong = f"has no language `{language}`" if language else "holds more than one language"
        raise MtkitError(
            f"`{directory}` {wrong}", f"say which one: --language {' or '.join(sides)}"
        )
    return sides[language]


def corpus_of(sources: Sequence[Path], targets: Sequence[Path], pair: str | None) -> Corpus:
    """The corpus in files named one by one; the languages are guessed from `name.language`."""
    if len(sources) != len(targets):
        raise MtkitError(
            f"{counted(len(sources), 'file')} for --source, but {len(targets)} for --target",
            "give as many of one as of the other, in the same order",
        )
    guessed = [split_and_language(files[0]) for files in (sources, targets)]
    languages = [key[1] for key in guessed if key]
    if pair is None and len(set(languages)) < 2:
        raise MtkitError(
            f"the languages of `{sources[0]}` and `{targets[0]}` cannot be told from their names",
            "name them: for example --pair en-de",
        )
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


def split_and_language(file: Path) -> tuple[str, str] | None:
    """train.en or train.en.gz -> (train, en)"""
    match = re.fullmatch(r"(.+)\.([a-zA-Z]{2,3}(?:_\w+)?)", file.name.removesuffix(".gz"))
    return (match[1], match[2]) if match and match[2] not in NO_LANGUAGES else None


def _direction(pair: str | None, languages: Sequence[str] | None, where: Path) -> tuple[str, str]:
    """The two languages of a pair such as en-de."""
    found = ", ".join(languages or ())
    if pair is None and languages is not None:
        if len(languages) == 2:
            pair = "-".join(languages)
        elif where.samefile(everyday()):
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


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise cannot_read(path, error) from error
