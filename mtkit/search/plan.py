"""All that one search was asked for: limits, what may come next, which go on, how to rank."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from torch import Tensor

from mtkit.config import EOS, PAD, UNK, SearchConfig
from mtkit.ranking import Hypothesis, Ranking, is_loop
from mtkit.search.choice import Banks, BestFirst, Candidates, Sampling
from mtkit.search.controls import Control, Lengths, NoLoops, NoRepeat, OnlyText, Prefix
from mtkit.search.phrases import Forbidden, Required, Wishes


@dataclass
class Plan:
    """The objects that search asks; they belong to one batch."""

    sources: list[list[int]]  # without padding
    limits: list[int]  # tokens of an output, EOS included
    width: int  # hypotheses that are kept of each sentence
    start: int  # those at the first step
    choice: BestFirst | Sampling
    ranking: Ranking
    controls: list[Control] = field(default_factory=list)

    @classmethod
    def of(
        cls, config: SearchConfig, source: Tensor, positions: int, wishes: Sequence[Wishes]
    ) -> Plan:
        """source (B, S); positions: the longest target that the model can take."""
        sources = [[token for token in row if token != PAD] for row in source.tolist()]
        wishes = wishes or [Wishes()] * len(sources)
        limits = [
            output_limit(len(row), config, positions, wish.needed)
            for row, wish in zip(sources, wishes, strict=True)
        ]
        width = config.width
        start = width if config.sampling else 1  # at first, all of a beam would be alike
        if not config.sampling:  # each number of tokens that are still owed needs its place
            width = max(width, 1 + max(sum(p.needed() for p in w.required) for w in wishes))
        choice = BestFirst(width)
        plan = cls(sources, limits, width, start, choice, Ranking.of(config))
        plan.add_lengths(config, wishes)
        plan.add_phrases(wishes)
        if config.sampling:
            plan.choice = Sampling(config.sampling, sources, limits)
        return plan

    def add_lengths(self, config: SearchConfig, wishes: Sequence[Wishes]) -> None:
        """Controls for every sentence."""
        unknown = [
            math.inf if UNK in row else len(wish.prefix)
            for row, wish in zip(self.sources, wishes, strict=True)
        ]
        self.controls.append(OnlyText(unknown))
        if config.width > 1 and not config.sampling:  # so that there is another way
            told = [n for n, wish in enumerate(wishes) if wish.prefix or wish.required]
            self.controls.append(NoLoops(self.sources, set(told)))
        if config.no_repeat_ngram:
            self.controls.append(NoRepeat(config.no_repeat_ngram))
        cut = config.max_length + 1 if config.max_length else None
        self.controls.append(Lengths(config.min_length, self.limits, cut))

    def add_phrases(self, wishes: Sequence[Wishes]) -> None:
        """Controls for what some sentences were asked for."""
        if any(wish.forbidden for wish in wishes):
            self.controls.append(Forbidden([w.forbidden for w in wishes], self.start, wishes))
        if any(wish.required for wish in wishes):
            phrases = [wish.required for wish in wishes]
            required = Required(phrases, self.start, wishes, self.limits)
            self.controls.append(required)
            self.choice = Banks(self.width, required)
        if any(wish.prefix for wish in wishes):
            self.controls.append(Prefix([wish.prefix for wish in wishes]))

    def ended(
        self, candidates: Candidates, live: Sequence[int], tokens: Tensor, totals: Tensor
    ) -> Iterator[tuple[int, Hypothesis]]:
        """(sentence of the batch, hypothesis) for each candidate within the beam that says EOS

        live: the sentences that the candidates belong to; tokens (N K, T) of the hypotheses
        before, totals (N K, T): their log-probability after each.
        """
        scores, parents, words = (part[:, : self.width] for part in candidates)
        ends = (words == EOS) & scores.isfinite()
        sentences = ends.nonzero()[:, 0]
        rows = sentences * (len(tokens) // len(live)) + parents[ends]
        columns = sentences, tokens[rows, 1:], totals[rows], scores[ends]
        for n, said, before, total in zip(*(c.tolist() for c in columns), strict=True):
            steps = [b - a for a, b in pairwise([*before, total])]
            score = self.ranking.score(sum(steps), len(steps))
            yield live[n], Hypothesis(said, steps, score, is_loop(said, self.sources[live[n]]))

    def least(self, sentence: int, finished: Sequence[Hypothesis], length: int) -> float:
        """The log-probability that a hypothesis needs to go on; none does beyond the limit."""
        limit = self.limits[sentence]
        return self.ranking.least(finished, length, limit) if length < limit else math.inf


def longest_output(source_length: int, positions: int) -> int:
    """Tokens, EOS included, that a translation of `source_length` pieces may have."""
    return min(2 * source_length + 10, positions)


def output_limit(source_length: int, config: SearchConfig, positions: int, needed: int = 0) -> int:
    """The same where more is wanted: a minimum, a maximum, tokens that are needed anyway."""
    if config.max_length:
        positions = min(positions, config.max_length + 1)
    wanted = max(longest_output(source_length, positions) + needed, config.min_length + 1)
    return min(wanted, positions)
