"""How a sentence was translated, as the script of a report gets to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtkit.explanation import Branch, Explanation
from mtkit.heatmaps import KINDS
from mtkit.report.text import shown

if TYPE_CHECKING:
    from torch import Tensor

SCALE = 1000  # attention is told in thousandths, which is more than can be seen


def inside(explanation: Explanation) -> dict[str, Any]:
    """Plain values; attention by kind, layer, head, row and column.

    What cannot be seen in a text is written as its number.
    """
    return {
        "text": shown(explanation.text),
        "translation": shown(explanation.translation),
        "source": [shown(piece.text) for piece in explanation.source],
        "target": list(map(shown, explanation.target)),
        "near": [
            [[shown(text), round(cosine, 2)] for text, cosine in piece.neighbours]
            for piece in explanation.source
        ],
        "steps": [
            [[shown(one.piece), round(SCALE * one.probability), one.chosen] for one in step]
            for step in explanation.steps
        ],
        "attention": {
            kind: [thousandths(layer, kind == "decoder") for layer in layers]
            for kind, layers in explanation.attention.items()
        },
        "aligning": explanation.aligning + 1,
        "beam": list(map(branch, explanation.beam)),
        "beamSize": explanation.beam_size,
        "note": explanation.remark and f"{explanation.remark.capitalize()}.",
    }


def thousandths(weights: Tensor, looks_back: bool) -> list[list[list[int]]]:
    """weights (H, T, S) -> by head, row and column

    looks_back: a row sees itself and what is before it; the rest, which is nothing, is left out.
    """
    heads: list[list[list[int]]] = (SCALE * weights).round().int().tolist()
    if not looks_back:
        return heads
    return [[row[:end] for end, row in enumerate(head, 1)] for head in heads]


def branch(found: Branch) -> dict[str, Any]:
    return {
        "pieces": list(map(shown, found.pieces)),
        "parent": found.parent,
        "logProbability": round(found.log_probability, 2),
        "score": None if found.score is None else round(found.score, 3),
        "rank": found.rank,
        "loops": found.loops,
        "pruned": found.pruned,
    }


def attention_note(explanation: Explanation) -> str:
    """What attention a model lacks, in a sentence; nothing of a model that has all kinds."""
    if not explanation.attention:
        return (
            "This model has no attention, so there is nothing to look at: all that the decoder "
            "knows of the source is one vector of a fixed size."
        )
    if set(explanation.attention) != set(KINDS):
        return (
            "This model has one attention, of one layer and one head: from the target to the "
            "source.  Its encoder and decoder are recurrent and have no self-attention."
        )
    return ""
