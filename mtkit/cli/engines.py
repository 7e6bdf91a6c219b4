"""What `mtkit translate` translates with: from options to a search, and to what runs it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.cli.rendering import Format
from mtkit.config import SamplingConfig, SearchConfig
from mtkit.corpus import file_hash
from mtkit.errors import MtkitError

if TYPE_CHECKING:
    from mtkit.output import Translation
    from mtkit.translator import Watch

Run = Callable[..., "Iterator[Translation]"]  # lines, and perhaps what to show -> translations
Loaded = tuple[list[Path], Run]  # the files of weights, and what translates with them
DRAWN = ("temperature", "top_k", "top_p", "seed")
NOT_DECISIVE = {  # or checked otherwise, when an output is resumed
    "text", "input", "model", "device", "out", "resume", "stream", "batch_tokens", "workers",
    "glossary",
}  # fmt: skip


def load_pytorch() -> None:
    """Import it, and do not look for garbage among its objects, which stay: a quarter of the start.

    Does nothing where it is there already.
    """
    if "torch" not in sys.modules:
        gc.disable()
        try:
            import torch  # noqa: F401
        finally:
            gc.freeze()
            gc.enable()


def pytorch(options: Mapping[str, Any], config: SearchConfig, form: Format) -> Loaded:
    """mtkit's own models."""
    load_pytorch()
    import torch

    from mtkit.checkpoint import LEXICON, WEIGHTS, latest_run
    from mtkit.constraints import Constraints, read_glossary
    from mtkit.device import keep_freed_memory
    from mtkit.translator import Translator
    from mtkit.workers import cores, shared_out

    terms = read_glossary(options["glossary"]) if options["glossary"] else {}
    constraints = Constraints(
        options["prefix"], options["require"] or (), options["forbid"] or (), terms
    )
    keep_freed_memory()
    workers = options["workers"] or (cores() if many_lines(options) else 1)
    if workers > 1:
        torch.set_num_threads(1)  # and before anything is computed, so that forking is safe
    directories = options["model"] or [latest_run()]
    translator = Translator.load(directories, config, options["device"], options["tag"])
    warn_of_int8(config)
    if options["alignments"] and not translator.model.aligns:
        raise MtkitError(
            "the model has no attention, which would tell what translates what",
            "leave out --alignments, or train a model with --arch lstm-attention or transformer",
        )

    def run(lines: Iterable[str], watch: Watch | None = None) -> Iterator[Translation]:
        translate = partial(translator.translate, constraints=constraints, aligned=form.aligned)
        if workers == 1 or translator.device.type != "cpu":
            return translate(lines, watch=watch)
        return shared_out(lambda some: list(translate(some)), lines, workers)

    names = (WEIGHTS, LEXICON) if config.shortlist else (WEIGHTS,)
    return [directory / name for directory in directories for name in names], run


def warn_of_int8(config: SearchConfig) -> None:
    """Where int8 would be multiplied as float32."""
    from mtkit import console
    from mtkit.models import has_int8_instructions

    if config.precision == "int8" and not has_int8_instructions():
        console.warn(
            "int8 is slower here than --precision fp32: "
            "this processor has no AVX512-VNNI, or this PyTorch does not use it"
        )


def many_lines(options: Mapping[str, Any]) -> bool:
    """Whether there is work for several processes: not for what a person types."""
    if options["text"]:
        return False
    return options["input"] is not None or not sys.stdin.isatty()


def exported(options: Mapping[str, Any], config: SearchConfig, form: Format) -> Loaded:
    """A model for CTranslate2; PyTorch is not loaded."""
    from mtkit.engine import WEIGHTS, Engine

    [directory] = options["model"]
    engine = Engine(directory, config, options["device"])

    def run(lines: Iterable[str], watch: Watch | None = None) -> Iterator[Translation]:
        return engine.translate(lines)

    return [directory / WEIGHTS], run


def decisive(options: Mapping[str, Any], files: Sequence[Path]) -> dict[str, Any]:
    """All that decides what is written: the options that do, and the hashes of files."""
    found: dict[str, Any] = {
        name: str(value) for name, value in options.items() if name not in NOT_DECISIVE
    }
    glossary = [options["glossary"]] if options["glossary"] else []
    return found | {"model": [file_hash(file) for file in (*files, *glossary)]}


def search_config(options: Mapping[str, Any]) -> SearchConfig:
    """Errors: MtkitError for a value out of range."""
    sampling = None
    if options["sample"] or options["mbr"] is not None:
        drawn = {name: options[name] for name in DRAWN if options[name] is not None}
        samples = options["n_best"] if options["mbr"] is None else options["mbr"]
        sampling = SamplingConfig(samples, **drawn)
    same = ("beam_size", "length_penalty", "n_best", "batch_tokens", "min_length", "max_length")
    return SearchConfig(
        **{name: options[name] for name in (*same, "no_repeat_ngram")},
        normalisation=options["normalisation"].value,
        sampling=sampling,
        mbr=options["mbr"] is not None,
        split_sentences=not options["whole_lines"],
        shortlist=options["shortlist"],
        precision=options["precision"].value,
    )
