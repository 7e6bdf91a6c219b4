"""Other corpora, OPUS above all, through the package mtdata."""

from __future__ import annotations

import contextlib
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkit.bitext import Pair
from mtkit.errors import MtkitError

PREFIXES = ("opus:", "mtdata:")


@dataclass(frozen=True)
class Dataset:
    """A bitext that mtdata knows.

    entry   what mtdata knows of it
    turned  whether its sides stand the other way round than was asked for
    """

    entry: Any
    turned: bool

    @property
    def id(self) -> str:
        return str(self.entry.did)

    @property
    def url(self) -> str:
        url = self.entry.url
        return url if isinstance(url, str) else " ".join(map(str, url))

    def pairs(self, cache: Path) -> Iterator[Pair]:
        """Fetch it, if it is not in the cache, and read it.  Errors: MtkitError."""
        from mtdata.data import Cache, Parser

        with said_to_stderr(self.id):
            path = Cache(cache).get_entry(self.entry)
            parser = Parser(path, ext=self.entry.in_ext or None, ent=self.entry)
            for row in parser.read_segs():
                one, other = (" ".join(str(cell or "").splitlines()) for cell in row[:2])
                yield (other, one) if self.turned else (one, other)


def dataset(name: str, pair: str) -> Dataset:
    """The dataset of a name such as opus:Tatoeba, opus:Tatoeba/v20230412 or mtdata:ID.

    Errors: MtkitError without mtdata, and for what it does not know.
    """
    check_installed()
    with said_to_stderr(name):
        from mtdata.iso.bcp47 import bcp47

        source, target = (bcp47(language) for language in pair.split("-"))
        prefix, _, rest = name.partition(":")
        entry = named(rest) if prefix == "mtdata" else latest(rest, source, target)
        languages = list(entry.did.langs)
        if languages not in ([source, target], [target, source]):
            raise MtkitError(
                f"{entry.did} is not of {pair}", "name its own languages with --pair, as in en-de"
            )
        return Dataset(entry, languages[0] != source)


def check_installed() -> None:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            import mtdata  # noqa: F401
    except ImportError as error:
        raise MtkitError(
            "opus: and mtdata: need the package mtdata", "pip install 'mtkit[download]'"
        ) from error


def named(identifier: str) -> Any:
    """The entry of that identifier, as in OPUS-tatoeba-v20230412-deu-eng."""
    from mtdata.data import INDEX
    from mtdata.entry import DatasetId

    if identifier.count("-") == 4:
        did = DatasetId.parse(identifier)
        if did in INDEX:
            return INDEX[did]
    raise MtkitError(
        f"mtdata knows no dataset of two languages `{identifier}`",
        "`mtdata list -l eng-deu -id` shows those of a pair",
    )


def latest(name: str, source: Any, target: Any) -> Any:
    """The corpus of OPUS of that name: the version that is named, or the last one."""
    from mtdata.index import get_entries

    corpus, _, version = name.partition("/")
    found = get_entries(
        langs=(source, target), names=[corpus.lower().replace("-", "_")], groups=["OPUS"]
    )
    versions = [entry for entry in found if entry.did.version in (version or entry.did.version,)]
    if not versions:
        known = ", ".join(entry.did.version for entry in found)
        raise MtkitError(
            f"OPUS has no corpus `{name}` of {source}-{target}",
            f"it has the versions {known}"
            if found
            else f"`mtdata list -g OPUS -l {source}-{target} -id` shows what it has",
        )
    return max(versions, key=lambda entry: [int(n) for n in re.findall(r"\d+", entry.did.version)])


@contextlib.contextmanager
def said_to_stderr(name: str) -> Iterator[None]:
    """Keep stdout clean of what mtdata says, and make one error of whatever it raises."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except MtkitError:
        raise
    except Exception as error:  # of any kind: mtdata asserts, and passes on what requests raises
        why = textwrap.shorten(str(error), 200, placeholder=" ...") or type(error).__name__
        raise MtkitError(
            f"mtdata could not get {name}: {why}",
            "check the network and the name; `mtdata list -id` shows all names",
        ) from error
