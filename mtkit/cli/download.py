"""`mtkit download`"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtkit.cache import default_root
from mtkit.errors import MtkitError
from mtkit.places import whole_directory

if TYPE_CHECKING:
    from mtkit.download.layout import Report
    from mtkit.download.origin import Origin
    from mtkit.download.table import PublicCorpus, Remote


def download(
    name: Annotated[str | None, typer.Argument(help="A corpus of --list.")] = None,
    pair: Annotated[str, typer.Option(help="The two languages.")] = "en-de",
    out: Annotated[Path | None, typer.Option(help="The new directory.  (data/NAME-PAIR)")] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            envvar="MTKIT_MIRROR",
            help="Fetch URL/HOST/PATH, not https://HOST/PATH; checksums hold all the same.  "
            "Not for opus: and mtdata:",
        ),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Show which corpora there are.")] = False,
) -> None:
    """Fetch a public corpus: checked, unpacked, and laid out for training.

    What is fetched is kept in the cache (~/.cache/mtkit/downloads, or below
    MTKIT_CACHE) and not fetched again; where it broke off, the same command goes on.

    Of OPUS and others, through mtdata (pip install 'mtkit\\[download]'):
    opus:NAME, opus:NAME/VERSION, or mtdata:ID for any ID of `mtdata list -id`.

    [bold]mtkit download --list[/bold]

    [bold]mtkit download multi30k --pair en-de[/bold]

    [bold]mtkit download opus:TED2020 --pair en-fr --out data/ted[/bold]
    """
    from mtkit import console
    from mtkit.download.opus import PREFIXES

    if list_all:
        show_list()
        return
    if not name:
        raise typer.BadParameter("name a corpus; `mtkit download --list` shows all")
    check_pair(pair)
    place = out or Path("data") / f"{re.sub(r'[^a-z0-9.]+', '-', name.lower())}-{pair}"
    if name.startswith(PREFIXES):
        get_dataset(name, pair, place)
    else:
        get_corpus(name, pair, place, mirror)
    console.next_step("mtkit", "train", place, "--pair", pair)


def show_list() -> None:
    """The table of corpora, on stdout."""
    from mtkit import console, tables
    from mtkit.cli.streams import output
    from mtkit.download.corpora import CORPORA

    with output(None) as writer:
        writer.lines(tables.corpora_table(CORPORA))
    console.next_step("mtkit", "download", "multi30k", "--pair", "en-de")


def check_pair(pair: str) -> None:
    """Errors: MtkitError for what is no pair of languages."""
    if not re.fullmatch(r"[a-z]{2,3}-[a-z]{2,3}", pair) or len(set(pair.split("-"))) < 2:
        raise MtkitError(
            f"--pair {pair} is no pair of languages", "write it like this: --pair en-de"
        )


def get_corpus(name: str, pair: str, out: Path, mirror: str | None) -> None:
    """A corpus of the table, from its files."""
    from mtkit import console
    from mtkit.download.corpora import corpus_named
    from mtkit.download.fetch import forget, remember
    from mtkit.download.layout import lay_out
    from mtkit.download.origin import Origin

    corpus = corpus_named(name)
    own = corpus.own_pair(pair)
    checksums = corpus.checksums or (
        "nobody has published any: that of the first download is recorded, and later ones must "
        "have the same"
    )
    origin = Origin(
        f"{corpus.name} {corpus.version}", own, corpus.title, corpus.licence, corpus.source,
        corpus.sets, checksums,
    )  # fmt: skip
    if is_there(origin, out):
        return
    files = fetch_all(corpus, own, mirror)
    console.say("unpacking ...")
    unproven = [file for remote, file in files.items() if not remote.sha256]
    with whole_directory(out) as directory:
        try:
            report = lay_out(corpus, own, list(files.values()), directory)
        except MtkitError:
            for file in unproven:
                forget(file)
            raise
        for file in unproven:
            remember(file)
        origin.seal(directory, notes(files, report))
    show(out, report)


def get_dataset(name: str, pair: str, out: Path) -> None:
    """A corpus that mtdata knows."""
    from mtkit import console
    from mtkit.download.corpora import HELD_OUT
    from mtkit.download.layout import lay_out_pairs
    from mtkit.download.opus import dataset
    from mtkit.download.origin import Origin

    found = dataset(name, pair)
    origin = Origin(
        f"mtdata {found.id}", pair, "fetched by mtdata", "mtdata does not know it: see the source",
        found.url, HELD_OUT, "mtdata checks none; SHA256SUMS has those of what is laid out",
    )  # fmt: skip
    if is_there(origin, out):
        return
    pairs = console.track(found.pairs(kept_below() / "mtdata"), "reading", None, "pairs")
    with whole_directory(out) as directory:
        report = lay_out_pairs(pairs, pair, directory)
        origin.seal(directory, report.lines())
    show(out, report)


def is_there(origin: Origin, out: Path) -> bool:
    """Say what it is; whether it is in its place already.  Errors: MtkitError if that is taken."""
    from mtkit import console

    there = origin.is_in(out)
    for line in origin.lines():
        console.say(line)
    if there:
        console.say(f"it is in `{out}` already, as it was downloaded: nothing to do")
    return there


def fetch_all(corpus: PublicCorpus, pair: str, mirror: str | None) -> dict[Remote, Path]:
    """All files of a pair, from the cache or the web."""
    from mtkit import console
    from mtkit.download.fetch import fetch, is_kept
    from mtkit.download.web import mirrored

    files = {}
    for remote in corpus.files[pair]:
        file = files[remote] = kept_below() / corpus.folder / remote.name
        if is_kept(remote, file):
            console.say(f"{remote.name}: kept from before")
            continue
        with goes_on(), console.receiving(remote.name) as progress:
            fetch(remote, mirrored(remote.url, mirror), file, progress)
        checked = "checksum right" if remote.sha256 else "no published checksum to check it by"
        console.say(f"{remote.name}: {file.stat().st_size:,} bytes, {checked}")
    return files


@contextmanager
def goes_on() -> Iterator[None]:
    """Ctrl-C ends a download, and it is said that nothing is lost."""
    from mtkit import console

    try:
        yield
    except KeyboardInterrupt as stop:
        console.say("interrupted: the same command goes on from there")
        raise typer.Exit(130) from stop


def kept_below() -> Path:
    """Where downloads are kept.  Errors: MtkitError where a user has no home."""
    try:
        return default_root() / "downloads"
    except RuntimeError as error:
        raise MtkitError(f"no place for downloads: {error}", "name one: MTKIT_CACHE=DIR") from error


def notes(files: Mapping[Remote, Path], report: Report) -> list[str]:
    """What came from where, for SOURCE.txt."""
    from mtkit.corpus import file_hash

    lines = ["", "files (SHA-256, address)"]
    for remote, file in files.items():
        published = "as published" if remote.sha256 else "recorded at the first download"
        lines += [f"  {file_hash(file)}  {published}", f"    {remote.url}"]
    return [*lines, *report.lines()]


def show(out: Path, report: Report) -> None:
    """Say what was written."""
    from mtkit import console

    for line in report.lines():
        console.say(line)
    console.say(f"written: `{out}`, with licence and source in SOURCE.txt")
