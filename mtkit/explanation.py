"""How one translation came about: from ids over vectors and attention to the beam."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SourcePiece:
    """A piece of the source, its id, and the pieces nearest in the embedding, with the cosine."""

    text: str
    id: int
    neighbours: list[tuple[str, float]]


@dataclass(frozen=True)
class Candidate:
    """What might have been said at a step; rank: from 1, by probability."""

    piece: str
    probability: float
    rank: int
    chosen: bool  # by the translation


@dataclass(frozen=True)
class Branch:
    """Part of the beam's tree: pieces in a row that some hypotheses share.

    parent    the number of the branch that it goes on from; none of the root
    log_probability  of all that was said up to its end, in nats
    score     of a hypothesis that ended here: what it was ranked by
    rank      among those that ended, from 1: the first is the translation; loops come last
    pruned    the step, from 1, at which it was no longer in the beam, if it did not end
    """

    pieces: list[str]
    parent: int | None
    log_probability: float
    score: float | None = None
    rank: int | None = None
    loops: bool = False
    pruned: int | None = None


@dataclass(frozen=True)
class Look:
    """How much of a word's attention went to a word of the source, 0 to 1.

    number: the source word's, from 0, since some come twice.
    """

    number: int
    word: str
    share: float


@dataclass(frozen=True)
class Explanation:
    """How a sentence was translated.

    source, target  the pieces that the model read and said; both end with that of EOS
    attention       by kind (cross, encoder, decoder), for each layer who looks where: (H, T, S)
    aligning        the layer of cross-attention, from 0, that tells best what translates what
    steps           the candidates at each step, the likeliest first
    beam            its branches, each after its parent; of a parent's, that to the best end first
    words           for each word said the source words that it looked at, most first; sums to 1
    parts, cut      of how many parts the line is, of which this is the first; whether the first
                    was cut because it is longer than the model can take
    """

    text: str
    translation: str
    score: float
    source: list[SourcePiece]
    target: list[str]
    embedding: tuple[int, int]  # pieces, width
    attention: dict[str, list[Tensor]]
    aligning: int
    steps: list[list[Candidate]]
    beam_size: int
    beam: list[Branch]
    words: list[tuple[str, list[Look]]]
    parts: int
    cut: bool

    @property
    def remark(self) -> str:
        """What of the line was explained, if not all of it."""
        if self.cut:
            return "the sentence is longer than the model can take: this is its first part"
        if self.parts > 1:
            return f"the line has {self.parts} sentences: this is the first one"
        return ""

    def to_json(self) -> dict[str, Any]:
        """Plain values: of attention by kind, layer, head, row and column."""
        attention = {
            kind: [layer.tolist() for layer in layers] for kind, layers in self.attention.items()
        }
        return asdict(replace(self, attention={})) | {
            "attention": attention,
            "words": [
                {"word": word, "looks": list(map(vars, found))} for word, found in self.words
            ],
        }
