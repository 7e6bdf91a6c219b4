"""Which of the continuations go on: the best, the best of each bank, or one drawn at random."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtkit.config import EOS, SamplingConfig
from mtkit.search.phrases import Required

# Three of (N, C), best first: scores, parents (number in the beam), words.
Candidates = tuple[Tensor, Tensor, Tensor]


class BestFirst:
    """Beam search: the best continuations of all hypotheses of a sentence."""

    several = False  # whether all the hypotheses of a sentence start

    def pick(
        self, scores: Tensor, words: Tensor, sentences: Sequence[int], step: int
    ) -> Candidates:
        """scores (N, K) of hypotheses, words (N, K, V) -> twice as many as the beam is wide

        so that enough are left of which up to half may end.
        """
        beam, vocabulary = words.shape[1:]
        best, indices = (scores[..., None] + words).flatten(1).topk(2 * beam)
        return best, indices // vocabulary, indices % vocabulary


class Banks(BestFirst):
    """Room in the beam for each number of tokens still owed (Post and Vilar, 2018).

    Without, hypotheses that say a required phrase would always lose against those that do not
    yet.  The best of each bank come first, then the second best, and so on.
    """

    def __init__(self, required: Required) -> None:
        self.required = required

    def pick(
        self, scores: Tensor, words: Tensor, sentences: Sequence[int], step: int
    ) -> Candidates:
        beam = scores.size(1)
        best = super().pick(scores, words, sentences, step)
        suggested = [self.required.suggestions(row) for row in range(scores.numel())]
        picked = []
        for n, row in enumerate(zip(*(part.tolist() for part in best), strict=True)):
            found = {(parent, word): score for score, parent, word in zip(*row, strict=True)}
            for k in range(beam):
                for word in suggested[n * beam + k]:
                    found[k, word] = float(scores[n, k] + words[n, k, word])
            picked.append(self._by_turns(n * beam, found)[: 2 * beam])
        columns = [[[entry[i] for entry in row] for row in picked] for i in range(3)]
        device, numbers = scores.device, torch.long
        return (
            torch.tensor(columns[0], dtype=scores.dtype, device=device),
            torch.tensor(columns[1], dtype=numbers, device=device),
            torch.tensor(columns[2], dtype=numbers, device=device),
        )

    def _by_turns(
        self, first_row: int, found: dict[tuple[int, int], float]
    ) -> list[tuple[float, int, int]]:
        """(score, parent, word): the best of each bank, then the second best of each, ..."""
        ordered = sorted(found.items(), key=lambda item: -item[1])
        in_bank: dict[int, int] = {}
        turns = []
        for (parent, word), score in ordered:
            bank = self.required.owes(first_row + parent, word)
            turn = in_bank.get(bank, 0)
            in_bank[bank] = turn + 1
            possible = score > -torch.inf
            turns.append(((not possible, turn, bank), (score, parent, word)))
        return [entry for _, entry in sorted(turns)]


class Sampling:
    """Each hypothesis goes its own way, drawn at random.

    temperature divides the log-probabilities; of what is left only the `top_k` likeliest words
    may come, and only the likeliest that together reach the probability `top_p` (Holtzman et
    al., 2020).  What is drawn for a sentence depends on the seed and on that sentence, not on
    its neighbours.
    """

    several = True

    def __init__(
        self, config: SamplingConfig, sources: Sequence[Sequence[int]], limits: Sequence[int]
    ) -> None:
        """sources: tokens of each sentence of the batch; limits: tokens of its longest output."""
        self.config = config
        draws = [
            drawn(source, config.seed, limit * config.samples).view(limit, -1)
            for source, limit in zip(sources, limits, strict=True)
        ]
        self.draws = nn.utils.rnn.pad_sequence(draws, batch_first=True)  # (B, longest, K)

    def pick(
        self, scores: Tensor, words: Tensor, sentences: Sequence[int], step: int
    ) -> Candidates:
        likely = self.filtered(words.double() / self.config.temperature)
        cumulative = likely.softmax(-1).nan_to_num().cumsum(-1)  # nan: a hypothesis that ended
        total = cumulative[..., -1:]
        draw = self.draws[list(sentences), step, :, None].to(words.device) * total
        index = torch.searchsorted(cumulative, draw, right=True).clamp(max=words.size(-1) - 1)
        picked = scores + words.gather(-1, index).squeeze(-1)
        beam = torch.arange(scores.size(1), device=scores.device)
        return picked, beam.expand_as(scores), index.squeeze(-1)

    def filtered(self, words: Tensor) -> Tensor:
        """words (N, K, V) -> the same, minus infinity for words that are too unlikely"""
        if self.config.top_k:
            least = words.topk(min(self.config.top_k, words.size(-1))).values[..., -1:]
            words = words.masked_fill(words < least, -torch.inf)
        if self.config.top_p < 1:
            ordered, order = words.sort(-1, descending=True)
            probabilities = ordered.softmax(-1)
            before = probabilities.cumsum(-1) - probabilities
            ordered = ordered.masked_fill(before >= self.config.top_p, -torch.inf)
            words = torch.empty_like(words).scatter_(-1, order, ordered)
        return words


def drawn(source: Sequence[int], seed: int, count: int) -> Tensor:
    """(count,): numbers from 0 to 1 that only this sentence and this seed decide"""
    digest = hashlib.blake2b(repr((seed, list(source))).encode(), digest_size=7).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest, "big"))
    return torch.rand(count, generator=generator, dtype=torch.float64)


def going_on(candidates: Candidates, beam: int) -> Candidates:
    """The first candidates that do not end: three of (N, K), minus infinity where there are none"""
    scores, parents, words = candidates
    ends = (words == EOS) | scores.isinf()
    order = ends.long().argsort(dim=1, stable=True)[:, :beam]
    scores = scores.masked_fill(ends, -torch.inf)
    return scores.gather(1, order), parents.gather(1, order), words.gather(1, order)
