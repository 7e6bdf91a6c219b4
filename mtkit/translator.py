"""Text in, text out, order kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from mtkit.batches import pad
from mtkit.checkpoint import load_model
from mtkit.config import EOS, SearchConfig
from mtkit.device import autocast, pick_device
from mtkit.models import Seq2Seq
from mtkit.search import Hypothesis, beam_search
from mtkit.tokenizer import Tokenizer

WINDOW = 2000  # lines read ahead, to find sentences of similar length for a batch
UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # languages that join sentences without a space


@dataclass(frozen=True)
class Translation:
    """What became of one line: the n best texts, best first, with their scores.

    score  log-probability over length penalty, in nats; a line in several parts has their sum
    parts  into how many parts a line had to be split because it was too long for the model
    """

    texts: list[str]
    scores: list[float]
    parts: int = 1


class Translator:
    """A model that turns lines of text into lines of text.

    translator = Translator.load(Path("runs/everyday-en-de"))
    for translation in translator.translate(["Have you ever been to Berlin?"]):
        print(translation.texts[0])
    """

    def __init__(
        self,
        model: Seq2Seq,
        tokenizer: Tokenizer,
        positions: int,
        target_language: str = "",
        config: SearchConfig | None = None,
        precision: str = "auto",
        tag: str = "",
    ) -> None:
        """positions: the longest sentence that the model can take, EOS included.

        tag: what stands before each source.  Errors: MtkitError if the tokenizer does not know it.
        """
        self.prefix = [tokenizer.tag(tag)] if tag else []
        self.model, self.tokenizer, self.positions = model, tokenizer, positions
        self.config = config or SearchConfig()
        self.precision = precision
        self.joint = "" if target_language.split("_")[0] in UNSPACED else " "

    @classmethod
    def load(
        cls,
        directory: Path,
        config: SearchConfig | None = None,
        device: str = "auto",
        tag: str | None = None,
    ) -> Translator:
        """tag: what stands before each source; None: what the model was validated with.

        Errors: MtkitError where there is no model, a damaged one, no such device or tag."""
        model, tokenizer, card = load_model(directory, pick_device(device))
        positions, precision = card.model.max_positions, card.training.precision
        return cls(
            model,
            tokenizer,
            positions,
            card.target_language,
            config,
            precision,
            card.tag if tag is None else tag,
        )

    def translate(self, lines: Iterable[str]) -> Iterator[Translation]:
        """One translation for each line, in order; empty for an empty line."""
        remaining = iter(lines)
        while window := list(islice(remaining, WINDOW)):
            parts = [self.split(self.tokenizer.encode(line)) for line in window]
            flat = [part for line_parts in parts for part in line_parts]
            found = iter(self._search(flat))
            for line_parts in parts:
                yield self._join([next(found) for _ in line_parts])

    def split(self, ids: list[int]) -> list[list[int]]:
        """Parts that a model can take, if possible cut between words; none for no ids."""
        longest, parts = self.positions - 1 - len(self.prefix), []
        while len(ids) > longest:
            starts = (n for n in range(longest, longest // 2, -1) if self._begins_word(ids[n]))
            cut = next(starts, longest)
            parts.append(ids[:cut])
            ids = ids[cut:]
        return [*parts, ids] if ids else parts

    def _begins_word(self, token: int) -> bool:
        return self.tokenizer.piece(token).startswith("▁")

    def _search(self, parts: Sequence[list[int]]) -> list[list[Hypothesis]]:
        """The n best hypotheses of every part, in order; searched in batches of similar length."""
        found: list[list[Hypothesis]] = [[] for _ in parts]
        device = next(self.model.parameters()).device
        for rows in self._batches(parts):
            source = pad([[*self.prefix, *parts[i], EOS] for i in rows]).to(device)
            with autocast(device, self.precision):
                hypotheses = beam_search(self.model, source, self.config, self.positions)
            for i, best in zip(rows, hypotheses, strict=True):
                found[i] = best
        return found

    def _batches(self, parts: Sequence[list[int]]) -> Iterator[list[int]]:
        """Row numbers, longest first, so that too large a batch fails at once if it does."""
        rows: list[int] = []
        for row in sorted(range(len(parts)), key=lambda i: -len(parts[i])):
            if rows and (len(rows) + 1) * (len(parts[rows[0]]) + 1) > self.config.batch_tokens:
                yield rows
                rows = []
            rows.append(row)
        if rows:
            yield rows

    def _join(self, parts: Sequence[Sequence[Hypothesis]]) -> Translation:
        """The translation of a line from those of its parts; always n best, if need be empty."""
        ranks = list(zip(*parts, strict=False))  # the best of each part, the next, ...
        texts = [
            self.joint.join(self.tokenizer.decode(part.tokens) for part in rank) for rank in ranks
        ]
        scores = [sum(part.score for part in rank) for rank in ranks]
        missing = self.config.n_best - len(texts)
        worst = -math.inf if parts else 0.0
        return Translation(texts + [""] * missing, scores + [worst] * missing, len(parts))
