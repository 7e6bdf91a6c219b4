"""From what search found to text: hypotheses to outputs, and parts to lines."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtkit.alignment import copy_unknown, links, word_numbers
from mtkit.batches import pad
from mtkit.config import BOS, EOS, UNK
from mtkit.constraints import Wishing
from mtkit.models import Seq2Seq
from mtkit.output import Output
from mtkit.parts import Part
from mtkit.search import Hypothesis
from mtkit.tokenizer import Tokenizer


class Composer:
    """Makes text of hypotheses, and lines of parts."""

    def __init__(
        self, tokenizer: Tokenizer, spaced: tuple[bool, bool], wishing: Wishing, aligned: bool
    ) -> None:
        """spaced: whether words have spaces between them, in source and target."""
        self.tokenizer, self.spaced, self.wishing = tokenizer, spaced, wishing
        self.aligned = aligned
        self.joint = " " if spaced[1] else ""

    @torch.inference_mode()
    def weights(
        self,
        model: Seq2Seq,
        source: Tensor,
        begin: int,
        parts: Sequence[Part],
        found: Sequence[Sequence[Hypothesis]],
    ) -> list[Tensor | None]:
        """(T, S) for each hypothesis of each part: who looks where; None where it does not matter.

        source: the parts as a batch, whose text begins at piece `begin`.
        """
        every = [(i, hypothesis) for i, best in enumerate(found) for hypothesis in best]
        wanted = [self.aligned or bool(part.unknown) for part in parts]
        rows = [n for n, (i, _) in enumerate(every) if model.aligns and wanted[i]]
        weights: list[Tensor | None] = [None] * len(every)
        if rows:
            targets = pad([[BOS, *every[n][1].tokens] for n in rows]).to(source.device)
            looks = model.alignment(source[[every[n][0] for n in rows]], targets)
            for n, look in zip(rows, looks.float().cpu(), strict=True):
                i, hypothesis = every[n]
                end = begin + len(parts[i].ids)
                weights[n] = look[: len(hypothesis.tokens), begin:end]
        return weights

    def output(self, part: Part, hypothesis: Hypothesis, weights: Tensor | None) -> Output:
        """A hypothesis as text; what the tokenizer does not know is copied where that may be.

        weights (T, S): who looks where, EOS left out on both sides.
        """
        said = ["" if t == UNK else self.tokenizer.piece(t) for t in hypothesis.tokens]
        if part.first:
            said[: len(self.wishing.prefix)] = self.wishing.prefix
        text = self.tokenizer.decode_pieces(said)
        if weights is not None and part.unknown:
            pieces, looks = copy_unknown(said, part.pieces, part.unknown, weights, self.spaced[1])
            copied = self.tokenizer.decode_pieces(pieces)
            if self.wishing.allows(copied, part.text, part.first):
                text, said, weights = copied, pieces, looks
        pairs = []
        if self.aligned and weights is not None:
            source, target = (
                word_numbers(pieces, spaced)
                for pieces, spaced in zip((part.pieces, said), self.spaced, strict=True)
            )
            pairs = links(weights, source, target)
        pieces = [*map(self.tokenizer.piece, hypothesis.tokens), self.tokenizer.piece(EOS)]
        tokens = list(zip(pieces, hypothesis.token_log_probabilities, strict=True))
        return Output(text, hypothesis.score, tokens, pairs)

    def join(self, parts: Sequence[Part], outputs: Sequence[Output]) -> Output:
        """One translation of a line, from one of each part."""
        text = self.joint.join(output.text for output in outputs if output.text)
        tokens = [token for output in outputs for token in output.tokens]
        pairs: list[tuple[int, int]] = []
        source = target = 0  # words of the parts before
        for part, output in zip(parts, outputs, strict=True):
            pairs += [(source + s, target + t) for s, t in output.alignment]
            source += 1 + max(word_numbers(part.pieces, self.spaced[0]), default=-1)
            target += 1 + max((t for _, t in output.alignment), default=-1)
        return Output(text, sum(output.score for output in outputs), tokens, pairs)
