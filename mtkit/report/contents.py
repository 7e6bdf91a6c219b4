"""All that a report shows, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from mtkit.card import ModelCard
from mtkit.evaluation import Score
from mtkit.evaluation.groups import Group
from mtkit.report.examples import Example
from mtkit.report.history import History
from mtkit.report.pictures import Picture
from mtkit.tables import symptoms_line

KEPT, MEASURED = "from the model card", "measured for this page"


@dataclass(frozen=True)
class Missing:
    """Why a part of the page is not there, in a sentence, and which options would change it."""

    why: str
    options: str = ""


@dataclass(frozen=True)
class ScoreRow:
    """The scores of the model on one test set.  sentences: None if that was not kept."""

    set: str
    origin: str
    search: str
    scores: Sequence[Score]
    symptoms: str
    sentences: int | None = None

    @property
    def short(self) -> str:
        """The set's name; of a file without its folder.  wmt14/full is none."""
        path = PurePath(self.set)
        return path.name if path.suffix else self.set

    def value(self, metric: str) -> float | None:
        return next((score.value for score in self.scores if score.name == metric), None)


@dataclass(frozen=True)
class Tested:
    """What the model makes of a test set.  groups: by length, if there is more than one."""

    row: ScoreRow
    groups: Sequence[Group] = ()
    picture: Picture | None = None


@dataclass(frozen=True)
class Contents:
    """All of a report; what cannot be shown says why.

    examples  sentences with their translations; inside: how each was translated, in this order
    attention what the model lacks of it, if it lacks something
    sides     whether the pieces of the map are told apart by language
    spaced    whether words of the source and of the target are set apart by spaces
    """

    name: str
    version: str  # of mtkit, which writes the page
    card: ModelCard
    history: History
    best: str  # of the run's validations, in words
    curves: Sequence[Picture] | Missing
    tested: Tested | Missing
    map: Picture
    examples: Sequence[Example] = ()
    inside: Sequence[Mapping[str, Any]] = ()
    attention: str = ""
    sides: bool = True
    spaced: tuple[bool, bool] = (True, True)

    @property
    def attends(self) -> bool:
        """Whether there is attention to look at."""
        return any(found["attention"] for found in self.inside)

    @property
    def rows(self) -> list[ScoreRow]:
        """What was measured for the page, and what the card holds beside it."""
        measured = [self.tested.row] if isinstance(self.tested, Tested) else []
        return [*measured, *(row for row in kept_rows(self.card) if not any_same(row, measured))]

    @property
    def metrics(self) -> list[str]:
        return list(dict.fromkeys(score.name for row in self.rows for score in row.scores))

    @property
    def signatures(self) -> list[tuple[str, str, list[str]]]:
        """(metric, signature, sets) once for each signature; no sets where it is that of all."""
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            for score in row.scores:
                found.setdefault((score.name, score.signature), []).append(row.short)
        names = [name for name, _ in found]
        return [
            (name, signature, list(dict.fromkeys(sets)) if names.count(name) > 1 else [])
            for (name, signature), sets in found.items()
        ]


def any_same(row: ScoreRow, others: Sequence[ScoreRow]) -> bool:
    """Whether the same was measured: on a set of that name, with that result."""
    return any(row.set == one.set and row.scores == one.scores for one in others)


def kept_rows(card: ModelCard) -> Iterator[ScoreRow]:
    """The scores that `mtkit evaluate` put into the card."""
    for name, found in card.scores.items():
        scores = [Score(**score) for score in found["scores"]]
        symptoms = ", ".join(symptoms_line(found))
        yield ScoreRow(name, KEPT, search_of(found.get("search", {})), scores, symptoms)


def search_of(search: Mapping[str, Any]) -> str:
    """beam 5, length penalty 1"""
    names = {"beam_size": "beam", "length_penalty": "length penalty"}
    return ", ".join(f"{names[key]} {search[key]:g}" for key in names if key in search)
