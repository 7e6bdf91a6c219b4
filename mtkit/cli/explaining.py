"""An explanation as a page of text, for a terminal or a file: how each part of it looks."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from mtkit.cli.beamtree import beam
from mtkit.cli.layout import BEST, CHOSEN, FAINT, TITLE, hanging, laid_out, wrapped
from mtkit.heatmaps import KINDS

if TYPE_CHECKING:
    from mtkit.explanation import Candidate, Explanation
    from mtkit.heatmaps import HeatMap

WIDEST = 100  # columns
SHADES = (  # from which share on a cell of a heat map looks how
    (0.7, "█", "#c9930a"), (0.4, "▓", "#3f9f5f"), (0.2, "▒", "#2a8f9f"), (0.05, "░", "#6f7fc0"),
    (0.0, " ", ""),
)  # fmt: skip
NOTABLE = 0.05  # of a word's attention: less is left out
MOST = 4  # words that a word looked at
PAGE = """<!DOCTYPE html>
<html><head><meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
{stylesheet}
body {{ color: {foreground}; background-color: {background}; }}
pre {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; line-height: 1.2; }}
</style></head>
<body><pre><code style="font-family: inherit">{code}</code></pre></body></html>
"""


@dataclass(frozen=True)
class Page:
    """What rich draws, as wide as there is room; whole: with all of the beam, however long."""

    explanation: Explanation
    maps: Sequence[Sequence[HeatMap]]
    whole: bool = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDEST)
        yield from summary(self.explanation, width)
        sections = {
            "From words to vectors": vectors(self.explanation, width),
            "Attention": attention(self.explanation, self.maps, width),
            "What might have been said": steps(self.explanation, width),
            "The beam": beam(self.explanation, width, self.whole),
            "Who looked at what": looks(self.explanation, width),
        }
        for number, (title, lines) in enumerate(sections.items(), 1):
            yield Text(f"\n{number}. {title}", style=TITLE)
            yield from lines

    def html(self) -> str:
        """The page as one file that needs no other; text in it is no mark-up."""
        console = Console(
            file=StringIO(), record=True, width=WIDEST, force_terminal=True,
            color_system="truecolor", markup=False, emoji=False, highlight=False,
        )  # fmt: skip
        console.print(self)
        title = html.escape(f"mtkit explain: {self.explanation.text}")
        title = title.replace("{", "&#123;").replace("}", "&#125;")  # of the template
        return console.export_html(code_format=PAGE.replace("TITLE", title))


def summary(explanation: Explanation, width: int) -> Iterator[Text]:
    for name, text in (
        ("source", explanation.text),
        ("translation", explanation.translation or "(empty)"),
        ("score", f"{explanation.score:.3f} (log-probability over length penalty)"),
    ):
        yield from hanging(f"{name:<13}", text, width)


def vectors(explanation: Explanation, width: int) -> Iterator[Text]:
    pieces, size = explanation.embedding
    yield from wrapped(
        f"An id is a one-hot vector: of {pieces:,} numbers, that one is 1 and all others are 0.  "
        f"Times the embedding, a matrix of {pieces:,} x {size}, it is one row: the piece's vector "
        f"of {size} numbers.  Beside it the pieces whose vectors point most nearly the same way "
        "(cosine).",
        width,
        FAINT,
    )
    longest = max(cell_len(piece.text) for piece in explanation.source)
    rows = []
    for number, piece in enumerate(explanation.source, 1):
        name = set_cell_size(piece.text, min(longest, width // 3))
        near = [Text(f"{text} {cosine:.2f}") for text, cosine in piece.neighbours]
        rows.append((f"{number:>3}  {name}  id {piece.id:>5}", near))
    yield from laid_out(rows, width)


def attention(
    explanation: Explanation, maps: Sequence[Sequence[HeatMap]], width: int
) -> Iterator[Text]:
    if not maps:
        yield from wrapped(
            "This model has no attention, nothing to look at: all that the decoder knows of the "
            "source is one vector of a fixed size.", width
        )  # fmt: skip
        return
    first = maps[0][0]
    if list(explanation.attention) == ["cross"]:
        yield from wrapped("This model has one attention, of one layer and one head; its encoder "
                           "and decoder have no self-attention.", width)  # fmt: skip
    reads = "; a row is where a piece is said, a column what was read" * (first.kind == "decoder")
    yield from wrapped(f"{KINDS[first.kind]}: rows look at columns{reads}.", width, FAINT)
    scale = Text.assemble("shares: ", *(
        part
        for least, shade, colour in reversed(SHADES)
        for part in ((2 * shade, colour), f" from {least:g}  " if least else "blank: less  ")
    ))  # fmt: skip
    scale.rstrip()
    yield scale
    yield Text("columns:")
    pieces = [Text(f"{number} {piece}") for number, piece in enumerate(first.columns, 1)]
    yield from laid_out([("", pieces)], width)
    for heat_map in (one for layer in maps for one in layer):
        yield Text(f"\n{heat_map.title}", style=TITLE)
        yield from shaded(heat_map, width)


def shaded(heat_map: HeatMap, width: int) -> Iterator[Text]:
    """Two cells for each weight; labels come last, so that no font can move what is above another.

    What is wider than the page is drawn in several parts.
    """
    labels = min(max(map(cell_len, heat_map.rows)), width // 4)
    room = max((width - labels - 5) // 2, 1)
    for start in range(0, len(heat_map.columns), room):
        columns = range(start + 1, min(start + room, len(heat_map.columns)) + 1)
        if columns[-1] > 9:
            yield Text("    " + "".join(f"{n // 10 or '':>2}" for n in columns))
        yield Text("    " + "".join(f"{n % 10:>2}" for n in columns))
        for number, (piece, row) in enumerate(zip(heat_map.rows, heat_map.weights, strict=True), 1):
            label = Text(f" {piece}")
            label.truncate(labels + 1, overflow="ellipsis")
            cells = [shade(weight) for weight in row[start : columns[-1]]]
            yield Text.assemble(f"{number:>3} ", *cells, label)


def shade(weight: float) -> tuple[str, str]:
    return next((2 * char, colour) for least, char, colour in SHADES if weight >= least)


def steps(explanation: Explanation, width: int) -> Iterator[Text]:
    yield from wrapped(
        f"The likeliest pieces at each step, with their probabilities; {CHOSEN} is what the "
        "translation says.", width, FAINT
    )  # fmt: skip
    rows = [
        (f"{number:>3}", [said(candidate) for candidate in step])
        for number, step in enumerate(explanation.steps, 1)
    ]
    yield from laid_out(rows, width)


def said(candidate: Candidate) -> Text:
    mark, style = (CHOSEN, BEST) if candidate.chosen else ("", "")
    share = 100 * candidate.probability
    number = f"{share:.1f}%" if share >= 0.1 else "<0.1%"
    return Text(f"{mark}{candidate.piece} {number}", style=style)


def looks(explanation: Explanation, width: int) -> Iterator[Text]:
    if not explanation.words:
        yield from wrapped("Nobody looked: the model has no attention.", width)
        return
    yield from wrapped(
        f"Each word of the translation, and where most of its attention went, in layer "
        f"{explanation.aligning + 1}; from {NOTABLE:.0%}.", width, FAINT
    )  # fmt: skip
    times = [look.word for look in explanation.words[0][1]]
    rows = []
    for word, found in explanation.words:
        items = [
            Text(f"{look.word}{f' ({look.number + 1})' * (times.count(look.word) > 1)} "
                 f"{look.share:.0%}")
            for number, look in enumerate(found[:MOST]) if look.share >= NOTABLE or not number
        ]  # fmt: skip
        rows.append((set_cell_size(word, min(cell_len(word), width // 3)), items))
    yield from laid_out(rows, width)
