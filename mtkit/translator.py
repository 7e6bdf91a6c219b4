"""Text in, text out, order kept."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from mtkit.batches import pad
from mtkit.checkpoint import load_model
from mtkit.composer import Composer
from mtkit.config import EOS, SearchConfig
from mtkit.consensus import consensus
from mtkit.constraints import Constraints, Wishing, unmet
from mtkit.device import autocast, has_amx, pick_device
from mtkit.errors import MtkitError
from mtkit.lexicon import Lexicon
from mtkit.models import Seq2Seq, quantize
from mtkit.output import Output, Translation
from mtkit.parts import WINDOW, Part, has_spaces, part_batches, parts_of
from mtkit.search import Ensemble, beam_search, shortlisted_search
from mtkit.tokenizer import Tokenizer
from mtkit.wording import counted

Watch = Callable[[str], None]  # is shown the best translation so far, while a line is translated


class Translator:
    """A model, or several as one, that turns lines of text into lines of text.

    translator = Translator.load(Path("runs/everyday-en-de"))
    for translation in translator.translate(["Have you ever been to Berlin?"]):
        print(translation.texts[0])
    """

    def __init__(
        self,
        model: Seq2Seq,
        tokenizer: Tokenizer,
        positions: int,
        languages: tuple[str, str] = ("", ""),
        config: SearchConfig | None = None,
        precision: str = "auto",
        tag: str = "",
    ) -> None:
        """positions: the longest sentence that the model can take, EOS included.

        languages: of source and target; precision: that of training; tag: what stands before each
        source.  With int8, or bf16 on a CPU, in `config`, the weights are rounded for good.
        Errors: MtkitError if the tokenizer does not know the tag, for a minimum length beyond the
        positions, or for int8 elsewhere than on a CPU.
        """
        self.tags = [tokenizer.tag(tag)] if tag else []
        self.model, self.tokenizer, self.positions = model, tokenizer, positions
        self.config = config or SearchConfig()
        self.precision = precision if self.config.precision == "auto" else self.config.precision
        self.spaced = has_spaces(languages[0]), has_spaces(languages[1])
        self.lexicon: Lexicon | None = None  # for a shortlist, loaded by `load`
        self._last: Wishing | None = None
        self.config.check_positions(positions)
        on_cpu = self.device.type == "cpu"
        if self.precision == "int8":
            if not on_cpu:
                raise MtkitError(f"int8 is for a CPU, not for {self.device}", "add: --device cpu")
            quantize(model, torch.bfloat16 if has_amx() else torch.float32)
        elif self.config.precision == "bf16" and on_cpu:  # and not what a model is trained in
            model.bfloat16()  # once, where autocast would do it in each step

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return next(self.model.parameters()).device

    @classmethod
    def load(
        cls,
        directory: Path | str | Sequence[Path | str],
        config: SearchConfig | None = None,
        device: str = "auto",
        tag: str | None = None,
    ) -> Translator:
        """directory: a model's, or those of several that translate as one.

        tag: what stands before each source; None: what the model was validated with.
        Errors: MtkitError where there is no model, a damaged one, no such device or tag, no
        lexicon for a shortlist, or for models that do not share a vocabulary.
        """
        several = [directory] if isinstance(directory, Path | str) else directory
        directories = [Path(path) for path in several]
        loaded = [load_model(path, pick_device(device)) for path in directories]
        models, tokenizers, cards = zip(*loaded, strict=True)
        for path, tokenizer in zip(directories, tokenizers, strict=True):
            if tokenizer.sha256 != tokenizers[0].sha256:
                raise MtkitError(
                    f"`{path}` and `{directories[0]}` cut text into different pieces",
                    "models that translate together need one tokenizer: mtkit train --tokenizer",
                )
        card = cards[0]
        translator = cls(
            models[0] if len(models) == 1 else Ensemble(models),
            tokenizers[0],
            min(found.model.max_positions for found in cards),
            (card.source_language, card.target_language),
            config,
            card.training.precision,
            card.tag if tag is None else tag,
        )
        if translator.config.shortlist:
            if len(directories) > 1:
                raise MtkitError("a shortlist goes with one model", "leave out the others")
            translator.lexicon = Lexicon.load(directories[0], tokenizers[0])
        return translator

    def translate(
        self,
        lines: Iterable[str],
        constraints: Constraints | None = None,
        aligned: bool = False,
        watch: Watch | None = None,
    ) -> Iterator[Translation]:
        """One translation for each line, in order; empty for an empty line.

        aligned: tell which words translate which.  watch: is shown what is being written; each
        part is then translated alone.  Errors: MtkitError for constraints that cannot be met.
        """
        wishing = self._wishing(constraints or Constraints())
        composer = Composer(self.tokenizer, self.spaced, wishing, aligned)
        by_sentence = self.config.split_sentences and not wishing.constraints.required
        longest = self.positions - 1 - len(self.tags)
        remaining = iter(lines)
        while window := list(islice(remaining, WINDOW)):
            parts = [parts_of(line, self.tokenizer, longest, by_sentence) for line in window]
            flat = [part for line_parts in parts for part in line_parts]
            found = iter(self._search(flat, composer, watch))
            for line, line_parts in zip(window, parts, strict=True):
                outputs = [next(found) for _ in line_parts]
                yield self._joined(line, line_parts, outputs, composer)

    def _wishing(self, constraints: Constraints) -> Wishing:
        """Made once for the same constraints, since a large glossary takes a while.

        Errors: MtkitError if a prefix or a phrase is longer than any output may be.
        """
        if self.lexicon and constraints != Constraints():
            raise MtkitError("constraints cannot be used with a shortlist", "leave out one of them")
        if self.config.shortlist and not self.lexicon:
            raise MtkitError("a shortlist needs a lexicon", "set `lexicon`, or use Translator.load")
        if not self._last or self._last.constraints != constraints:
            self._last = Wishing(constraints, self.tokenizer, self.spaced)
        longest = min(self.positions - 1, self.config.max_length or self.positions)
        needed = self._last.most_needed
        if needed > longest:
            raise MtkitError(
                f"what was asked for takes {counted(needed, 'piece')}; "
                f"a translation has {longest} at most",
                "ask for fewer or shorter phrases, or raise --max-length",
            )
        return self._last

    def _search(
        self,
        parts: Sequence[Part],
        composer: Composer,
        watch: Watch | None = None,
        before: str = "",
    ) -> list[list[Output]]:
        """The n best outputs of every part, in order; searched in batches of similar length.

        before: the text that the translations will follow.
        """
        found: list[list[Output]] = [[] for _ in parts]
        alone = [[row] for row in range(len(parts))] if watch else None

        def show(ids: list[int]) -> None:
            done = [outputs[0].text for outputs in found if outputs]
            watch(composer.joint.join([*done, self.tokenizer.decode(ids)]))  # type: ignore[misc]

        for rows in alone or part_batches(parts, self.config.source_budget):
            some = [parts[i] for i in rows]
            source = pad([[*self.tags, *part.ids, EOS] for part in some]).to(self.device)
            shown, how = show if watch else None, (source, self.config, self.positions)
            with autocast(self.device, self.precision):
                if self.lexicon:
                    may = self.lexicon.words(source)
                    best = shortlisted_search(self.model, may, *how, shown)
                else:
                    wishes = [composer.wishing.wishes(p.text, p.first, before) for p in some]
                    best = beam_search(self.model, *how, wishes, shown)
                weights = iter(composer.weights(self.model, source, len(self.tags), some, best))
            for i, part, hypotheses in zip(rows, some, best, strict=True):
                outputs = [composer.output(part, one, next(weights)) for one in hypotheses]
                found[i] = self._ranked(outputs) or self._second_try(part, composer, before)
        return found

    def _second_try(self, part: Part, composer: Composer, before: str) -> list[Output]:
        """Where constraints left no hypothesis, greedy search for one that says phrases early.

        Errors: MtkitError where that finds nothing either.
        """
        greedy = replace(self.config, beam_size=1, n_best=1, sampling=None, mbr=False)
        if self.config == greedy:
            raise unmet(part.text)
        simple = copy.copy(self)
        simple.config = greedy
        return simple._search([part], composer, before=before)[0]

    def _ranked(self, outputs: list[Output]) -> list[Output]:
        """The n best, best first; with minimum Bayes risk, by what each shares with the others."""
        if self.config.mbr:
            shared = consensus([output.text for output in outputs])
            by_text = {
                output.text: replace(output, score=score)
                for output, score in zip(outputs, shared, strict=True)
            }
            outputs = sorted(by_text.values(), key=lambda output: -output.score)
        return outputs[: self.config.n_best]

    def _joined(
        self,
        line: str,
        parts: Sequence[Part],
        found: Sequence[Sequence[Output]],
        composer: Composer,
    ) -> Translation:
        """The translation of a line from those of its parts; always n best, if need be empty."""
        ranks = zip(*found, strict=False)  # the best of each part, the next, ...
        joined = [composer.join(parts, rank) for rank in ranks]
        if len(parts) > 1 and joined:  # what is forbidden may have come about between two parts
            joined = [one for one in joined if not composer.wishing.forbids(one.text)]
            joined = joined or [self._one_after_another(parts, composer)]
            if composer.wishing.forbids(joined[0].text):
                raise unmet(line)
        missing = self.config.n_best - len(joined)
        nothing = Output("", -math.inf if parts else 0.0)
        cut = any(part.cut for part in parts)
        return Translation(line, [*joined, *[nothing] * missing], len(parts), cut)

    def _one_after_another(self, parts: Sequence[Part], composer: Composer) -> Output:
        """The best translation of a line, each part of which takes heed of the text before it."""
        outputs: list[Output] = []
        for part in parts:
            before = composer.joint.join(output.text for output in outputs if output.text)
            outputs.append(self._search([part], composer, before=before)[0][0])
        return composer.join(parts, outputs)
