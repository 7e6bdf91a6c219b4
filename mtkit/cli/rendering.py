"""Translations as lines of text, and where those go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.cli.streams import is_regular, output
from mtkit.cli.unfinished import Unfinished

if TYPE_CHECKING:
    from mtkit.output import Output, Translation

Translate = Callable[[Iterable[str]], "Iterator[Translation]"]


@dataclass(frozen=True)
class Format:
    """What a line of output holds."""

    scores: bool = False
    alignments: bool = False
    as_json: bool = False

    @property
    def aligned(self) -> bool:
        """Whether it needs to be known which words translate which."""
        return self.alignments or self.as_json

    def lines(self, translation: Translation) -> list[str]:
        """The n best translations of a line, or one JSON object."""
        if self.as_json:
            return [json.dumps(translation.to_json(), ensure_ascii=False)]
        return [self._line(found) for found in translation.outputs]

    def _line(self, found: Output) -> str:
        columns = [f"{found.score:.4f}"] if self.scores else []
        columns.append(found.text)
        if self.alignments:
            columns.append(" ".join(f"{s}-{t}" for s, t in found.alignment))
        return "\t".join(columns)


@dataclass(frozen=True)
class Destination:
    """Where translations go: stdout, or a file that appears when it is whole."""

    path: Path | None
    format: Format
    settings: Callable[[], dict[str, Any]]  # that decide what is written, for a resume
    resume: bool = False

    def write(self, lines: Iterable[str], translate: Translate) -> int:
        """Translate the lines and write what became of them; the number of lines written."""
        if self.path is None or not is_regular(self.path):
            with output(self.path) as writer:
                number = 0
                for number, translation in enumerate(translate(lines), 1):
                    warn_of_cut(translation, number)
                    writer.lines(self.format.lines(translation))
                return number
        unfinished = Unfinished(self.path, self.settings())
        with unfinished.writing(lines, self.resume) as remaining:
            for translation in translate(remaining):
                warn_of_cut(translation, unfinished.lines + 1)
                unfinished.write(translation.source, self.format.lines(translation))
        return unfinished.lines


def warn_of_cut(translation: Translation, number: int) -> None:
    """Say so where a sentence was longer than the model can take."""
    from mtkit import console

    if translation.cut:
        console.warn(
            f"line {number:,} has a sentence longer than the model's positions: "
            f"translated in {translation.parts} parts"
        )
