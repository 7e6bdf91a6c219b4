"""From lines to ids: the vocabulary, how often a word is kept, how often it is drawn as noise."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

import torch
from torch import Tensor

from mtkit.errors import MtkitError
from mtkit.tokenizer import normalise
from mtkit.wording import counted

# Characters of Chinese and Japanese, which write no spaces: each is a word.
_ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W_{_ALONE}]+"
_WORD = re.compile(rf"[{_ALONE}]|{_LETTERS}(?:['’-]{_LETTERS})*")
_NOISE_POWER = 0.75  # found best by Mikolov et al. (2013)


def running_words(line: str) -> list[str]:
    """Runs of letters and digits, also around an apostrophe or a hyphen; punctuation is left out.

    A character of Chinese or Japanese is a word; for longer ones, take a tokenizer.
    """
    return _WORD.findall(normalise(line))


@dataclass(frozen=True)
class Text:
    """A text of which every word is in the vocabulary, which begins with the most frequent."""

    words: list[str]  # V
    counts: Tensor  # (V), int64
    ids: Tensor  # (N), int32
    lines: Tensor  # (N), int32: the number of the line that a word stands in
    length: int  # words before the rare ones were left out

    @property
    def frequencies(self) -> Tensor:
        """(V): the share of each word in the text"""
        return self.counts / self.counts.sum()

    def keep_probabilities(self, subsample: float) -> Tensor:
        """(V): how often a word of frequency f is kept, sqrt(t / f) + t / f, at most always

        What the authors' program does; their article has 1 - sqrt(t / f) for being left out.
        """
        if not subsample:
            return torch.ones(len(self.words))
        share = subsample / self.frequencies
        return (share.sqrt() + share).clamp(max=1)

    def repetition(self, subsample: float) -> float:
        """The probability that two words of what is kept are the same one."""
        kept = self.frequencies * self.keep_probabilities(subsample)
        return float(((kept / kept.sum()) ** 2).sum())

    @property
    def noise(self) -> Tensor:
        """(V): how often a word is drawn as noise, its count to the power of 3/4, summed to 1"""
        weights = self.counts.double() ** _NOISE_POWER
        return weights / weights.sum()


def read_text(
    lines: Iterable[str], cut: Callable[[str], Iterable[str]], min_count: int, name: str = "text"
) -> Text:
    """Count the words of all lines and number those that come `min_count` times at least.

    cut: a line to words; name: what to call the text in an error.
    Errors: MtkitError where nothing is left to learn from.
    """
    numbers: defaultdict[str, int] = defaultdict(count().__next__)  # in order of appearance
    ids, lengths = array("i"), array("i")
    for line in lines:
        before = len(ids)
        ids.extend(map(numbers.__getitem__, cut(line)))
        lengths.append(len(ids) - before)
    if not ids:
        raise MtkitError(f"there is no word in `{name}`", "give a file with text")
    counts = _tensor(ids).bincount()
    order = counts.argsort(descending=True, stable=True)
    order = order[counts[order] >= min_count]
    position = torch.full((len(numbers),), -1, dtype=torch.int32)
    position[order] = torch.arange(len(order), dtype=torch.int32)
    found, names = position[_tensor(ids)], list(numbers)
    kept = found >= 0
    places = torch.arange(len(lengths), dtype=torch.int32)
    places = places.repeat_interleave(_tensor(lengths))[kept]
    _check_neighbours(order, places, min_count, name)
    words = [names[number] for number in order.tolist()]
    return Text(words, counts[order], found[kept], places, len(ids))


def _tensor(numbers: array[int]) -> Tensor:
    return torch.frombuffer(numbers, dtype=torch.int32)


def _check_neighbours(vocabulary: Tensor, lines: Tensor, min_count: int, name: str) -> None:
    """Errors: MtkitError if there are no two different words, or each is alone in its line."""
    if len(vocabulary) < 2:
        raise MtkitError(
            f"`{name}` is too small: {counted(len(vocabulary), 'word comes', 'words come')} "
            f"{counted(min_count, 'time')} or more",
            "give more text, or a smaller --min-count",
        )
    if not (lines[1:] == lines[:-1]).any():
        raise MtkitError(
            f"`{name}` has no two words in a line: there are no neighbours to learn from",
            "give text with a sentence on each line",
        )
