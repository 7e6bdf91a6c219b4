"""A run of `mtkit train`: begun, rehearsed or resumed, shown, and ended."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import torch
import typer

from mtkit import __version__, console, distributed
from mtkit.cache import Cache
from mtkit.card import ModelCard, TokenizerCard
from mtkit.checkpoint import (
    TENSORBOARD,
    TOKENIZER,
    TRAINING,
    latest_run,
    load_card,
    load_tokenizer,
    load_training,
    new_directory,
    run_in,
    save_card,
    write_bytes,
)
from mtkit.cli.assembly import make_trainer, start_of
from mtkit.cli.chosen import Options, chosen_corpus, names_corpus
from mtkit.cli.environment import Signals, environment
from mtkit.cli.inputs import chosen_tokenizer, resumed_corpus
from mtkit.cli.preparation import TrainingData, data_sets
from mtkit.cli.settings import differing, new_settings, resumed_settings, settings_as_json
from mtkit.cli.streams import output
from mtkit.config import TOKENIZER_KINDS
from mtkit.corpus import Corpus
from mtkit.device import pick_device
from mtkit.errors import MtkitError
from mtkit.log import append_log
from mtkit.mirror import mirrored
from mtkit.places import check_writable
from mtkit.tokenizer import Tokenizer
from mtkit.training import Trainer
from mtkit.wording import counted

OTHER_BATCHES = {"tokens_per_batch", "seed", "bidirectional", "subword_sampling"}  # if changed


class TrainedAlreadyError(MtkitError):
    """A run that would be resumed is at its end."""

    def __init__(self, directory: Path, reason: str) -> None:
        limits = "--max-steps, --max-epochs or --max-minutes"
        super().__init__(
            f"`{directory}` is trained already: {reason}",
            f"to train it longer, raise {limits if reason == 'complete' else '--patience'}",
        )


def run(options: Options) -> None:
    """What the options of `mtkit train` ask for."""
    if options["show_config"]:
        with output(None) as writer:
            writer.lines([settings_as_json(options)])
        return
    if not distributed.is_first():
        console.be_quiet()
    try:
        device = distributed.join(pick_device(options["device"]))
        (resume_run if options["resume"] else start_run)(options, device)
    except MtkitError as error:
        if distributed.leads() or distributed.joined():
            raise
        raise typer.Exit(1) from error  # the first process on this machine says the same
    except distributed.FirstFailedError as error:
        raise typer.Exit(1) from error
    except RuntimeError as error:
        if not distributed.lost_peer(error):
            raise
        raise MtkitError(
            "another process of the run has ended",
            "its own message says why; if the run had saved, go on with it: torchrun ... -m mtkit "
            "train --resume --out DIR",
        ) from error
    finally:
        distributed.leave()


def start_run(options: Options, device: torch.device) -> None:
    """A new run.  Errors: MtkitError for whatever is wrong with data, settings or place."""
    with distributed.first_alone():
        model, training = new_settings(options)
        corpus = chosen_corpus(options)
        directory = options["out"] or default_directory(corpus)
        if not options["dry_run"]:
            require_place(directory, options["overwrite"])
        cache = Cache(console.warn)
        sets = data_sets(corpus, cache)
        data = TrainingData(corpus, sets, cache)
        tokenizer = chosen_tokenizer(options, data, model.vocab_size)
    kind = "given" if options["tokenizer"] or options["init_from"] else TOKENIZER_KINDS[0]
    card = ModelCard(
        model=replace(model, vocab_size=tokenizer.vocab_size),
        training=training,
        source_language=corpus.source_language,
        target_language=corpus.target_language,
        tokenizer=TokenizerCard(kind, tokenizer.vocab_size, tokenizer.sha256),
        data=sets,
        start=start_of(options),
        mtkit=__version__,
    )
    if options["dry_run"]:
        rehearse(card, tokenizer, data, device, options)
        return
    trainer = make_trainer(card, tokenizer, data, directory, device, options)
    if distributed.is_first():
        new_directory(directory)
        write_bytes(directory / TOKENIZER, tokenizer.model)
        save_card(directory, card)
        trainer.log_bytes = append_log(directory, environment(trainer.learner))
    finish(trainer, directory, options["tensorboard"])


def require_place(directory: Path, overwrite: bool) -> None:
    """Errors: MtkitError if a new run cannot or must not be written there."""
    check_writable(directory)
    if (there := run_in(directory)) and not overwrite:
        raise MtkitError(
            f"`{directory}` holds a run already: {', '.join(there)}",
            "go on with it by --resume, replace it by --overwrite, or name another --out",
        )


def default_directory(corpus: Corpus) -> Path:
    return Path("runs") / f"{corpus.name}-{corpus.pair}"


def rehearse(
    card: ModelCard,
    tokenizer: Tokenizer,
    data: TrainingData,
    device: torch.device,
    options: Options,
) -> None:
    """The first steps, for the sake of the estimate; nothing of them stays."""
    with tempfile.TemporaryDirectory() as place:
        trainer = make_trainer(card, tokenizer, data, Path(place), device, options)
        console.show_estimate(trainer.run(lambda: 0))
    console.say("no model was written (--dry-run)")


def resume_run(options: Options, device: torch.device) -> None:
    """Go on with a run.  Errors: MtkitError if there is none, or it was another one."""
    with distributed.first_alone():
        directory = options["out"]
        if directory is None and names_corpus(options):
            directory = default_directory(chosen_corpus(options))
        directory = directory or latest_run(holding=TRAINING)
        saved = load_card(directory)
        model, training = resumed_settings(saved, options)
        card = replace(saved, model=model, training=training)
        state, cache = load_training(directory), Cache(console.warn)
        corpus = resumed_corpus(card, options, cache) if names_corpus(options) else None
        if (reason := state.counters.get("finished")) and card == saved:
            raise TrainedAlreadyError(directory, reason)
        tokenizer = load_tokenizer(directory, card)
        corpus = corpus or resumed_corpus(card, options, cache)
        data = TrainingData(corpus, card.data, cache)
    trainer = make_trainer(card, tokenizer, data, directory, device, options)
    with distributed.first_alone():
        trainer.restore(state)
        if OTHER_BATCHES & {*differing(saved.training, training)}:
            trainer.feed.position = (trainer.feed.epoch + 1, 0, 0)
            console.warn("other batches than before: going on with the next epoch")
        if reason := trainer.reason_to_end(trainer.fraction >= 1):
            raise TrainedAlreadyError(directory, reason)
    if distributed.is_first():
        save_card(directory, card)  # limits may have changed
    console.say(f"going on with `{directory}` at step {trainer.step:,}")
    finish(trainer, directory, options["tensorboard"])


def finish(trainer: Trainer, directory: Path, tensorboard: bool = False) -> None:
    """Train, say how it ended and what to type next; exit with 128 + the signal that ended it."""
    signals = Signals()
    events = trainer.run(lambda: signals.number)
    if tensorboard and distributed.is_first():
        events = mirrored(events, directory / TENSORBOARD, trainer.step)
    finished = console.show_training(events, trainer.fraction)
    if finished.reason == "interrupted":
        console.say(f"interrupted at step {finished.step:,}; all is saved in `{directory}`")
        console.next_step("mtkit", "train", "--resume", "--out", directory)
        raise typer.Exit(128 + trainer.stopped)
    console.say(
        f"{finished.reason}: {counted(finished.step, 'step')} in "
        f"{console.duration(finished.minutes * 60)}, "
        f"{finished.tokens_per_second:,.0f} target tokens/s, best valid BLEU "
        f"{finished.best_bleu:.1f}, "
        f"peak memory {finished.peak_memory:.1f} GiB; the model is `{directory}`"
    )
    console.next_step("mtkit", "translate", "--model", directory, "A sentence.")
