"""Sentence pairs: what a line is, reading them (plain, TSV, .gz), cleaning, holding out."""

from __future__ import annotations

import contextlib
import gzip
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO

from mtkit.errors import MtkitError
from mtkit.wording import counted

Files = tuple[Path, ...]  # a source and a target file, or one TSV file
Pair = tuple[str, str]  # a source sentence and its translation


@dataclass(frozen=True)
class Bitext:
    """Sentence pairs: line n of `target` translates line n of `source`."""

    source: list[str]
    target: list[str]

    def __len__(self) -> int:
        return len(self.source)

    def __add__(self, other: Bitext) -> Bitext:
        return Bitext(self.source + other.source, self.target + other.target)

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Bitext:
        source, target = [], []
        for one, other in pairs:
            source.append(one)
            target.append(other)
        return cls(source, target)


def open_bytes(path: Path) -> IO[bytes]:
    """A file to read, unpacked if its name ends in .gz."""
    try:
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise cannot_read(path, error) from error


def cannot_read(path: Path, error: OSError) -> MtkitError:
    return MtkitError(
        f"`{path}` cannot be read: {error.strerror}", "check the path and its permissions"
    )


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


def count_lines(path: Path) -> int | None:
    """The lines of a file, plain or .gz; None where it can be read only once, or not to its end."""
    if not path.is_file():
        return None
    count, last = 0, b"\n"
    with contextlib.suppress(EOFError, zlib.error, OSError), open_bytes(path) as stream:
        while block := stream.read(1 << 20):
            count, last = count + block.count(b"\n"), block[-1:]
        return count + (last != b"\n")
    return None


def read_lines(path: Path) -> list[str]:
    """All lines of a file, plain or .gz.  Errors: MtkitError, with the line if there is one."""
    with open_bytes(path) as stream:
        return list(iterate_lines(stream, str(path)))


def iterate_files(files: Files) -> Iterator[Pair]:
    """The pairs of one bitext, without holding them in memory."""
    return iterate_bitext(*files) if len(files) == 2 else iterate_tsv(*files)


def iterate_bitext(source: Path, target: Path) -> Iterator[Pair]:
    """Pairs of two files, line by line translations of each other."""
    with open_bytes(source) as left, open_bytes(target) as right:
        sides = iterate_lines(left, str(source)), iterate_lines(right, str(target))
        for number, (one, other) in enumerate(zip_longest(*sides)):
            if one is None or other is None:
                longer = number + 1 + sum(1 for side in sides for _ in side)
                lengths = (number, longer) if one is None else (longer, number)
                raise MtkitError(
                    f"`{source}` and `{target}` differ in length: "
                    f"{lengths[0]:,} and {lengths[1]:,} lines",
                    "line n of one must be the translation of line n of the other; "
                    "`mtkit check` finds where they slip",
                )
            yield one, other


def iterate_tsv(path: Path) -> Iterator[Pair]:
    """Pairs of a file of `source TAB target`; further columns are ignored."""
    with open_bytes(path) as stream:
        for number, line in enumerate(iterate_lines(stream, str(path)), 1):
            source, tab, rest = line.partition("\t")
            if not tab:
                raise MtkitError(
                    f"`{path}`, line {number:,}: no tab",
                    "each line must be: source sentence, tab, target sentence",
                )
            yield source, rest.partition("\t")[0]


def read_files(files: Files) -> Bitext:
    return Bitext.of(iterate_files(files))


def is_whole(pair: Pair) -> bool:
    """Whether there is text on both sides."""
    return bool(pair[0].strip() and pair[1].strip())


def all_empty(pairs: int, name: str) -> MtkitError:
    """The error where no pair is left; name: what to call the set."""
    return MtkitError(
        f"none of the {counted(pairs, f'{name} pair')} is left: in each, a side is empty",
        "check that both files hold text",
    )


def clean(bitext: Bitext, name: str) -> Bitext:
    """Without the pairs of which a side is empty.

    name: what to call the set in an error.  Errors: MtkitError if no pair is left.
    """
    kept = Bitext.of(filter(is_whole, zip(bitext.source, bitext.target, strict=True)))
    if not len(kept):
        raise all_empty(len(bitext), name)
    return kept


@dataclass(frozen=True)
class Counts:
    """How much text there is."""

    pairs: int = 0
    empty: int = 0  # pairs of which a side is empty
    bytes: int = 0  # of both sides, in UTF-8

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.pairs + other.pairs, self.empty + other.empty, self.bytes + other.bytes)


def count(pairs: Iterable[Pair]) -> Counts:
    found = whole = size = 0
    for pair in pairs:
        found += 1
        whole += is_whole(pair)
        size += len(pair[0].encode()) + len(pair[1].encode())
    return Counts(found, found - whole, size)


def hold_out(read: Callable[[], Iterator[Pair]], pairs: int) -> Bitext:
    """A validation set of 2% of the training pairs, at most 1,000, always the same ones.

    read: the training pairs, from the first one, as often as it is called; pairs: how many.
    Whoever trains leaves out every pair whose source stands in the validation set.
    Errors: MtkitError if no other is left.
    """
    chosen = set(random.Random(1).sample(range(pairs), min(1000, max(1, pairs // 50))))
    found = Bitext.of(
        pair for row, pair in enumerate(islice(read(), max(chosen) + 1)) if row in chosen
    )
    seen = set(found.source)
    if all(source in seen for source, _ in read()):
        raise MtkitError(
            f"{counted(pairs, 'pair is', 'pairs are')} too few to hold some out for validation",
            "give more pairs, or a validation set of your own",
        )
    return found
