"""Parts of lines: what the model takes one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtkit.config import UNK
from mtkit.sentences import split_sentences
from mtkit.tokenizer import Tokenizer

WINDOW = 2000  # lines read ahead, to find sentences of similar length for a batch
UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages that join sentences without a space


def has_spaces(language: str) -> bool:
    """Whether words and sentences of a language are set apart by spaces."""
    return re.split("[-_]", language.lower())[0] not in UNSPACED


@dataclass(frozen=True)
class Part:
    """A sentence, or as much of one as the model can take."""

    ids: list[int]
    pieces: list[str]
    first: bool  # of its line
    cut: bool  # whether it is less than a sentence

    @property
    def text(self) -> str:
        return "".join(self.pieces).replace("▁", " ").strip()

    @property
    def unknown(self) -> list[int]:
        """Where the pieces are that the tokenizer does not know."""
        return [n for n, token in enumerate(self.ids) if token == UNK]


def parts_of(line: str, tokenizer: Tokenizer, longest: int, by_sentence: bool) -> list[Part]:
    """The sentences of a line, cut where they have more than `longest` pieces; none for no text.

    by_sentence: whether the line is split at the end of sentences; else only where it is too long.
    """
    parts: list[Part] = []
    for sentence in split_sentences(line) if by_sentence else [line]:
        pieces = tokenizer.pieces(sentence)
        ids = tokenizer.ids(pieces)
        ends = cuts(pieces, longest)
        for start, end in zip([0, *ends], ends, strict=False):
            parts.append(Part(ids[start:end], pieces[start:end], not parts, len(ends) > 1))
    return parts


def cuts(pieces: Sequence[str], longest: int) -> list[int]:
    """The ends of parts of at most `longest` pieces, if possible between words."""
    ends, start = [], 0
    while len(pieces) - start > longest:
        places = range(start + longest, start + longest // 2, -1)
        start = next((n for n in places if pieces[n].startswith("▁")), start + longest)
        ends.append(start)
    return [*ends, len(pieces)] if len(pieces) > start else ends


def part_batches(parts: Sequence[Part], budget: int) -> Iterator[list[int]]:
    """Numbers of parts of similar length: rows x longest, EOS included, within the budget.

    The longest come first, so that too large a batch fails at once if it does.
    """
    rows: list[int] = []
    for row in sorted(range(len(parts)), key=lambda i: -len(parts[i].ids)):
        if rows and (len(rows) + 1) * (len(parts[rows[0]].ids) + 1) > budget:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows
