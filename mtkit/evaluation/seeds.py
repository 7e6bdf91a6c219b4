"""Runs that differ in nothing but their seed: their mean scores, and the scatter."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from mtkit.card import ModelCard
from mtkit.evaluation.metrics import Score


@dataclass(frozen=True)
class SeedGroup:
    """Runs of one recipe.  deviation: the standard deviation of a sample (n - 1)."""

    systems: tuple[str, ...]
    mean: Mapping[str, float]  # by metric
    deviation: Mapping[str, float]


def same_recipe(one: ModelCard, other: ModelCard) -> bool:
    """Whether two runs differ in their seed, and in nothing that does not follow from it."""

    def recipe(card: ModelCard) -> object:
        data = [(found.role, found.sha256, found.weight, found.tag) for found in card.data]
        languages = card.source_language, card.target_language
        kind = card.tokenizer.kind, card.tokenizer.vocab_size
        start = card.start and card.start.sha256
        return card.model, asdict(replace(card.training, seed=0)), data, languages, kind, start

    trained = all("minutes" in card.history for card in (one, other))  # not averaged of others
    return trained and recipe(one) == recipe(other)


def seed_groups(
    cards: Mapping[str, ModelCard], scores: Mapping[str, Sequence[Score]]
) -> list[SeedGroup]:
    """Of the systems that have cards; groups of at least two seeds, with one run of each.

    Of two runs with the same seed, the first one counts: the other is likely to be its copy.
    """
    left, groups = dict(cards), []
    while left:
        first, card = next(iter(left.items()))
        same = [first, *(name for name in left if name != first and same_recipe(card, left[name]))]
        by_seed = {left[name].training.seed: name for name in reversed(same)}
        alike = [name for name in same if name in by_seed.values()]
        left = {name: other for name, other in left.items() if name not in same}
        if len(alike) > 1:
            values = {
                score.name: [scores[name][row].value for name in alike]
                for row, score in enumerate(scores[first])
            }
            means = {name: statistics.mean(each) for name, each in values.items()}
            deviations = {name: statistics.stdev(each) for name, each in values.items()}
            groups.append(SeedGroup(tuple(alike), means, deviations))
    return groups
