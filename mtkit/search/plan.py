"""All that one search was asked for: limits, what may come next, which go on, how to rank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from mtkit.config import PAD, UNK, SearchConfig
from mtkit.ranking import Hypothesis, Ranking
from mtkit.search.choice import Banks, BestFirst, Sampling
from mtkit.search.controls import Control, Lengths, NoRepeat, OnlyText, Prefix
from mtkit.search.phrases import Forbidden, Phrase, Required


@dataclass(frozen=True)
class Wishes:
    """What is asked of the translation of one sentence."""

    prefix: Sequence[int] = ()  # tokens that it begins with
    required: Sequence[Phrase] = ()
    forbidden: Sequence[Phrase] = ()
    before: str = ""  # the text, with `▁` for spaces, that the translation will follow

    @property
    def needed(self) -> int:
        """Tokens, without EOS, that the prefix and the required phrases may take."""
        return len(self.prefix) + sum(phrase.needed() for phrase in self.required)


@dataclass
class Plan:
    """The objects that search asks; they belong to one batch."""

    sources: list[list[int]]  # without padding
    limits: list[int]  # tokens of an output, EOS included
    start: int  # hypotheses of each sentence at the first step
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
        choice: BestFirst | Sampling = BestFirst(config.width)
        if config.sampling:
            choice = Sampling(config.sampling, sources, limits)
        start = config.width if config.sampling else 1  # at first, all of a beam would be alike
        plan = cls(sources, limits, start, choice, Ranking.of(config))
        unknown = [
            math.inf if UNK in row else len(wish.prefix)
            for row, wish in zip(sources, wishes, strict=True)
        ]
        plan.controls = [OnlyText(unknown)]
        if config.no_repeat_ngram:
            plan.controls.append(NoRepeat(config.no_repeat_ngram))
        plan.controls.append(Lengths(config.min_length, limits))
        plan.add(wishes, config)
        return plan

    def add(self, wishes: Sequence[Wishes], config: SearchConfig) -> None:
        """Controls for what the sentences were asked for."""
        if any(wish.forbidden for wish in wishes):
            phrases, before = [w.forbidden for w in wishes], [w.before for w in wishes]
            self.controls.append(Forbidden(phrases, self.start, before))
        if any(wish.required for wish in wishes):
            required = Required([wish.required for wish in wishes], self.start, self.limits)
            self.controls.append(required)
            if not config.sampling:
                self.choice = Banks(config.width, required)
        if any(wish.prefix for wish in wishes):
            self.controls.append(Prefix([wish.prefix for wish in wishes]))

    def least(self, sentence: int, finished: Sequence[Hypothesis], length: int) -> float:
        """The log-probability that a hypothesis needs to go on; none does beyond the limit."""
        limit = self.limits[sentence]
        return self.ranking.least(finished, limit) if length < limit else math.inf


def longest_output(source_length: int, positions: int) -> int:
    """Tokens, EOS included, that a translation of `source_length` pieces may have."""
    return min(2 * source_length + 10, positions)


def output_limit(source_length: int, config: SearchConfig, positions: int, needed: int = 0) -> int:
    """The same where more is wanted: a minimum, a maximum, tokens that are needed anyway."""
    if config.max_length:
        positions = min(positions, config.max_length + 1)
    wanted = max(longest_output(source_length, positions) + needed, config.min_length + 1)
    return min(wanted, positions)
