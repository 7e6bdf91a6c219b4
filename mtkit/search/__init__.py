"""Search: one loop that does not know the architecture, and small objects that it asks.

controls  what may come next: text, lengths, a prefix, nothing said twice
phrases   what may come next: forbidden and required phrases
choice    which continuations go on: the best, the best of each bank, one drawn at random
plan      all of these for one batch
beam      the loop
ensemble  several models as one
shortlist a model that may say only some words
recorder  what was in the beam, for those who ask
tree      the same as a tree
How finished hypotheses are ranked, and when to stop, is in mtkit.ranking.
"""

from mtkit.ranking import Hypothesis, length_penalty
from mtkit.search.beam import beam_search
from mtkit.search.ensemble import Ensemble
from mtkit.search.phrases import Phrase, Wishes
from mtkit.search.plan import longest_output
from mtkit.search.recorder import Recorder
from mtkit.search.shortlist import shortlisted_search
from mtkit.search.tree import Node, beam_tree

__all__ = [
    "Ensemble",
    "Hypothesis",
    "Node",
    "Phrase",
    "Recorder",
    "Wishes",
    "beam_search",
    "beam_tree",
    "length_penalty",
    "longest_output",
    "shortlisted_search",
]
