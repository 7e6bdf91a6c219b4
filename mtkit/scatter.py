"""Words as points of a plane, in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.plot import COLOURS, new_figure, save_picture
from mtkit.vectors import WordVectors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

MOST = 300  # words in a picture
LONGEST = 24  # characters of a word in the picture
PLACES = (  # of a name around its point, in points, and how it is aligned
    (4, 0, "left", "center"), (-4, 0, "right", "center"), (0, 4, "center", "bottom"),
    (0, -4, "center", "top"), (3, 3, "left", "bottom"), (-3, 3, "right", "bottom"),
    (3, -3, "left", "top"), (-3, -3, "right", "top"),
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """What a picture shows."""

    points: int
    named: int  # points with their words beside them
    unwritable: int  # words for whose characters no font is installed


def write_map(path: Path, vectors: WordVectors, marked: Sequence[str] = ()) -> Drawn:
    """Draw the most frequent words, and those of `marked` in bold; the whole picture or none.

    Names that would cover others are left out; the marked ones come first, then the frequent.
    Errors: MtkitError for another format than PNG or SVG, without matplotlib, or a full disk.
    """
    figure = new_figure(height=9.0)
    measurable(figure)
    bold = list(dict.fromkeys(vectors.number(word) for word in marked))
    rows = list(dict.fromkeys([*bold, *shown_rows(vectors.words)]))[: max(MOST, len(bold))]
    points, shares = vectors.plane(rows)
    axes = figure.add_subplot()
    finish_axes(axes, shares)
    colours = [COLOURS[1] if row in bold else COLOURS[0] for row in rows]
    x, y = points.T.tolist()
    axes.scatter(x, y, s=8, c=colours, linewidths=0)
    names = [vectors.words[row] for row in rows]
    families = fonts_for(names)
    figure.draw_without_rendering()  # settles where the axes are
    found = place_names(axes, list(zip(x, y, names, strict=True)), len(bold), families)
    save_picture(figure, path)
    unwritable = sum(not families.writes(name) for name in names)
    return Drawn(len(rows), found, unwritable)


def measurable(figure: Figure) -> None:
    """Give it a canvas that tells at once how large a text is."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)


def shown_rows(words: Sequence[str]) -> list[int]:
    """Words that have a letter or a digit in them."""
    return [row for row, word in enumerate(words) if any(map(str.isalnum, word))]


def finish_axes(axes: Axes, shares: tuple[float, float]) -> None:
    axes.set_title("Words by their vectors", loc="left", fontweight="bold")
    axes.set_xlabel(f"first principal component, {shares[0]:.0%} of the variance")
    axes.set_ylabel(f"second principal component, {shares[1]:.0%} of the variance")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.margins(0.08)
    axes.spines[["top", "right"]].set_visible(False)


@dataclass(frozen=True)
class Fonts:
    """Families that are tried one after the other, and the characters that they have."""

    families: list[str]
    characters: frozenset[int]

    def writes(self, text: str) -> bool:
        return all(ord(character) in self.characters for character in text)


def fonts_for(names: Sequence[str]) -> Fonts:
    """matplotlib's own font and, for what that lacks, the installed one that has most of it."""
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

    own = FontProperties().get_family()
    characters = frozenset(get_font(findfont(FontProperties())).get_charmap())
    missing = {ord(character) for name in names for character in name} - characters
    if not missing:
        return Fonts(own, characters)
    best: tuple[int, str, frozenset[int]] = (0, "", frozenset())
    for entry in fontManager.ttflist:
        if entry.name.startswith("Last Resort"):  # which has a box for every character
            continue
        held = frozenset(get_font(entry.fname).get_charmap())
        best = max(best, (len(missing & held), entry.name, held), key=lambda each: each[0])
    return Fonts([*own, best[1]] if best[0] else own, characters | best[2])


def place_names(
    axes: Axes, points: Sequence[tuple[float, float, str]], bold: int, fonts: Fonts
) -> int:
    """Write each name beside its point where there is room; -> how many were written

    points: x, y and name, the most important first, of which the first `bold` ones are marked.
    """
    taken: list[Bbox] = []
    for number, (x, y, name) in enumerate(points):
        if not fonts.writes(name):
            continue
        look: dict[str, Any] = {"color": "0.2"}
        if number < bold:
            look = {"color": COLOURS[1], "fontweight": "bold"}
        written = axes.annotate(
            name if len(name) <= LONGEST else f"{name[:LONGEST]}…",
            (x, y),
            (0, 0),
            textcoords="offset points",
            fontsize=8,
            fontfamily=fonts.families,
            **look,
        )
        written.set_parse_math(False)
        written.set_in_layout(False)  # the axes stay where they are
        box = free_place(axes, written, taken)
        if box is None and number >= bold:
            written.remove()
        elif box is not None:
            taken.append(box)
    return len(axes.texts)


def free_place(axes: Axes, written: Any, taken: Sequence[Bbox]) -> Bbox | None:
    """Move a name to the first place around its point where it covers no other one."""
    from matplotlib.transforms import Bbox

    extent, shift = written.get_window_extent(), {"left": 0.0, "bottom": 0.0, "center": 0.5}
    x, y = axes.transData.transform(written.xy)
    pixels = written.get_figure().dpi / 72  # to a point
    for right, up, horizontal, vertical in PLACES:
        left = x + right * pixels - shift.get(horizontal, 1.0) * extent.width
        bottom = y + up * pixels - shift.get(vertical, 1.0) * extent.height
        box = Bbox.from_bounds(left, bottom, extent.width, extent.height).padded(1)
        if not box.count_overlaps(taken):
            written.xyann = right, up
            written.set(ha=horizontal, va=vertical)
            return box
    return None
