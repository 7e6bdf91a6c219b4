"""Three generations of models of one size, and where the fixed vector falls off: in a picture."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from mtkit.card import ModelCard
from mtkit.config import ModelConfig
from mtkit.errors import MtkitError
from mtkit.models import build_model
from mtkit.plot import looks, new_figure, save_picture, tidy

RUNGS = {  # from the bottom up
    "lstm": "LSTM, fixed vector",
    "lstm-attention": "LSTM with attention",
    "transformer": "Transformer",
}
WIDEST = 1 << 14  # half of the width of a model that nobody trains


def parameters(config: ModelConfig) -> int:
    """How many numbers a model of these sizes learns; nothing is allocated."""
    with torch.device("meta"):
        return sum(weights.numel() for weights in build_model(config).parameters())


def of_size(config: ModelConfig, wanted: int) -> ModelConfig:
    """The same with the even width that comes nearest to `wanted` parameters."""

    def size(half: int) -> int:
        return parameters(replace(config, d_model=2 * half))

    above = bisect_left(range(2, WIDEST), wanted, key=size) + 2  # the first that is large enough
    nearest = min((above - 1, above), key=lambda half: abs(size(half) - wanted))
    return replace(config, d_model=2 * nearest)


def check_alike(cards: Mapping[str, ModelCard]) -> None:
    """Errors: MtkitError for models that did not learn from the same pieces of the same pairs."""

    def learnt(card: ModelCard) -> object:
        data = [(found.role, found.sha256) for found in card.data]
        return data, card.tokenizer.sha256, card.training

    (first, card), *others = cards.items()
    for name, other in others:
        if learnt(other) != learnt(card):
            raise MtkitError(
                f"`{name}` and `{first}` were not trained on the same data in the same way",
                "name an --out of its own for each ladder",
            )


def quantiles(lengths: Sequence[int], groups: int = 4) -> list[int]:
    """From which length each of so many groups begins that are about as large."""
    ordered = sorted(lengths)
    begins = {ordered[len(ordered) * group // groups] for group in range(1, groups)}
    return [1, *sorted(begin for begin in begins if begin > 1)]


def write_ladder(path: Path, groups: Sequence[str], scores: Mapping[str, Sequence[float]]) -> None:
    """Draw BLEU by length of the source, a line for each rung.

    groups: their names, the shortest sentences first; scores: of each group, by rung.
    Errors: MtkitError for another format than PNG or SVG, without matplotlib, or a full disk.
    """
    figure = new_figure(height=6.0)
    axes = figure.subplots()
    for (rung, values), look in zip(scores.items(), looks(), strict=False):
        axes.plot(groups, values, **look | {"lw": 2.0, "markersize": 7}, label=RUNGS[rung])
    axes.set_title("BLEU by length of the source", loc="left", fontweight="bold")
    axes.set_xlabel("words of the source; each group has about as many sentences")
    axes.set_ylabel("BLEU, 0 to 100")
    axes.set_ylim(0, max(1.0, *(1.05 * value for values in scores.values() for value in values)))
    tidy(axes)
    axes.legend(frameon=False)
    save_picture(figure, path)
