"""Fetched files to {train,valid,test}.{language}."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path

from mtkit.bitext import Pair, is_whole, iterate_bitext, iterate_lines, open_bytes
from mtkit.download.corpora import OPUS_CODES, SETS
from mtkit.download.table import PublicCorpus
from mtkit.download.unpack import unpack
from mtkit.errors import MtkitError
from mtkit.wording import counted

HELD = 1000  # pairs at most, for valid and for test each
SHARE = 50  # one pair of so many is held out, for each
YEARS = range(2010, 2016)  # of the test sets of IWSLT 2017

Read = Callable[[], Iterator[Pair]]  # all pairs, from the first one, as often as it is called


@dataclass
class Report:
    """What came of a corpus.

    pairs    in each set
    dropped  pairs that were left out, by the reason
    """

    pairs: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """For a person."""
        sets = ", ".join(f"{name} {pairs:,}" for name, pairs in self.pairs.items())
        return [f"pairs: {sets}", *(f"left out: {n:,} {why}" for why, n in self.dropped.items())]

    def drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


def lay_out(corpus: PublicCorpus, pair: str, files: Sequence[Path], out: Path) -> Report:
    """Write the sets of a corpus, from its files, into an empty directory.

    pair: as the files name it.  Errors: MtkitError for files that are not what they should be.
    """
    work = out / "unpacked"
    work.mkdir()
    report = Report()
    readers = {"lines": lines, "talks": talks, "columns": columns, "sides": sides}
    sets = readers[corpus.layout](pair, files, work, report)
    if "all" in sets:
        divide(sets["all"], pair, out, report)
    else:
        for name, read in sets.items():
            write_set(out, name, pair, read(), report)
    shutil.rmtree(work)
    return report


def lay_out_pairs(pairs: Iterable[Pair], languages: str, out: Path) -> Report:
    """Write train, valid and test sets of pairs, which are read once, into an empty directory."""
    report, work = Report(), out / "unpacked"
    work.mkdir()
    write_set(work, "all", languages, pairs, report)
    report.pairs.clear()
    one, other = languages.split("-")
    divide(reading(work / f"all.{one}", work / f"all.{other}"), languages, out, report)
    shutil.rmtree(work)
    return report


def lines(pair: str, files: Sequence[Path], work: Path, report: Report) -> dict[str, Read]:
    """Multi30k: a file for each set and language."""
    for file in files:
        unpack(file, {"": work / file.stem})
    one, other = pair.split("-")
    return {
        ours: reading(work / f"{theirs}.{one}", work / f"{theirs}.{other}")
        for ours, theirs in SETS.items()
        if (work / f"{theirs}.{one}").exists()
    }


def sides(pair: str, files: Sequence[Path], work: Path, report: Report) -> dict[str, Read]:
    """OPUS: an archive with a file for each language, and no sets."""
    codes = [OPUS_CODES.get(language, language) for language in pair.split("-")]
    names = [f"Tatoeba.{'-'.join(codes)}.{code}" for code in codes]
    unpack(files[0], {name: work / name for name in names})
    return {"all": reading(*(work / name for name in names))}


def columns(pair: str, files: Sequence[Path], work: Path, report: Report) -> dict[str, Read]:
    """News Commentary: one table with a column for each language, and no sets."""
    table = work / "pairs.tsv"
    unpack(files[0], {"": table})
    return {"all": lambda: cells(table)}


def cells(table: Path) -> Iterator[Pair]:
    """The first two cells of each row; a row of one cell has an empty one beside it."""
    with open_bytes(table) as stream:
        for line in iterate_lines(stream, str(table)):
            one, _, rest = line.partition("\t")
            yield one, rest.partition("\t")[0]


def talks(pair: str, files: Sequence[Path], work: Path, report: Report) -> dict[str, Read]:
    """IWSLT 2017: TED talks with what is known of them in tags between their lines."""
    one, other = pair.split("-")
    parts = {
        "train": [f"train.tags.{pair}.%s"],
        "valid": [f"IWSLT17.TED.dev2010.{pair}.%s.xml"],
        "test": [f"IWSLT17.TED.tst{year}.{pair}.%s.xml" for year in YEARS],
    }
    names = [part % side for found in parts.values() for part in found for side in (one, other)]
    unpack(files[0], {f"{pair}/{name}": work / name for name in names})
    return {
        name: partial(
            spoken, [(work / (part % one), work / (part % other)) for part in found], report
        )
        for name, found in parts.items()
    }


def spoken(files: Sequence[tuple[Path, Path]], report: Report) -> Iterator[Pair]:
    """What is said in the talks of several files, one after the other."""
    for left, right in files:
        with left.open("rb") as one, right.open("rb") as other:
            sides = iterate_lines(one, left.name), iterate_lines(other, right.name)
            for source, target in zip_longest(*(map(text_of, side) for side in sides)):
                if source is not None and target is not None:
                    yield source, target
                elif source is not target:
                    report.drop("with a tag on one side")


def text_of(line: str) -> str | None:
    """What is said in a line, or None for a tag; `<seg id="1"> text </seg>` in valid and test."""
    line = line.strip()
    if segment := re.fullmatch(r"<seg\b[^>]*>(.*)</seg>", line):
        return segment[1].strip()
    return None if line.startswith("<") else line


def reading(source: Path, target: Path) -> Read:
    return lambda: iterate_bitext(source, target)


def divide(read: Read, languages: str, out: Path, report: Report) -> None:
    """Draw a valid and a test set, always the same ones, and write what is left as train.

    A pair that shares a sentence, on either side, with a set that is drawn before is left out.
    Errors: MtkitError for too few pairs.
    """
    whole = sum(map(is_whole, read()))
    held = min(HELD, whole // SHARE)
    if not held:
        raise MtkitError(
            f"{counted(whole, 'pair is', 'pairs are')} too few to draw valid and test sets from",
            "take a larger corpus",
        )
    rows = random.Random(1).sample(range(whole), 2 * held)
    chosen = set(rows)
    drawn = {row: pair for row, pair in enumerate(filter(is_whole, read())) if row in chosen}
    seen: set[str] = set()
    sets: dict[str, Iterable[Pair]] = {}
    for name, part in (("test", rows[:held]), ("valid", rows[held:])):
        pairs = dict.fromkeys(unseen((drawn[row] for row in sorted(part)), seen, report))
        seen |= {key(side) for pair in pairs for side in pair}
        sets[name] = pairs
    sets["train"] = unseen(others(read, chosen, report), seen, report)
    for name in ("train", "valid", "test"):
        write_set(out, name, languages, sets[name], report)


def others(read: Read, chosen: set[int], report: Report) -> Iterator[Pair]:
    """The pairs that were not drawn."""
    row = -1
    for pair in read():
        if not is_whole(pair):
            report.drop("with an empty side")
            continue
        row += 1
        if row not in chosen:
            yield pair


def unseen(pairs: Iterable[Pair], seen: set[str], report: Report) -> Iterator[Pair]:
    """The pairs of which no side has been seen."""
    for pair in pairs:
        if key(pair[0]) in seen or key(pair[1]) in seen:
            report.drop("with a sentence of valid or test")
        else:
            yield pair


def key(sentence: str) -> str:
    """The same for sentences that differ only in case and spaces."""
    return " ".join(sentence.split()).casefold()


def write_set(out: Path, name: str, languages: str, pairs: Iterable[Pair], report: Report) -> None:
    """Two files, line by line.  Errors: MtkitError where there is nothing to write."""
    one, other = languages.split("-")
    written = 0
    with (out / f"{name}.{one}").open("wb") as left, (out / f"{name}.{other}").open("wb") as right:
        for source, target in pairs:
            left.write(source.encode() + b"\n")
            right.write(target.encode() + b"\n")
            written += 1
    if not written:
        raise MtkitError(f"the {name} set has no pairs", "the files are not what they should be")
    report.pairs[name] = written
