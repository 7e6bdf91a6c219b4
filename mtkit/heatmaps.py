"""Attention as pictures: which heat maps an explanation has, and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.errors import MtkitError
from mtkit.plot import new_figure, save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

    from mtkit.explanation import Explanation

KINDS = {
    "cross": "cross-attention, of the target to the source",
    "encoder": "self-attention of the encoder, of the source to itself",
    "decoder": "self-attention of the decoder, of the target to what was said before",
}
ALL, MEAN = "all", "mean"
LARGEST = 12_000  # pixels across or down
START = "<s>"  # the piece that the decoder reads first


@dataclass(frozen=True)
class HeatMap:
    """Who looks where, in one head or in the mean of all of a layer.

    weights     a row for each piece that looks, a column for each that is looked at
    layer, head from 1; no head for the mean
    """

    kind: str
    layer: int
    head: int | None
    heads: int  # of the layer
    weights: list[list[float]]
    rows: list[str]
    columns: list[str]

    @property
    def title(self) -> str:
        if self.heads == 1:
            return f"layer {self.layer}"
        which = f"mean of {self.heads} heads" if self.head is None else f"head {self.head}"
        return f"layer {self.layer}, {which}"


def heat_maps(
    explanation: Explanation, kind: str = "cross", layer: str | None = None, head: str | None = None
) -> list[list[HeatMap]]:
    """Those that were asked for, for each layer; none of a model without attention.

    layer: a number from 1, or all; None: the one that aligns, of self-attention the last.
    head: a number from 1, all, or mean; None: mean.
    Errors: MtkitError for what the model does not have.
    """
    if not explanation.attention and kind == "cross" and not (layer or head):
        return []
    if kind not in explanation.attention:
        raise missing(explanation, kind)
    layers = explanation.attention[kind]
    usual = explanation.aligning + 1 if kind == "cross" else len(layers)
    found = []
    for number in numbers("layer", layer or str(usual), len(layers), kind):
        heads = len(layers[number - 1])
        which = [None] if head in (None, MEAN) else numbers("head", head or "", heads, kind)
        found.append([heat_map(explanation, kind, number, n) for n in which])
    return found


def heat_map(explanation: Explanation, kind: str, layer: int, head: int | None) -> HeatMap:
    weights = explanation.attention[kind][layer - 1]
    shown = weights.mean(0) if head is None else weights[head - 1]
    rows, columns = sides(explanation, kind)
    return HeatMap(kind, layer, head, len(weights), shown.tolist(), rows, columns)


def missing(explanation: Explanation, kind: str) -> MtkitError:
    if not explanation.attention:
        return MtkitError(
            "the model has no attention to show: all that it knows of the source is one vector",
            "leave out --kind, --layer, --head and --png, "
            "or train with --arch lstm-attention or transformer",
        )
    return MtkitError(
        f"the model has no self-attention in its {kind}, only one attention, of one layer and "
        "one head, to the source",
        "leave out --kind, or train with --arch transformer",
    )


def numbers(what: str, given: str, count: int, kind: str) -> list[int]:
    """Of layers or heads, from 1.  Errors: MtkitError for one that there is not."""
    if given == ALL:
        return list(range(1, count + 1))
    if given.isdecimal() and 1 <= int(given) <= count:
        return [int(given)]
    others = f"{ALL} or {MEAN}" if what == "head" else ALL
    has = f"{count} {what}{'s' * (count > 1)} of {KINDS[kind].partition(',')[0]}"
    raise MtkitError(
        f"--{what} {given}: the model has {has}", f"give a number from 1 to {count}, or {others}"
    )


def sides(explanation: Explanation, kind: str) -> tuple[list[str], list[str]]:
    """The pieces that look, and those that are looked at."""
    source = [piece.text for piece in explanation.source]
    if kind == "encoder":
        return source, source
    said = explanation.target
    return said, source if kind == "cross" else [START, *said[:-1]]


def write_heat_maps(path: Path, grid: Sequence[Sequence[HeatMap]]) -> list[str]:
    """Draw them: a row of heat maps for each layer, a column for each head.

    -> the pieces whose characters no font of this machine has; they are drawn as boxes.
    Errors: MtkitError for another format than PNG or SVG, without matplotlib, or a full disk.
    """
    first = grid[0][0]
    across, down = 0.19 * len(first.columns) + 1.2, 0.19 * len(first.rows) + 1.2
    figure = new_figure(down * len(grid) + 0.8, max(across * len(grid[0]) + 0.8, 4.5))
    figure.set_dpi(min(figure.dpi, LARGEST / max(figure.get_size_inches())))
    fonts, lost = fonts_for([*first.rows, *first.columns])
    axes = figure.subplots(len(grid), len(grid[0]), squeeze=False, sharex=True, sharey=True)
    for row, maps in zip(axes, grid, strict=True):
        for one, heat_map in zip(row, maps, strict=True):
            image = draw_heat_map(one, heat_map, fonts)
    figure.suptitle(f"{KINDS[first.kind]}\nrows look at columns", fontsize=9)
    figure.colorbar(image, ax=axes, shrink=0.6, label="share of a row's attention")
    save_picture(figure, path)
    return lost


def draw_heat_map(axes: Axes, heat_map: HeatMap, fonts: list[str]) -> AxesImage:
    """Pieces are numbered, so that one that no font has can be looked up."""
    image = axes.imshow(heat_map.weights, cmap="viridis", vmin=0, vmax=1, aspect="equal")
    axes.set_title(heat_map.title, fontsize=8)
    look: dict[str, Any] = {"fontsize": 6, "fontfamily": fonts, "parse_math": False}  # a $ is a $
    for axis, pieces, turn in (
        (axes.xaxis, heat_map.columns, 90),
        (axes.yaxis, heat_map.rows, 0),
    ):
        labels = [f"{number} {piece}" for number, piece in enumerate(pieces, 1)]
        axis.set_ticks(range(len(labels)), labels, rotation=turn, **look)
        axis.set_tick_params(length=2)
    return image


def fonts_for(pieces: Sequence[str]) -> tuple[list[str], list[str]]:
    """Fonts of this machine that together have the characters, and the pieces that none has."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

    wanted = {ord(character) for piece in pieces for character in piece}
    names = ["DejaVu Sans"]
    wanted -= set(get_font(findfont(FontProperties(family=names[0]))).get_charmap())
    for entry in fontManager.ttflist:
        if not wanted or "Last Resort" in entry.name:
            continue
        if has := wanted & set(get_font(entry.fname).get_charmap()):
            names.append(entry.name)
            wanted -= has
    return names, [piece for piece in dict.fromkeys(pieces) if wanted & set(map(ord, piece))]
