"""What a translation must begin with, hold or not hold: from text to what search understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from mtkit.bitext import iterate_lines, open_bytes
from mtkit.errors import MtkitError
from mtkit.search import Phrase, Wishes
from mtkit.tokenizer import Tokenizer, normalise


@dataclass(frozen=True)
class Constraints:
    """What is asked of translations, as text."""

    prefix: str = ""
    required: Sequence[str] = ()
    forbidden: Sequence[str] = ()
    glossary: Mapping[str, str] = field(default_factory=dict)  # source phrase -> target phrase

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", one_line(self.prefix))
        glossary = {one_line(key): one_line(value) for key, value in self.glossary.items()}
        object.__setattr__(self, "glossary", glossary)
        if not all(glossary) or not all(glossary.values()):
            raise MtkitError("a phrase of the glossary is empty", "give some text, or leave it out")
        for name in ("required", "forbidden"):
            phrases = [one_line(phrase) for phrase in getattr(self, name)]
            if not all(phrases):
                raise MtkitError(
                    f"one of the {name} phrases is empty", "give some text, or leave it out"
                )
            object.__setattr__(self, name, phrases)
        for bad in self.forbidden:
            for good in (self.prefix, *self.required, *self.glossary.values()):
                if bad in good:
                    raise MtkitError(
                        f"`{good}` is wanted, but `{bad}` is forbidden",
                        "leave one of them out",
                    )


def one_line(text: str) -> str:
    """Composed characters, and one space between words, as they are once cut and put together."""
    return " ".join(normalise(text).replace("▁", " ").split())


def read_glossary(path: Path) -> dict[str, str]:
    """`source phrase TAB target phrase` a line.  Errors: MtkitError with the line."""
    glossary: dict[str, str] = {}
    with open_bytes(path) as stream:
        for number, line in enumerate(iterate_lines(stream, str(path)), 1):
            if not line.strip():
                continue
            source, *targets = map(one_line, line.split("\t"))
            if len(targets) != 1 or not source or not targets[0]:
                raise MtkitError(
                    f"`{path}`, line {number:,}: not a source phrase, a tab and a target phrase",
                    "put one tab between the phrase and its translation",
                )
            glossary[source] = targets[0]
    return glossary


class Wishing:
    """Turns constraints into wishes for single sentences, with the pieces of one tokenizer."""

    def __init__(
        self, constraints: Constraints, tokenizer: Tokenizer, spaced: tuple[bool, bool]
    ) -> None:
        """spaced: whether there are spaces between words, in source and target.

        Errors: MtkitError for a phrase with characters that the tokenizer does not know.
        """
        self.constraints, self.tokenizer, self.spaced = constraints, tokenizer, spaced
        self.prefix = tokenizer.pieces(constraints.prefix)
        self._prefix_ids = tokenizer.encode(constraints.prefix)
        self.forbidden = [self._unwanted(text) for text in constraints.forbidden]
        self._wanted = cache(self._wanted_phrase)
        for text in (*constraints.required, *constraints.glossary.values()):
            if not self._wanted(text).sayable:
                raise MtkitError(
                    f"the model cannot write `{text}`: its tokenizer lacks some of the characters",
                    "ask for another phrase",
                )

    @cached_property
    def _pieces(self) -> list[str]:
        return self.tokenizer.surfaces()

    def _wanted_phrase(self, text: str) -> Phrase:
        """It begins a word, unless it begins with punctuation or there are no spaces."""
        marked = text.replace(" ", "▁")
        if self.spaced[1] and text[0].isalnum():
            return Phrase(f"▁{marked}", self._pieces, self.tokenizer.encode(text))
        return Phrase(marked, self._pieces)

    def _unwanted(self, text: str) -> Phrase:
        """Where words have no spaces, a space within it does not matter either."""
        if self.spaced[1]:
            return Phrase(text.replace(" ", "▁"), self._pieces)
        pieces = [piece.replace("▁", "") for piece in self._pieces]
        return Phrase(text.replace(" ", ""), pieces)

    def required(self, source: str, first: bool) -> list[str]:
        """The phrases that the translation of this text must hold; first: of its line."""
        found = [
            target
            for phrase, target in self.constraints.glossary.items()
            if occurs(phrase, source, self.spaced[0])
        ]
        mine = [*(self.constraints.required if first else ()), *found]
        prefix = self.constraints.prefix if first else ""
        return [
            text
            for text in dict.fromkeys(mine)
            if text not in prefix and not any(text in m and text != m for m in mine)
        ]

    def wishes(self, source: str, first: bool = True, before: str = "") -> Wishes:
        """source: a part of a line; first: of the line; before: what its translation follows."""
        prefix = self._prefix_ids if first else []
        required = [self._wanted(text) for text in self.required(source, first)]
        mark = "▁" if self.spaced[1] else ""
        before, prefix_text = before.replace(" ", mark), "".join(self.prefix if first else ())
        return Wishes(prefix, required, self.forbidden, before, prefix_text)

    @property
    def most_needed(self) -> int:
        """Pieces that the prefix and the required phrases, or one of the glossary, may take."""
        glossary = [self._wanted(text).needed() for text in self.constraints.glossary.values()]
        required = [self._wanted(text).needed() for text in self.required("", True)]
        return len(self.prefix) + sum(required) + max(glossary, default=0)

    def forbids(self, text: str) -> bool:
        return any(phrase in text for phrase in self.constraints.forbidden)

    def allows(self, text: str, source: str, first: bool) -> bool:
        """Whether a translation is what was asked for."""
        return (
            all(phrase in text for phrase in self.required(source, first))
            and not self.forbids(text)
            and (not first or text.startswith(self.constraints.prefix))
        )


def occurs(phrase: str, text: str, spaced: bool) -> bool:
    """Whether a phrase stands in a text; not as a part of longer words, if those have spaces."""
    if not spaced:
        return phrase in text
    return re.search(rf"(?<![^\W_]){re.escape(phrase)}(?![^\W_])", text) is not None


def unmet(text: str) -> MtkitError:
    """The error where search found nothing that may be said."""
    return MtkitError(
        f"no translation of `{text}` can do all that was asked for",
        "ask for less: constraints contradict each other, or leave too little room",
    )
