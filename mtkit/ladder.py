"""Three generations of models of one size, and where the fixed vector falls off: in a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from mtkit.card import ModelCard
from mtkit.checkpoint import write_bytes
from mtkit.config import ModelConfig
from mtkit.errors import MtkitError
from mtkit.models import build_model
from mtkit.plot import check_format, looks, new_figure

RUNGS = {  # from the bottom up
    "lstm": "LSTM, fixed vector",
    "lstm-attention": "LSTM with attention",
    "transformer": "Transformer",
}


def parameters(config: ModelConfig) -> int:
    """How many numbers a model of these sizes learns; nothing is allocated."""
    with torch.device("meta"):
        return sum(weights.numel() for weights in build_model(config).parameters())


def of_size(config: ModelConfig, wanted: int) -> ModelConfig:
    """The same with the even width that comes nearest to `wanted` parameters."""
    low, high = 1, 2
    while parameters(replace(config, d_model=2 * high)) < wanted:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        below = parameters(replace(config, d_model=2 * middle)) < wanted
        low, high = (middle, high) if below else (low, middle)
    sizes = [replace(config, d_model=2 * half) for half in (low, high)]
    return min(sizes, key=lambda size: abs(parameters(size) - wanted))


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
    wanted, content = check_format(path), io.BytesIO()
    figure = new_figure(height=6.0)
    axes = figure.subplots()
    for (rung, values), look in zip(scores.items(), looks(), strict=False):
        axes.plot(groups, values, **look | {"lw": 2.0, "markersize": 7}, label=RUNGS[rung])
    axes.set_title("BLEU by length of the source", loc="left", fontweight="bold")
    axes.set_xlabel("words of the source; each group has about as many sentences")
    axes.set_ylabel("BLEU, 0 to 100")
    axes.set_ylim(0, max(1.0, *(1.05 * value for values in scores.values() for value in values)))
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(content, format=wanted)
    write_bytes(path, content.getbuffer())
