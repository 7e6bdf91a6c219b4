"""Text in columns that fits the terminal; a Chinese character takes two cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

CHOSEN = "*"  # marks what the translation took
TITLE, FAINT, BEST = "bold", "dim", "bold green"


def hanging(head: str, text: str, width: int, style: str = "") -> Iterator[Text]:
    """The text beside its head, in as many lines as it takes."""
    for line in wrapped(text, width - cell_len(head), style):
        yield Text.assemble((head, ""), line)
        head = " " * cell_len(head)


def wrapped(text: str, width: int, style: str = "") -> list[Text]:
    """Lines no wider than that, broken at spaces if possible."""
    lines = Text(text, style=style).wrap(Console(file=StringIO()), max(width, 1))
    for line in lines:
        line.rstrip()
    return list(lines) or [Text("")]


def laid_out(rows: Sequence[tuple[str, Sequence[Text]]], width: int) -> Iterator[Text]:
    """Heads, and beside each its items, with two spaces after each.

    They stand in columns where all fit beside their head, else one behind the other in as many
    lines as they take.
    """
    indent = max(cell_len(head) for head, _ in rows) + 2
    room = max(width - indent, 8)
    columns = column_widths([items for _, items in rows])
    aligned = sum(columns) - 2 <= room
    for head, items in rows:
        line = Text(set_cell_size(head, indent))
        for item, column in zip(items, columns, strict=False):
            item = item.copy()
            item.truncate(room, overflow="ellipsis")
            if indent < line.cell_len > width - item.cell_len:
                line.rstrip()
                yield line
                line = Text(" " * indent)
            line.append_text(item)
            line.append(" " * ((column if aligned else item.cell_len + 2) - item.cell_len))
        line.rstrip()
        yield line


def column_widths(rows: Sequence[Sequence[Text]]) -> list[int]:
    """Two more than the widest item of each column."""
    most = max(map(len, rows), default=0)
    return [2 + max(row[n].cell_len for row in rows if n < len(row)) for n in range(most)]
