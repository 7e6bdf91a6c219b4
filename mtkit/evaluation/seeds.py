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
    """Whether two runs differ only in their seed, and in what follows from it."""

    def recipe(card: ModelCard) -> object:
        data = [(found.role, found.sha256, found.weight, found.tag) for found in card.data]
        languages = card.source_language, card.target_language
        kind = card.tokenizer.kind, card.tokenizer.vocab_size
        return card.model, asdict(replace(card.training, seed=0)), data, languages, kind

    return recipe(one) == recipe(other) and one.training.seed != other.training.seed


def seed_groups(
    cards: Mapping[str, ModelCard], scores: Mapping[str, Sequence[Score]]
) -> list[SeedGroup]:
    """Of the systems that have cards; groups of at least two."""
    left, groups = dict(cards), []
    while left:
        first, card = next(iter(left.items()))
        alike = [first, *(name for name in left if same_recipe(card, left[name]))]
        left = {name: other for name, other in left.items() if name not in alike}
        if len(alike) > 1:
            values = {
                score.name: [scores[name][row].value for name in alike]
                for row, score in enumerate(scores[first])
            }
            means = {name: statistics.mean(each) for name, each in values.items()}
            deviations = {name: statistics.stdev(each) for name, each in values.items()}
            groups.append(SeedGroup(tuple(alike), means, deviations))
    return groups
