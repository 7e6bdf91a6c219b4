"""How finished hypotheses are ranked, and when a better one can no longer come."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mtkit.config import SearchConfig

LEAD = 5  # tokens within which a hypothesis has to overtake those that have ended


@dataclass(frozen=True)
class Hypothesis:
    """A finished translation."""

    tokens: list[int]  # without BOS and EOS
    token_log_probabilities: list[float]  # of each token and of EOS, in nats
    score: float  # what hypotheses are ranked by: log-probability over length penalty
    loops: bool = False  # whether it says the same again and again

    @property
    def log_probability(self) -> float:
        """Of the tokens and EOS, in nats."""
        return sum(self.token_log_probabilities)


def length_penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6) ** alpha (Wu et al., 2016, eq. 14); length counts EOS, too."""
    return ((5 + length) / 6) ** alpha


@dataclass(frozen=True)
class Ranking:
    """Scores hypotheses, puts those without a loop first, and bounds what is still to come."""

    normalisation: str = "wu"  # or "average": the mean log-probability of a token
    alpha: float = 1.0  # of Wu et al.
    n_best: int = 1
    greedy: bool = False  # end where the first hypothesis ends

    @classmethod
    def of(cls, config: SearchConfig) -> Ranking:
        drawn = config.sampling is not None
        n_best = config.width if drawn else config.n_best
        greedy = config.width == 1 and not drawn
        return cls(config.normalisation, config.length_penalty, n_best, greedy)

    def score(self, log_probability: float, length: int) -> float:
        """length: in tokens, EOS included."""
        if self.normalisation == "average":
            return log_probability / length
        return log_probability / length_penalty(length, self.alpha)

    def best(self, finished: Sequence[Hypothesis]) -> list[Hypothesis]:
        """The n best, best first; those that loop only where there is no other."""
        found = [hypothesis for hypothesis in finished if not hypothesis.loops] or finished
        return sorted(found, key=lambda hypothesis: -hypothesis.score)[: self.n_best]

    def least(self, finished: Sequence[Hypothesis], length: int, limit: int) -> float:
        """The log-probability above which a hypothesis is given time to be among the n best.

        To stop as soon as the beam is full of finished hypotheses would let short ones crowd out
        the right one.  A log-probability only falls, and its penalty grows at most to that of
        the longest output of `limit` tokens, which would bound the score.  Search bounds it by
        `LEAD` more than the `length` so far, and gives up what would win only after more.
        Greedy search, a beam of one, ends where it says EOS.
        """
        if self.greedy and finished:
            return math.inf
        scores = sorted(found.score for found in finished if not found.loops)
        if len(scores) < self.n_best:
            return -math.inf
        return scores[-self.n_best] / self.score(1.0, min(limit, length + LEAD))


REPEATS = 3  # in a row, more than in the source, are a loop
LONGEST_UNIT = 8  # tokens that are said again and again


def repeats(tokens: Sequence[int]) -> int:
    """How often in a row the tokens say the same one to eight tokens, at most."""
    most = min(len(tokens), 1)
    for unit in range(1, min(LONGEST_UNIT, len(tokens) // 2) + 1):
        run = 0  # tokens that equal those one unit before
        for token, before in zip(tokens[unit:], tokens, strict=False):
            run = run + 1 if token == before else 0
            most = max(most, run // unit + 1)
    return most


def is_loop(tokens: Sequence[int], source: Sequence[int]) -> bool:
    """Whether a translation got caught: it repeats something far more often than its source."""
    if max(Counter(tokens).values(), default=0) <= REPEATS:  # as is nearly always so
        return False
    return repeats(tokens) >= max(repeats(source), 1) + REPEATS


def closing_words(tokens: Sequence[int], source: Sequence[int]) -> list[int]:
    """The words of which one more makes a loop of a translation that is none yet."""
    words = _repeating(tokens, 1 + REPEATS)
    return words and _repeating(tokens, max(repeats(source), 1) + REPEATS)


def _repeating(tokens: Sequence[int], count: int) -> list[int]:
    """The words with which the tokens would end in one to eight of them `count` times in a row."""
    found = []
    for unit in range(1, LONGEST_UNIT + 1):
        run = (count - 1) * unit - 1  # these equal those one unit before, and so would the word
        if len(tokens) >= run + unit and tokens[-run:] == tokens[-run - unit : -unit]:
            found.append(tokens[-unit])
    return found
