"""From the options of `mtkit train` to a run: corpus, tokenizer, model, training, and the end."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import torch
import typer

from mtkit import __version__, console
from mtkit.batches import encode_bitext
from mtkit.checkpoint import (
    CONFIG,
    LOG,
    TOKENIZER,
    TRAINING,
    WEIGHTS,
    append_log,
    latest_run,
    load_card,
    load_tokenizer,
    load_training,
    new_directory,
    save_card,
    write_bytes,
)  # fmt: skip
from mtkit.cli.inputs import (
    Options,
    chosen_corpus,
    chosen_tokenizer,
    corpus_of_card,
    data_sets,
    read_splits,
)
from mtkit.config import LIMITS, PRESETS, ModelCard, SearchConfig, TrainConfig, override
from mtkit.corpus import Bitext
from mtkit.device import keep_freed_memory, pick_device, seed_everything
from mtkit.errors import MtkitError
from mtkit.evaluation import bleu
from mtkit.events import Sample
from mtkit.models import Seq2Seq, build_model
from mtkit.tokenizer import Tokenizer
from mtkit.training import Scorer, Trainer
from mtkit.translator import Translator

SAMPLES = 2  # sentences shown after each validation


def start_run(options: Options) -> None:
    """A new run.  Errors: MtkitError for whatever is wrong with data, settings or place."""
    preset = PRESETS[options["preset"]]
    model, training = override(preset.model, options), override(preset.training, options)
    device = pick_device(options["device"])
    corpus = chosen_corpus(options)
    directory = options["out"] or Path("runs") / f"{corpus.name}-{corpus.pair}"
    if (directory / CONFIG).exists() and not options["overwrite"]:
        raise MtkitError(
            f"`{directory}` holds a run already",
            "go on with it by --resume, replace it by --overwrite, or name another --out",
        )
    splits = read_splits(corpus, training.seed)
    tokenizer = chosen_tokenizer(options, splits[0], model.vocab_size)
    card = ModelCard(
        model=replace(model, vocab_size=tokenizer.vocab_size),
        training=training,
        source_language=corpus.source_language,
        target_language=corpus.target_language,
        tokenizer={
            "kind": "given" if options["tokenizer"] else "unigram",
            "vocab_size": tokenizer.vocab_size,
            "sha256": tokenizer.sha256,
        },
        data=data_sets(corpus),
        mtkit=__version__,
    )
    trainer = make_trainer(card, tokenizer, splits, directory, device)
    new_directory(directory)
    for name in (WEIGHTS, TRAINING, LOG):
        (directory / name).unlink(missing_ok=True)
    write_bytes(directory / TOKENIZER, tokenizer.model)
    save_card(directory, card)
    trainer.log_bytes = append_log(directory, environment(device))
    finish(trainer, directory)


def resume_run(options: Options) -> None:
    """Go on with a run.  Errors: MtkitError if there is none, or it was another one."""
    directory = options["out"] or latest_run(holding=TRAINING)
    card = load_card(directory)
    card = replace(card, training=resumed_config(card, options))
    state = load_training(directory)
    if state.counters["finished"] and card.training == load_card(directory).training:
        raise MtkitError(
            f"`{directory}` is trained already: {state.counters['finished']}",
            "to train it longer, raise --max-steps, --max-epochs or --max-minutes",
        )
    corpus = corpus_of_card(card)
    tokenizer = load_tokenizer(directory, card)
    splits = read_splits(corpus, card.training.seed)
    trainer = make_trainer(card, tokenizer, splits, directory, pick_device(options["device"]))
    trainer.restore(state)
    save_card(directory, card)  # a limit may have changed
    console.say(f"going on at step {trainer.step:,}")
    finish(trainer, directory)


def finish(trainer: Trainer, directory: Path) -> None:
    """Train, say how it ended and what to type next; exit with 128 + the signal that ended it."""
    signals = Signals()
    finished = console.show_training(trainer.run(signals.came))
    if signals.number:
        console.say(f"interrupted at step {finished.step:,}; all is saved in `{directory}`")
        console.next_step(f"mtkit train --resume --out {directory}")
        raise typer.Exit(128 + signals.number)
    console.say(
        f"{finished.reason}: {finished.step:,} steps in {console.duration(finished.minutes * 60)}, "
        f"{finished.tokens_per_second:,.0f} target tokens/s, best valid BLEU "
        f"{finished.best_bleu:.1f}, peak memory {peak_memory():.1f} GiB; the model is `{directory}`"
    )
    console.next_step(f'mtkit translate --model {directory} "A sentence."')


class Signals:
    """Ctrl-C and SIGTERM end training after the step; a second one ends the program at once."""

    def __init__(self) -> None:
        self.number = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            sys.exit(128 + number)
        self.number = number
        console.say("stopping after this step ... (once more to stop at once)")

    def came(self) -> bool:
        return bool(self.number)


def make_trainer(
    card: ModelCard,
    tokenizer: Tokenizer,
    splits: tuple[Bitext, Bitext],
    directory: Path,
    device: torch.device,
) -> Trainer:
    """A model with fresh weights, and all that its training needs."""
    longest = min(card.model.max_positions, card.training.tokens_per_batch)
    train, too_long = encode_bitext(splits[0], tokenizer, longest)
    valid, _ = encode_bitext(splits[1], tokenizer, longest)
    if too_long:
        console.warn(f"{too_long:,} training pairs are longer than {longest} pieces: left out")
    keep_freed_memory()
    seed_everything(card.training.seed)
    model = build_model(card.model).to(device)
    console.say(
        f"{card.source_language} to {card.target_language}: {len(train):,} training pairs, "
        f"{len(valid):,} for validation, {tokenizer.vocab_size:,} pieces, "
        f"{sum(p.numel() for p in model.parameters()):,} parameters, on {device}"
    )
    score = make_scorer(splits[1], tokenizer, card)
    return Trainer(model, tokenizer, card, directory, (train, valid), score)


def make_scorer(valid: Bitext, tokenizer: Tokenizer, card: ModelCard) -> Scorer:
    """Model -> BLEU of greedy search on the validation set, and samples."""

    def score(model: Seq2Seq) -> tuple[float, list[Sample]]:
        translator = Translator(
            model,
            tokenizer,
            card.model.max_positions,
            card.target_language,
            SearchConfig(beam_size=1),
        )
        found = [translation.texts[0] for translation in translator.translate(valid.source)]
        rows = list(zip(valid.source, valid.target, found, strict=True))
        return bleu(found, valid.target, card.target_language), [
            Sample(*row) for row in rows[:SAMPLES]
        ]

    return score


def resumed_config(card: ModelCard, options: Options) -> TrainConfig:
    """The run's own settings; limits may change.  Errors: MtkitError for any other change."""
    config = override(card.training, options)
    changed = [
        name for name in vars(config)
        if getattr(config, name) != getattr(card.training, name) and name not in LIMITS
    ]  # fmt: skip
    changed += [
        name for name, value in vars(card.model).items()
        if options.get(name) is not None and options[name] != value
    ]  # fmt: skip
    if changed:
        names = ", ".join("--" + name.replace("_", "-") for name in changed)
        raise MtkitError(
            f"the run was started with other values of {names}",
            "leave them out to go on with it, or start another run with another --out",
        )
    return config


def environment(device: torch.device) -> dict[str, Any]:
    """The first line of the log: what ran, on what."""
    git = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {
        "event": "start",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "commit": git.stdout.strip() or None,
        "mtkit": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
    }


def peak_memory() -> float:
    """The most resident memory that this process has had (GiB)."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
