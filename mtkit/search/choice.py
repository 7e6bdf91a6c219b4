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

    in_place = True  # whether the order of the hypotheses does not matter

    def __init__(self, beam: int) -> None:
        self.beam = beam

    def pick(
        self, scores: Tensor, words: Tensor, sentences: Sequence[int], step: int
    ) -> Candidates:
        """scores (N, K) of hypotheses, words (N, K, V) -> twice as many as the beam is wide

        so that enough are left of which up to half may end.
        """
        return best_continuations(scores, words, 2 * self.beam)


class Banks(BestFirst):
    """Room in the beam for each number of tokens still owed (Post and Vilar, 2018).

    Without, hypotheses that say a required phrase would always lose against those that do not
    yet.  The best of each bank come first, then the second best, and so on.
    """

    def __init__(self, beam: int, required: Required) -> None:
        super().__init__(beam)
        self.required = required

    def pick(
        self, scores: Tensor, words: Tensor, sentences: Sequence[int], step: int
    ) -> Candidates:
        width = scores.size(1)
        best = super().pick(scores, words, sentences, step)
        hypotheses = self.required.rows(sentences, width)
        picked = []
        for n, columns in enumerate(zip(*(part.tolist() for part in best), strict=True)):
            row = list(zip(*columns, strict=True))
            found = {(parent, word): score for score, parent, word in row}
            for k in range(width):
                for word in self.required.suggestions(hypotheses[n * width + k]):
                    found[k, word] = float(scores[n, k] + words[n, k, word])
            picked.append(self._by_turns(hypotheses[n * width], found)[: len(row)])
        found_scores, parents, chosen = (
            torch.tensor([[entry[i] for entry in row] for row in picked], device=scores.device)
            for i in range(3)
        )
        return found_scores.to(scores.dtype), parents, chosen

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


GROUP = 16  # words


def best_continuations(scores: Tensor, words: Tensor, count: int) -> Candidates:
    """scores (N, K) of hypotheses, words (N, K, V) -> the `count` best of each sentence

    `topk`, which looks closely only at groups of words whose best one is known: the best `count`
    words are in the `count` best groups, or among the last few, which are in no group.
    """
    vocabulary = words.size(2)
    groups = vocabulary // GROUP
    if groups * words.size(1) <= count:
        best, places = (scores[..., None] + words).flatten(1).topk(min(count, words[0].numel()))
        return best, places // vocabulary, places % vocabulary
    grouped = words[..., : groups * GROUP].unflatten(2, (GROUP, groups)).amax(2)
    best_groups = (scores[..., None] + grouped).flatten(1).topk(count).indices
    first = best_groups // groups * vocabulary + best_groups % groups
    members = first[..., None] + torch.arange(0, groups * GROUP, groups, device=words.device)
    beginnings = torch.arange(0, words[0].numel(), vocabulary, device=words.device)
    last = torch.arange(groups * GROUP, vocabulary, device=words.device)
    last = (beginnings[:, None] + last).flatten().expand(len(words), -1)
    places = torch.cat((members.flatten(1), last), 1)  # among the K V words of a sentence
    totals = words.flatten(1).gather(1, places) + scores.gather(1, places // vocabulary)
    best, order = totals.topk(count)
    places = places.gather(1, order)
    return best, places // vocabulary, places % vocabulary


class Sampling:
    """Each hypothesis goes its own way, drawn at random.

    temperature divides the log-probabilities; of what is left only the `top_k` likeliest words
    may come, and only the likeliest that together reach the probability `top_p` (Holtzman et
    al., 2020).  What is drawn for a sentence depends on the seed and on that sentence, not on
    its neighbours.
    """

    in_place = False  # a draw is for the first, second, ... of those that go on

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
        likely, order = self.filtered(words)
        cumulative = likely.softmax(-1).nan_to_num().cumsum(-1)  # nan: a hypothesis that ended
        draw = self.draws[list(sentences), step, : words.size(1), None].to(likely)
        places = torch.searchsorted(cumulative, draw * cumulative[..., -1:], right=True)
        chosen = order.gather(-1, places.clamp(max=words.size(-1) - 1))
        picked = scores + words.gather(-1, chosen).squeeze(-1)
        beam = torch.arange(scores.size(1), device=scores.device)
        return picked, beam.expand_as(scores), chosen.squeeze(-1)

    def filtered(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """words (N, K, V) -> what may come, the likeliest first, and which words those are

        minus infinity for words that are too unlikely.  In this order a draw hardly ever falls
        where the last digits, which other sentences in the batch may change, decide.
        """
        exact = torch.float32 if words.device.type == "mps" else torch.float64
        likely, order = (words.to(exact) / self.config.temperature).sort(-1, descending=True)
        if self.config.top_k:
            likely[..., self.config.top_k :] = -torch.inf
        if self.config.top_p < 1:
            probabilities = likely.softmax(-1)
            before = probabilities.cumsum(-1) - probabilities
            likely = likely.masked_fill(before >= self.config.top_p, -torch.inf)
        return likely, order


def drawn(source: Sequence[int], seed: int, count: int) -> Tensor:
    """(count,): numbers from 0 to 1 that only this sentence and this seed decide"""
    digest = hashlib.blake2b(repr((seed, list(source))).encode(), digest_size=7).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest, "big"))
    return torch.rand(count, generator=generator, dtype=torch.float64)


def going_on(candidates: Candidates, beam: int, least: Sequence[float]) -> Candidates:
    """The first candidates that do not end, and score more than their sentence's `least`

    three of (N, K), in the same order; where there are fewer, minus infinity comes after them
    """
    scores, parents, words = candidates
    needed = torch.tensor(least, dtype=scores.dtype, device=scores.device)[:, None]
    ends = (words == EOS) | scores.isinf() | (scores <= needed)
    order = ends.long().argsort(dim=1, stable=True)[:, :beam]
    scores = scores.masked_fill(ends, -torch.inf)
    return scores.gather(1, order), parents.gather(1, order), words.gather(1, order)
