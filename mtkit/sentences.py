"""Where a line holds several sentences."""

from __future__ import annotations

import re

# After these a full stop ends no sentence; the list is short, and a missed end does little harm.
ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "no", "fig")
    + ("approx", "dept", "est", "gen", "col", "sgt", "rev", "hon", "inc", "ltd", "z.b", "d.h")
    + ("u.a", "o.ä", "usw", "bzw", "nr", "str", "ca", "abb", "bd", "evtl", "ggf", "hr", "fr")
    + ("inkl", "max", "min", "sog", "vgl")
)
_CLOSING = "\"'”’»«)\\]"
_END = re.compile(
    rf"(?<![.!?…])([.!?…]++)([{_CLOSING}]*)\s+(?=[\"'“„‚«»(¿¡]*(\w))|([。！？]++[」』”’]*)\s*"
)


def split_sentences(line: str) -> list[str]:
    """The sentences of a line, without the spaces between them; one where there is no end inside.

    A sentence ends with . ! ? or … before a space and a letter that is not small, or a digit; or
    with a Chinese or Japanese end mark.  Not after an abbreviation, an initial or an ordinal.
    """
    sentences, start = [], 0
    for end in _END.finditer(line):
        if end[1] and (end[3].islower() or _abbreviates(line, end)):
            continue
        mark = end.end(2) if end[1] else end.end(4)
        sentences.append(line[start:mark].strip())
        start = end.end()
    sentences.append(line[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _abbreviates(line: str, end: re.Match[str]) -> bool:
    """Whether it is a full stop that belongs to the word before it."""
    if end[1] != "." or end[2]:
        return False
    words = line[max(end.start() - 30, 0) : end.start()].split()
    word = words[-1].lstrip("(\"'“„").lower() if words else ""
    return word in ABBREVIATIONS or word.isdigit() or (len(word) == 1 and word.isalpha())
