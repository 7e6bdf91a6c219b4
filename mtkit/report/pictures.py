"""The pictures of a report, as parts of its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from mtkit import scatter
from mtkit.curves import Curves
from mtkit.plot import (
    COLOURS,
    PANELS,
    boxes_allowed,
    draw_run,
    finish_axes,
    looks,
    new_figure,
    tidy,
)
from mtkit.report.svg import inline
from mtkit.report.text import shown
from mtkit.scatter import MOST, Fonts, fonts_for, measurable, place_names
from mtkit.vectors import WORD_BEGINS, WordVectors

if TYPE_CHECKING:
    from torch import Tensor

    from mtkit.tokenizer import Tokenizer

SIDES = {"source": "o", "target": "s", "both": "D"}  # whose pieces have which marker
MOSTLY = 0.8  # of a piece's occurrences: from there on it belongs to one side
FEW = 20  # sentences: fewer say little of a model


@dataclass(frozen=True)
class Picture:
    """title, note: what it shows, in words; svg: the picture."""

    title: str
    svg: str
    note: str = ""


def curves(run: Curves) -> list[Picture]:
    """A picture for each figure that the run logged.  Errors: MtkitError without matplotlib."""
    found = []
    for panel, look in zip(PANELS, looks(), strict=False):
        figure = new_figure(height=3.2, width=5.4)
        axes = figure.subplots()
        draw_run(axes, panel, run, look | {"linestyle": "-"})
        finish_axes(axes, panel, [run])
        axes.set_title("", loc="left")
        axes.set_xlabel("training step")
        label = f"{panel.title} over the training steps: {panel.unit}"
        found.append(Picture(panel.title, inline(figure, panel.key, label)))
    return found


def scores_by_length(
    names: Sequence[str], sizes: Sequence[int], scores: Sequence[float]
) -> Picture:
    """A bar for each group of sentences, the shortest first.  sizes: how many are in each."""
    figure = new_figure(height=3.2, width=5.4)
    axes = figure.subplots()
    labels = [f"{name}\nn = {size:,}" for name, size in zip(names, sizes, strict=True)]
    faded = [COLOURS[0] if size >= FEW else (COLOURS[0], 0.35) for size in sizes]
    bars = axes.bar(labels, scores, color=faded, edgecolor=COLOURS[0], width=0.65)
    axes.bar_label(bars, fmt="{:.1f}", padding=2)
    axes.set_ylabel("BLEU, 0 to 100")
    axes.set_ylim(0, max(1.0, 1.12 * max(scores)))
    tidy(axes)
    axes.grid(visible=False, axis="x")
    label = "BLEU by length of the source; the table beside it has the same numbers"
    note = f"Faded: fewer than {FEW} sentences, whose score says little." * (min(sizes) < FEW)
    return Picture("BLEU by length of the source", inline(figure, "length", label), note)


@dataclass(frozen=True)
class Pieces:
    """Pieces to be drawn: rows of the embedding, their text, and whose they are."""

    rows: list[int]
    names: list[str]
    sides: list[str]


def pieces_of(
    tokenizer: Tokenizer,
    spaced: tuple[bool, bool],
    texts: tuple[Sequence[str], Sequence[str]] | None,
) -> Pieces:
    """The most frequent pieces of a text and its translation that can stand for a word.

    spaced: whether words of source and target are set apart by spaces; texts: None where no text
    is known: the pieces in the vocabulary's order, and nobody's.
    """
    surfaces, few = tokenizer.surfaces(), Counter[int]()
    counts = [few, few] if texts is None else [piece_counts(tokenizer, lines) for lines in texts]
    totals = [max(1, sum(each.values())) for each in counts]
    rows = [row for row, text in enumerate(surfaces) if is_word(text, all(spaced))]
    if texts is not None:
        common = counts[0] + counts[1]
        rows = sorted((row for row in rows if common[row]), key=lambda row: -common[row])
    rows = rows[:MOST]
    shares = [
        [each[row] / total for each, total in zip(counts, totals, strict=True)] for row in rows
    ]
    names = [surfaces[row].removeprefix(WORD_BEGINS) for row in rows]
    return Pieces(rows, names, [side_of(*each) if texts else "" for each in shares])


def piece_counts(tokenizer: Tokenizer, lines: Iterable[str]) -> Counter[int]:
    found: Counter[int] = Counter()
    remaining = iter(lines)
    while some := list(islice(remaining, 1000)):
        for ids in tokenizer.encode_lines(some):
            found.update(ids)
    return found


def is_word(text: str, all_spaced: bool) -> bool:
    """Whether a piece begins a word, or is of a script without spaces; punctuation does not.

    Nor does what XML, in which pictures are written, cannot hold.
    """
    if shown(text) != text or not any(map(str.isalnum, text)):
        return False
    return text.startswith(WORD_BEGINS) or (not all_spaced and not text.isascii())


def side_of(source: float, target: float) -> str:
    """Given a piece's share of both texts"""
    share = source / ((source + target) or 1)
    return "source" if share >= MOSTLY else "target" if share <= 1 - MOSTLY else "both"


def embedding_map(pieces: Pieces, embedding: Tensor) -> Picture:
    """embedding (V, D) -> the pieces as points of the plane in which they are spread the most.

    Errors: MtkitError without matplotlib.
    """
    vectors = WordVectors(pieces.names, embedding.float()[pieces.rows])
    points, shares = vectors.plane(list(range(len(pieces.rows))))
    figure = new_figure(height=7.0)
    measurable(figure)
    axes = figure.add_subplot()
    scatter.finish_axes(axes, shares)
    axes.set_title("", loc="left")
    x, y = points.T.tolist()
    for number, (side, marker) in enumerate(SIDES.items()):
        which = [row for row, each in enumerate(pieces.sides) if (each or "source") == side]
        axes.scatter([x[row] for row in which], [y[row] for row in which], s=14, marker=marker,
                     c=COLOURS[number], linewidths=0)  # fmt: skip
    figure.draw_without_rendering()  # settles where the axes are
    found = fonts_for(pieces.names)
    # A browser has a font for each script, whether or not this machine has one.
    everything = frozenset(ord(character) for name in pieces.names for character in name)
    fonts = Fonts(found.families, found.characters | everything)
    with boxes_allowed():
        named = place_names(axes, list(zip(x, y, pieces.names, strict=True)), 0, fonts)
    note = f"{len(pieces.rows):,} pieces, {named:,} of them with their names"
    label = f"Map of the embedding: {note}"
    return Picture("The embedding", inline(figure, "map", label), note)
