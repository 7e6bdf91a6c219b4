"""Which target pieces translate which source piece: IBM's first model (Brown et al., 1993)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from mtkit.checkpoint import LEXICON, load_tensors, save_tensors
from mtkit.config import EOS, UNK
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer

LIKELY = 30  # translations kept of a source piece
FREQUENT = 100  # target pieces that may always come
ITERATIONS = 4  # of expectation and maximisation
LINKS = 20_000_000  # pairs of pieces that are looked at: some 60,000 sentence pairs, 1.5 GB


class Lexicon:
    """For each source piece its likeliest translations, and what is frequent in the target."""

    def __init__(self, translations: Tensor, frequent: Tensor) -> None:
        """translations (V, LIKELY), filled up with EOS; frequent (FREQUENT): ids of pieces."""
        self.translations, self.frequent = translations, frequent
        self.pairs = 0  # that it was learnt from

    @classmethod
    def fit(cls, pairs: Iterable[tuple[list[int], list[int]]], vocab_size: int) -> Lexicon:
        """pairs: source and target ids of sentences, of which as many are read as memory allows.

        A piece counts once in a sentence.  Errors: MtkitError if there are no pairs.
        """
        links, positions, said = [], [], []
        count = seen = 0  # target pieces and links so far
        for source, target in pairs:
            left, right = torch.tensor([EOS, *source]).unique(), torch.tensor(target).unique()
            links.append((left[:, None] * vocab_size + right).flatten())
            positions.append(torch.arange(count, count + len(right)).repeat(len(left)))
            said.append(right)
            count, seen = count + len(right), seen + len(links[-1])
            if seen >= LINKS:
                break
        if not seen:
            raise MtkitError("there are no pairs to learn from", "name others")
        known, numbers = torch.cat(links).unique(return_inverse=True)
        probabilities = em(known // vocab_size, numbers, torch.cat(positions), vocab_size)
        often = torch.cat(said).bincount(minlength=vocab_size)
        frequent = often.topk(min(FREQUENT, vocab_size)).indices
        lexicon = cls(likeliest(known, probabilities, vocab_size), frequent)
        lexicon.pairs = len(links)
        return lexicon

    def words(self, source: Tensor) -> Tensor:
        """source (B, S) -> which target pieces may come (B, V)"""
        rows = source.flatten(1).cpu()
        may = torch.zeros(len(rows), len(self.translations), dtype=torch.bool)
        may.scatter_(1, self.translations[rows].flatten(1), True)
        may[:, self.frequent] = True
        may[:, : max(UNK, EOS) + 1] = True  # search itself decides about these
        return may.to(source.device)

    def save(self, directory: Path, tokenizer: Tokenizer) -> None:
        """Into the directory of a model that has this tokenizer.  Errors: MtkitError."""
        content = {
            "translations": self.translations.to(torch.int32),
            "frequent": self.frequent,
            "tokenizer": tokenizer.sha256,
        }
        save_tensors(directory / LEXICON, content)

    @classmethod
    def load(cls, directories: Sequence[Path], tokenizer: Tokenizer) -> Lexicon:
        """Of the one model that translates.

        Errors: MtkitError for several, where there is no lexicon, a damaged one, or one for
        another tokenizer.
        """
        directory, *others = directories
        if others:
            raise MtkitError(
                "a shortlist goes with one model, not with several",
                "leave out --shortlist, or all models but one",
            )
        path = directory / LEXICON
        make = f"make it with: mtkit shortlist {directory}"
        if not path.is_file():
            raise MtkitError(f"`{directory}` has no {LEXICON} for --shortlist", make)
        content = load_tensors(path)
        if content.get("tokenizer") != tokenizer.sha256:
            raise MtkitError(f"`{path}` belongs to another tokenizer than the model's", make)
        return cls(content["translations"].long(), content["frequent"])


def em(sources: Tensor, numbers: Tensor, positions: Tensor, vocab_size: int) -> Tensor:
    """How probable each pair of pieces is, given its source piece, by expectation-maximisation.

    sources (P): source piece of each pair that was seen.  For each place (L) where one was seen:
    numbers, which pair, and positions, of which target piece in the text.
    """
    probabilities = torch.ones(len(sources))
    targets = int(positions.max()) + 1
    for _ in range(ITERATIONS):
        shares = probabilities[numbers]
        shares /= torch.zeros(targets).index_add_(0, positions, shares)[positions]
        counts = torch.zeros(len(sources)).index_add_(0, numbers, shares)
        totals = torch.zeros(vocab_size).index_add_(0, sources, counts)
        probabilities = counts / totals[sources]
    return probabilities


def likeliest(pairs: Tensor, probabilities: Tensor, vocab_size: int) -> Tensor:
    """pairs (P): source x V + target -> the likeliest targets of each source (V, LIKELY)"""
    order = probabilities.argsort(descending=True)
    order = order[(pairs[order] // vocab_size).argsort(stable=True)]  # by source, then so
    sources, targets = pairs[order] // vocab_size, pairs[order] % vocab_size
    ranks = torch.arange(len(order)) - torch.searchsorted(sources, sources)
    kept = ranks < LIKELY
    found = torch.full((vocab_size, LIKELY), EOS)
    found[sources[kept], ranks[kept]] = targets[kept]
    return found
