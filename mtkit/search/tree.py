"""The beam as a tree: what its hypotheses have in common, where they part, how they end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from mtkit.config import BOS, EOS
from mtkit.ranking import Hypothesis
from mtkit.search.recorder import Recorder


@dataclass
class Node:
    """Tokens in a row that some hypotheses share, and in what ways these go on.

    tokens    the first of the root's is BOS; the last of one that ended is EOS
    score     the log-probability of all that was said up to their end, in nats
    length    how many tokens that is, EOS included
    children  ways to go on, that to the best end first; none of a leaf
    ended     the hypothesis that ended here
    rank      of the best that ended here or below, from 1; infinite where all were pruned
    reach     the length of the longest hypothesis below
    """

    tokens: list[int]
    score: float
    length: int
    children: list[Node] = field(default_factory=list)
    ended: Hypothesis | None = None
    rank: float = math.inf
    reach: int = 0

    @property
    def pruned(self) -> int | None:
        """The step, from 1, at which none of its continuations stayed in the beam; of a leaf."""
        return None if self.children or self.ended else self.length + 1

    def settle(self) -> None:
        """Order the children, which are settled; one that is alone becomes part of its parent."""
        self.children.sort(key=lambda child: (child.rank, -child.reach))
        if len(self.children) == 1:
            [child] = self.children
            self.tokens += child.tokens
            self.score, self.length, self.ended = child.score, child.length, child.ended
            self.children = child.children
            self.rank, self.reach = child.rank, child.reach
        else:
            self.rank = min((child.rank for child in self.children), default=self.rank)
            self.reach = max((child.reach for child in self.children), default=self.length)

    def walk(self) -> Iterator[tuple[Node, int | None]]:
        """Each node and the number of its parent in this order, parents first."""
        waiting: list[tuple[Node, int | None]] = [(self, None)]
        for number in count():
            if not waiting:
                break
            node, parent = waiting.pop()
            yield node, parent
            waiting += [(child, number) for child in reversed(node.children)]


def beam_tree(recorder: Recorder) -> Node:
    """What a recorder saw, as a tree in which each hypothesis of a beam is a way from the root."""
    nodes: dict[tuple[int, ...], Node] = {(): Node([BOS], 0.0, 0)}
    for held in (held for beam in recorder.beams[1:] for held in beam):
        node = nodes[held.tokens] = Node([held.tokens[-1]], held.score, len(held.tokens))
        nodes[held.tokens[:-1]].children.append(node)
    ranked = sorted(recorder.ended, key=lambda found: (found.loops, -found.score))
    for rank, found in enumerate(ranked, 1):
        length = len(found.token_log_probabilities)
        end = Node([EOS], found.log_probability, length, ended=found, rank=rank, reach=length)
        nodes[tuple(found.tokens)].children.append(end)
    for node in reversed(nodes.values()):  # the longest first
        node.settle()
    return nodes[()]
