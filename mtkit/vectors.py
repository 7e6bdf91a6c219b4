"""Words as vectors: word2vec's text format, nearest neighbours, analogies, and a plane to see."""

from __future__ import annotations

import difflib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from mtkit.bitext import iterate_lines, open_bytes
from mtkit.errors import MtkitError
from mtkit.wording import counted

WORD_BEGINS = "▁"  # in a subword piece
Neighbours = list[tuple[str, float]]  # words and their cosines, the nearest first


@dataclass(frozen=True)
class WordVectors:
    """V words, the most frequent first, and a vector of D numbers for each."""

    words: list[str]
    matrix: Tensor  # (V, D)

    @classmethod
    def load(cls, file: Path) -> WordVectors:
        """From word2vec's text format: `count size`, then lines of a word and its numbers.

        Of a word that is there twice, the first counts.
        Errors: MtkitError with the line that is wrong.
        """
        with open_bytes(file) as stream:
            lines = iterate_lines(stream, str(file))
            count, size = _header(file, next(lines, ""))
            words: dict[str, int] = {}
            numbers, last = array("f"), 1
            for last, line in enumerate(lines, 2):
                word, *values = line.rstrip().split(" ")
                row = _numbers(file, last, values, size)
                if word not in words:
                    words[word] = len(words)
                    numbers.extend(row)
        if not words:
            raise _no_vectors(file, 2, "no vectors")
        if last - 1 != count:
            raise _no_vectors(file, last, f"the end, after {last - 1:,} of {count:,} words")
        return cls(list(words), torch.frombuffer(numbers, dtype=torch.float32).view(-1, size))

    def lines(self) -> Iterator[str]:
        """word2vec's text format"""
        yield f"{len(self.words)} {self.matrix.shape[1]}"
        for word, vector in zip(self.words, self.matrix, strict=True):
            yield " ".join([word, *(f"{value:.6g}" for value in vector.tolist())])

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The row of each word."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> Tensor:
        """(V, D): all vectors at length 1, so that products are cosines"""
        return F.normalize(self.matrix)

    @property
    def likeness(self) -> float:
        """The mean cosine of two different words: near 1, all vectors point the same way."""
        count = len(self.words)
        return float((self.unit.sum(0).square().sum() - count) / (count * (count - 1)))

    def number(self, word: str) -> int:
        """The row of a word, or of the piece that begins a word with it.

        Errors: MtkitError for a word without a vector; the hint has similar ones.
        """
        return number_of(word, self.numbers)

    def neighbours(self, word: str, count: int) -> Neighbours:
        """The words whose vectors have the smallest angles with that of a word."""
        number = self.number(word)
        return self._nearest(self.unit[number], [number], count)

    def analogy(self, a: str, b: str, c: str, count: int) -> Neighbours:
        """a is to b as c is to what?  Words near b - a + c (Mikolov et al., 2013)."""
        rows = [self.number(word) for word in (a, b, c)]
        one, other, third = self.unit[rows]
        return self._nearest(F.normalize(other - one + third, dim=0), rows, count)

    def _nearest(self, query: Tensor, left_out: list[int], count: int) -> Neighbours:
        """query (D) -> the words of the largest cosines"""
        cosines = self.unit @ query
        cosines[left_out] = -torch.inf
        best = cosines.topk(min(count, len(cosines)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [(self.words[row], cosine) for row, cosine in found if row not in left_out]

    def plane(self, rows: list[int]) -> tuple[Tensor, tuple[float, float]]:
        """Points (rows, 2), and the shares of the variance that both axes show

        Principal components (Pearson, 1901): the plane in which unit vectors are spread the most.
        """
        centred = self.unit[rows] - self.unit[rows].mean(0)
        left, spread, _ = torch.linalg.svd(centred, full_matrices=False)
        spread = F.pad(spread, (0, 2))[: max(2, len(spread))]  # two axes for one number, too
        left = F.pad(left, (0, 2))[:, : len(spread)]
        shares = spread**2 / (spread**2).sum().clamp(min=1e-12)
        return left[:, :2] * spread[:2], (float(shares[0]), float(shares[1]))


def number_of(word: str, numbers: dict[str, int]) -> int:
    """The number of a word, or of the piece that begins a word with it.

    Errors: MtkitError for a word that is not there; the hint has similar ones.
    """
    found = numbers.get(word, numbers.get(WORD_BEGINS + word))
    if found is None:
        raise MtkitError(f"there is no vector for `{word}`", _similar(word, numbers))
    return found


def _similar(word: str, words: dict[str, int]) -> str:
    """Advice: the words that are written alike."""
    lowered: dict[str, list[str]] = {}
    for known in words:
        lowered.setdefault(known.removeprefix(WORD_BEGINS).lower(), []).append(known)
    close = difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.7)
    alike = [known.removeprefix(WORD_BEGINS) for each in close for known in lowered[each]]
    if alike:
        return "did you mean " + " or ".join(f"`{known}`" for known in dict.fromkeys(alike)) + "?"
    letters = [known for known in words if any(map(str.isalnum, known))] or words
    some = ", ".join(f"`{known.removeprefix(WORD_BEGINS)}`" for known in islice(letters, 5))
    return f"it is too rare, or written otherwise; the most frequent words are {some}"


def _header(file: Path, line: str) -> tuple[int, int]:
    """The number of words and the size of their vectors."""
    try:
        count, size = map(int, line.split())
    except ValueError as error:
        raise _no_vectors(file, 1, "not `number-of-words size`") from error
    if size < 1:
        raise _no_vectors(file, 1, f"vectors of {size} numbers")
    return count, size


def _numbers(file: Path, line: int, values: list[str], size: int) -> array[float]:
    if len(values) != size:
        raise _no_vectors(file, line, f"{counted(len(values), 'number')}, not {size}")
    try:
        found = array("f", map(float, values))
    except ValueError as error:
        raise _no_vectors(file, line, str(error)) from error
    if not all(-3.4e38 < value < 3.4e38 for value in found):  # so is not a number, or infinite
        raise _no_vectors(file, line, "a number that is not finite")
    return found


def _no_vectors(file: Path, line: int, reason: str) -> MtkitError:
    return MtkitError(
        f"`{file}`, line {line:,}: {reason}",
        "word vectors must be in word2vec's text format: `mtkit embed` writes it",
    )
