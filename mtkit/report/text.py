"""Texts as a page can show them."""

from __future__ import annotations

import re

from mtkit.check.display import visible

# Persian, Indic scripts and emoji need them: they change the look of what stands beside them.
JOINERS = "\u200c\u200d"


def shown(text: str) -> str:
    """The text with what cannot be seen written as its number, but for what shapes letters."""
    return "".join(
        part if part in JOINERS else visible(part) for part in re.split(f"([{JOINERS}])", text)
    )
