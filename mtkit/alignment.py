"""From attention over pieces to words: who translates whom, and where what is unknown belongs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

BEGIN = "▁"  # of a word, in a piece


def word_numbers(pieces: Sequence[str], spaced: bool) -> list[int]:
    """For each piece the number of its word; each piece is one where words have no spaces."""
    if not spaced:
        return list(range(len(pieces)))
    numbers: list[int] = []
    for piece in pieces:
        number = numbers[-1] if numbers else -1
        numbers.append(number + 1 if piece.startswith(BEGIN) or number < 0 else number)
    return numbers


def links(weights: Tensor, source: Sequence[int], target: Sequence[int]) -> list[tuple[int, int]]:
    """(source word, target word) for each target word: the one that it looks at most

    weights (T, S): attention of target pieces to source pieces; source and target: the number
    of the word of each piece.
    """
    if not source or not target:
        return []
    return [(int(s), t) for t, s in enumerate(word_weights(weights, source, target).argmax(1))]


def word_weights(weights: Tensor, source: Sequence[int], target: Sequence[int]) -> Tensor:
    """weights (T, S) of pieces, and the number of each one's word -> sums by words (T, S)"""
    owners = torch.zeros(source[-1] + 1, len(target), dtype=weights.dtype)
    owners.index_add_(0, torch.tensor(source), weights.T)  # (source words, T)
    words = torch.zeros(target[-1] + 1, source[-1] + 1, dtype=weights.dtype)
    return words.index_add_(0, torch.tensor(target), owners.T)


def copy_unknown(
    said: Sequence[str],
    source: Sequence[str],
    unknown: Sequence[int],
    weights: Tensor,
    spaced: bool = True,
) -> tuple[list[str], Tensor]:
    """A translation's pieces with what the tokenizer does not know copied from the source

    said: the pieces, empty where the model says that something unknown comes; source: those of
    the source, of which `unknown` are the numbers of the unknown ones; weights (T, S); spaced:
    whether the target has spaces between words.  Where the model says so, it is what it looks at
    most; what is left goes to the end of the word that looks at it most, before punctuation.
    -> pieces, weights with a row for each
    """
    pieces, left = list(said), list(unknown)
    for t, piece in enumerate(pieces):
        if not piece and unknown:
            most = max(left or unknown, key=lambda s: float(weights[t, s]))
            pieces[t] = source[most]
            left = [s for s in left if s != most]
    rows = list(weights)
    places = [(_word_end(pieces, weights[:, s], spaced), s) for s in left]
    for place, s in sorted(places, reverse=True):  # from the end, so that places stay
        begins = spaced and (s == 0 or source[s - 1] == BEGIN)
        copied = [BEGIN, source[s]] if begins else [source[s]]
        pieces[place:place] = copied
        rows[place:place] = [torch.eye(len(source), dtype=weights.dtype)[s]] * len(copied)
    return pieces, torch.stack(rows) if rows else weights


def _word_end(pieces: Sequence[str], looks: Tensor, spaced: bool) -> int:
    """The number behind the word of which a piece looks most; looks (T,)"""
    if not pieces:
        return 0
    place = int(looks.argmax()) + 1
    while spaced and place < len(pieces) and _is_inside(pieces[place]):
        place += 1
    return place


def _is_inside(piece: str) -> bool:
    """Whether a piece goes on with a word: it neither begins one, nor is it punctuation."""
    return not piece.startswith(BEGIN) and any(character.isalnum() for character in piece)
