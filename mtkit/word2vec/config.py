"""How word vectors are learnt: the only place where these defaults are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mtkit.config import TransformerConfig
from mtkit.ranges import at_least, one_of, out_of_range

METHODS = ("skip-gram", "cbow")  # the first is the default
RATES = {"skip-gram": 0.025, "cbow": 0.05}  # as in the authors' own program


@dataclass(frozen=True)
class Word2VecConfig:
    """Settings of word2vec, with the values of Mikolov et al. (2013) where they name any."""

    method: str = METHODS[0]
    size: int = TransformerConfig.d_model  # so that `mtkit train --init-embeddings` takes them
    window: int = 5  # words to each side at most; how many is drawn anew for each word
    negatives: int = 5  # noise words against each neighbour
    subsample: float = 1e-3  # words more frequent than this are left out at times; 0: none is
    min_count: int = 5  # words that are rarer are left out
    epochs: int = 10
    learning_rate: float | None = None  # falls to zero; None: 0.025, or 0.05 for cbow
    seed: int = 1

    def __post_init__(self) -> None:
        one_of(self, "method", *METHODS)
        at_least(self, 1, "size", "window", "negatives", "min_count", "epochs")
        at_least(self, 0, "subsample", "seed")
        if self.seed >= 2**32:
            raise out_of_range(self, "seed", "below 2^32")
        if not 0 < self.rate < math.inf:
            raise out_of_range(self, "learning_rate", "above 0")

    @property
    def rate(self) -> float:
        """The learning rate at the beginning."""
        return RATES[self.method] if self.learning_rate is None else self.learning_rate
