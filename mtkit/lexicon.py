"""Which target pieces translate which source piece: IBM's first model (Brown et al., 1993)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from mtkit.batches import EncodedPair
from mtkit.checkpoint import LEXICON, load_tensors, save_tensors
from mtkit.config import EOS, UNK
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer

LIKELY, LEAST = 30, 0.02  # translations kept of a source piece, and how probable they are
FREQUENT = 1000  # target pieces that may always come
ITERATIONS = 4  # of expectation and maximisation
LINKS = 20_000_000  # pairs of pieces that are looked at: 20,000 to 75,000 sentence pairs, 1.5 GB


class Lexicon:
    """For each source piece its likeliest translations, and what is frequent in the target."""

    def __init__(self, translations: Tensor, frequent: Tensor) -> None:
        """translations (V, LIKELY), filled up with EOS; frequent (FREQUENT): ids of pieces."""
        self.translations, self.frequent = translations, frequent

    @classmethod
    def fit(cls, pairs: Iterable[EncodedPair], vocab_size: int) -> Lexicon:
        """A piece counts once in a sentence.  Errors: MtkitError if there are no pairs."""
        links, positions, said = [], [], []
        count = 0  # target pieces so far
        for pair in pairs:
            left = torch.tensor(pair.source).unique()
            right = torch.tensor([token for token in pair.target if token > UNK]).unique()
            if len(right):
                links.append((left[:, None] * vocab_size + right).flatten())
                positions.append(torch.arange(count, count + len(right)).repeat(len(left)))
                said.append(right)
                count += len(right)
        if not links:
            raise MtkitError(
                "there are no pairs to learn a lexicon from",
                "name some: --source FILE --target FILE",
            )
        known, numbers = torch.cat(links).unique(return_inverse=True)
        probabilities = em(known // vocab_size, numbers, torch.cat(positions), vocab_size)
        often = torch.cat(said).bincount(minlength=vocab_size)
        frequent = often.topk(min(FREQUENT, vocab_size)).indices
        kept = probabilities >= LEAST
        return cls(likeliest(known[kept], probabilities[kept], vocab_size), frequent)

    def words(self, source: Tensor) -> Tensor:
        """source (B, S) -> which target pieces may come (B, V)

        Translations of the source's pieces, these themselves, and what is frequent; also what is
        no text, about which search decides.
        """
        rows = source.cpu()
        may = torch.zeros(len(rows), len(self.translations), dtype=torch.bool)
        may.scatter_(1, self.translations[rows].flatten(1), True).scatter_(1, rows, True)
        may[:, self.frequent] = True
        may[:, : UNK + 1] = True
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
    def load(cls, directory: Path, tokenizer: Tokenizer) -> Lexicon:
        """Errors: MtkitError where there is none, a damaged one, or one for another tokenizer."""
        path, make = directory / LEXICON, f"make it with: mtkit shortlist {directory}"
        if not path.is_file():
            raise MtkitError(f"`{directory}` has no {LEXICON} for --shortlist", make)
        try:
            content = load_tensors(path)
            if content["tokenizer"] != tokenizer.sha256:
                raise MtkitError(f"`{path}` belongs to another tokenizer than the model's", make)
            return cls(content["translations"].long(), content["frequent"])
        except MtkitError as error:
            raise MtkitError(error.message, make) from error
        except KeyError as error:
            raise MtkitError(f"`{path}` has no {error}: another mtkit wrote it", make) from error


def within_links(pairs: Iterable[EncodedPair]) -> Iterator[EncodedPair]:
    """The first pairs, as many as `LINKS` allows."""
    links = 0
    for pair in pairs:
        links += len(pair.source) * len(pair.target)
        if links > LINKS:
            return
        yield pair


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
