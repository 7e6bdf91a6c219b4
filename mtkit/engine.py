"""Translation by CTranslate2 with a model that `mtkit export` wrote; PyTorch is not loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from mtkit.config import BOS, PAD, SearchConfig
from mtkit.errors import MtkitError
from mtkit.output import Output, Translation
from mtkit.parts import WINDOW, Part, has_spaces, parts_of
from mtkit.ranking import Ranking
from mtkit.tokenizer import Tokenizer

COMPUTE_TYPES = {  # as the engine calls them
    "auto": "default", "fp32": "float32", "bf16": "bfloat16", "fp16": "float16", "int8": "int8",
}  # fmt: skip
WEIGHTS = "model.bin"  # as the engine calls it
NOTES = "mtkit.json"  # what mtkit needs to know of an exported model, beside what the engine does


@dataclass(frozen=True)
class ExportCard:
    """What is kept of a model's card."""

    source_language: str
    target_language: str
    positions: int  # pieces of the longest sentence, EOS included
    tag: str  # before each source; "" without

    def save(self, directory: Path) -> None:
        (directory / NOTES).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> ExportCard:
        """Errors: MtkitError where there is no exported model."""
        try:
            return cls(**json.loads((directory / NOTES).read_bytes()))
        except FileNotFoundError as error:
            raise MtkitError(
                f"`{directory}` is not a model for CTranslate2: no `{NOTES}`",
                "write one with `mtkit export RUN --to ctranslate2 --out DIR`",
            ) from error
        except (ValueError, TypeError, OSError) as error:
            raise damaged(directory, error) from error


class Engine:
    """An exported model.

    The engine searches by log-probability alone, and what it found is ranked here as everywhere
    in mtkit: it would end too early with a length penalty of its own.
    """

    def __init__(self, directory: Path, config: SearchConfig, device: str = "auto") -> None:
        """device: auto, cpu or cuda.

        Errors: MtkitError without CTranslate2, where there is no model, or a damaged one, or for a
        precision that the engine does not have there.
        """
        ctranslate2 = installed()
        name, _, index = device.partition(":")
        if name not in ("auto", "cpu", "cuda") or (index and not index.isdigit()):
            raise MtkitError(
                f"CTranslate2 has no device `{device}`", "it has auto, cpu, cuda, cuda:1, ..."
            )
        self.card, self.config = ExportCard.load(directory), config
        config.check_positions(self.card.positions)
        self.tokenizer = Tokenizer.load(directory)
        self.tag = (
            [self.tokenizer.piece(self.tokenizer.tag(self.card.tag))] if self.card.tag else []
        )
        try:
            self.translator = ctranslate2.Translator(
                str(directory),
                device=name,
                device_index=int(index or 0),
                compute_type=COMPUTE_TYPES[config.precision],
                inter_threads=os.cpu_count() or 1,
                intra_threads=1,
            )
        except (RuntimeError, ValueError) as error:
            if "CUDA" in str(error):
                raise MtkitError(
                    f"CTranslate2 cannot use a GPU here: {error}", "add: --device cpu"
                ) from error
            if "compute type" in str(error):
                raise MtkitError(
                    f"CTranslate2 cannot compute in {config.precision} here: {error}",
                    f"leave out --precision {config.precision}",
                ) from error
            raise damaged(directory, error) from error

    def translate(self, lines: Iterable[str]) -> Iterator[Translation]:
        """One translation for each line, in order; empty for an empty line."""
        longest = self.card.positions - 1 - len(self.tag)
        remaining = iter(lines)
        while window := list(islice(remaining, WINDOW)):
            parts = [
                parts_of(line, self.tokenizer, longest, self.config.split_sentences)
                for line in window
            ]
            found = iter(self._search([part for line_parts in parts for part in line_parts]))
            for line, line_parts in zip(window, parts, strict=True):
                yield self._joined(line, line_parts, [next(found) for _ in line_parts])

    def _search(self, parts: Sequence[Part]) -> list[list[Output]]:
        config = self.config
        results = self.translator.translate_batch(
            [[*self.tag, *part.pieces] for part in parts],
            beam_size=config.beam_size,
            num_hypotheses=config.beam_size,
            length_penalty=0,
            no_repeat_ngram_size=config.no_repeat_ngram,
            min_decoding_length=max(config.min_length, 1),
            max_decoding_length=config.max_length or self.card.positions - 1,
            max_input_length=0,  # the parts are no longer than the model can take
            max_batch_size=config.batch_tokens,
            batch_type="tokens",
            return_scores=True,
            disable_unk=True,
            suppress_sequences=[[self.tokenizer.piece(PAD)], [self.tokenizer.piece(BOS)]],
        )
        return [self._ranked(result.hypotheses, result.scores) for result in results]

    def _ranked(self, found: Sequence[Sequence[str]], scores: Sequence[float]) -> list[Output]:
        """The n best of the pieces that were found, by their log-probabilities."""
        ranking = Ranking.of(self.config)
        outputs = [
            Output(self.tokenizer.decode_pieces(pieces), ranking.score(score, len(pieces) + 1))
            for pieces, score in zip(found, scores, strict=True)
        ]
        return sorted(outputs, key=lambda output: -output.score)[: self.config.n_best]

    def _joined(
        self, line: str, parts: Sequence[Part], found: Sequence[Sequence[Output]]
    ) -> Translation:
        joint = " " if has_spaces(self.card.target_language) else ""
        ranks = list(zip(*found, strict=True)) if found else [()] * self.config.n_best
        outputs = [
            Output(joint.join(one.text for one in rank), sum(one.score for one in rank))
            for rank in ranks
        ]
        return Translation(line, outputs, len(parts), any(part.cut for part in parts))


def installed() -> Any:
    """The package.  Errors: MtkitError if it cannot be imported."""
    try:
        import ctranslate2
    except ImportError as error:
        raise MtkitError(
            f"CTranslate2 cannot be used: {error}", "type: pip install 'mtkit[ctranslate2]'"
        ) from error
    return ctranslate2


def damaged(directory: Path, error: Exception) -> MtkitError:
    return MtkitError(
        f"`{directory}` is damaged: {error}", "write it again: mtkit export RUN --out DIR"
    )
