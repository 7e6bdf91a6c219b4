"""What is known of a public corpus, and of each of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from mtkit.errors import MtkitError


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    sha256  of its bytes, as someone has published it; None: nobody has
    size    bytes; None: not known beforehand
    """

    url: str
    sha256: str | None = None
    size: int | None = None

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.rpartition("/")[2]


@dataclass(frozen=True)
class PublicCorpus:
    """A corpus that anyone may fetch, in one version that does not change.

    source     its home page
    checksums  where those of its files were published
    sentences  how many pairs of them there are
    size       of what is fetched for one pair of languages
    sets       how the train, valid and test sets come about
    layout     how its files are read
    files      of each pair of languages, named in the order that the files have
    """

    name: str
    title: str
    version: str
    licence: str
    source: str
    checksums: str
    sentences: str
    size: str
    sets: str
    layout: Literal["lines", "talks", "columns", "sides"]
    files: Mapping[str, tuple[Remote, ...]]

    @property
    def folder(self) -> str:
        """Where its files are kept: another version has another place."""
        return f"{self.name}-{self.version}"

    @property
    def pairs(self) -> str:
        """All pairs of languages, as a person is told of them; each has two directions."""
        known = dict.fromkeys("-".join(sorted(pair.split("-"))) for pair in self.files)
        return f"{', '.join(known)}, and the other way round"

    def own_pair(self, pair: str) -> str:
        """The pair as its files name it: one file may serve both directions.

        Errors: MtkitError for a pair that the corpus does not have.
        """
        turned = "-".join(reversed(pair.split("-")))
        for known in (pair, turned):
            if known in self.files:
                return known
        raise MtkitError(f"{self.name} has no pair `{pair}`", f"it has {self.pairs}")
