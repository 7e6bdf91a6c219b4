"""The register of sentence rules, and the joining of three strings into a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from grammar.model import Clause, Sentence, combination

Rule = Callable[[Any], Sentence]
RULES: dict[str, tuple[float, Rule]] = {}


def rule(weight: float) -> Callable[[Rule], Rule]:
    """Register the decorated function as a pattern with this share of the corpus."""

    def register(function: Rule) -> Rule:
        RULES[function.__name__] = (weight, function)
        return function

    return register


def tidy(text: str) -> str:
    """The text with its marks in place and a capital at the start."""
    for wrong, right in ((",,", ","), (",.", "."), (",?", "?"), (",!", "!"), (" ,", ",")):
        text = text.replace(wrong, right)
    text = unicodedata.normalize("NFC", text)
    return text[0].upper() + text[1:]


def sentence(english: str, german: str, chinese: str, *held: Clause | str) -> Sentence:
    """A sentence with the combinations of its clauses, or given ones, on record."""
    combinations = tuple(part if isinstance(part, str) else combination(part) for part in held)
    return Sentence(tidy(english), tidy(german), chinese, combinations)
