"""The tree of a beam as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from mtkit.cli.layout import BEST, CHOSEN, FAINT, wrapped
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.explanation import Branch, Explanation

Children = Mapping[int | None, Sequence[int]]
FATE = 29  # cells for what became of a hypothesis
NARROWEST = 12  # cells for its pieces
MOST = 80  # lines of a tree on a terminal: a model that goes round in circles makes thousands


def beam(explanation: Explanation, width: int, whole: bool) -> Iterator[Text]:
    """What it means, and the tree; whole: however many lines that takes."""
    meaning = (
        f"All that was ever in the beam of {explanation.beam_size}.  Below a ●, the next one in "
        "the same column goes on; ├─● leaves it.  `pruned at n`: at step n others were more "
        "probable, or it could no longer win.  `ended`: with which score, and its rank; `loop`: it "
        f"says the same again and again, and loses against any that does not.  {CHOSEN} is the "
        "translation."
    )
    yield from wrapped(meaning, width, FAINT)
    children: dict[int | None, list[int]] = {}
    for number, branch in enumerate(explanation.beam):
        children.setdefault(branch.parent, []).append(number)
    tree = grown(explanation.beam, children, 0, ("", ""), width)
    yield from tree if whole else islice(tree, MOST)
    if rest := sum(1 for _ in tree):
        yield from wrapped(
            f"... {counted(rest, 'line')} more, which --html and --json have", width, FAINT
        )


def grown(
    branches: Sequence[Branch],
    children: Children,
    number: int,
    guides: tuple[str, str],
    width: int,
) -> Iterator[Text]:
    """A branch, those that leave it, and then, in the same column, the best way on.

    guides: what stands before the first line, and before all others.
    """
    first, rest = guides
    while True:
        goes_on = number in children
        inner = rest + ("\u2502 " if goes_on else "  ")
        yield from labelled(branches[number], first + "\u25cf ", inner, width)
        if not goes_on:
            return
        number, *others = children[number]
        for other in others:
            guides = rest + "\u251c\u2500", rest + "\u2502 "
            yield from grown(branches, children, other, guides, width)
        first = rest


def labelled(branch: Branch, first: str, rest: str, width: int) -> Iterator[Text]:
    """The pieces of a branch, in as many lines as they take, and at the right what became of it."""
    fate, style = fate_of(branch)
    room = max(width - cell_len(first) - FATE, NARROWEST)
    lines = wrapped(" ".join(branch.pieces), room, style)
    for line in lines[:-1]:
        yield Text.assemble((first, ""), line)
        first = rest
    gap = " " * max(width - FATE + 1 - cell_len(first) - lines[-1].cell_len, 1)
    found = Text.assemble((first, ""), lines[-1], gap, (fate, style))
    found.rstrip()
    yield found


def fate_of(branch: Branch) -> tuple[str, str]:
    """What became of a branch's last hypothesis, and how that is shown."""
    if branch.pruned:
        return f"pruned at {branch.pruned}", FAINT
    if branch.score is None:
        return "", ""
    text = f"ended {branch.score:.2f}, rank {branch.rank}" + ", loop" * branch.loops
    return (f"{text} {CHOSEN}", BEST) if branch.rank == 1 else (text, "")
