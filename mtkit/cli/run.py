"""From the options of `mtkit train` to a run: corpus, tokenizer, model, training, and the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
import typer

from mtkit import __version__, console, distributed
from mtkit.batches import EncodedPair, resampled
from mtkit.bitext import Bitext
from mtkit.cache import Cache
from mtkit.card import ModelCard, TokenizerCard
from mtkit.checkpoint import (
    FILES,
    TOKENIZER,
    TRAINING,
    append_log,
    check_place,
    latest_run,
    load_card,
    load_tokenizer,
    load_training,
    new_directory,
    save_card,
    write_bytes,
)
from mtkit.cli.environment import Signals, environment
from mtkit.cli.inputs import Options, chosen_corpus, chosen_tokenizer, corpus_of_card
from mtkit.cli.preparation import TrainingData, data_sets
from mtkit.config import (
    LIMITS,
    TOKENIZER_KINDS,
    SearchConfig,
    TrainConfig,
    TransformerConfig,
    override,
)
from mtkit.corpus import Corpus
from mtkit.device import keep_freed_memory, pick_device
from mtkit.errors import MtkitError
from mtkit.evaluation import bleu
from mtkit.events import Sample, ValidationScore
from mtkit.feed import Feed, Portion
from mtkit.models import Seq2Seq, build_model
from mtkit.presets import DEFAULT_PRESET, PRESETS
from mtkit.tokenizer import Tokenizer
from mtkit.training import Scorer, Trainer
from mtkit.translator import Translator

SAMPLES = 2  # sentences shown after each validation


def start_run(options: Options) -> None:
    """A new run.  Errors: MtkitError for whatever is wrong with data, settings or place."""
    preset = PRESETS[options["preset"] or DEFAULT_PRESET]
    model, training = override(preset.model, options), override(preset.training, options)
    device = pick_device(options["device"])
    corpus = chosen_corpus(options)
    directory = options["out"] or default_directory(corpus)
    check_place(directory)
    there = [name for name in FILES if (directory / name).exists()]
    if there and not options["overwrite"]:
        raise MtkitError(
            f"`{directory}` holds a run already: {', '.join(there)}",
            "go on with it by --resume, replace it by --overwrite, or name another --out",
        )
    cache = Cache(console.warn)
    sets = data_sets(corpus, cache)
    data = TrainingData(corpus, sets, training.seed, cache)
    tokenizer = chosen_tokenizer(options, data, model.vocab_size)
    kind = "given" if options["tokenizer"] else TOKENIZER_KINDS[0]
    card = ModelCard(
        model=replace(model, vocab_size=tokenizer.vocab_size),
        training=training,
        source_language=corpus.source_language,
        target_language=corpus.target_language,
        tokenizer=TokenizerCard(kind, tokenizer.vocab_size, tokenizer.sha256),
        data=sets,
        mtkit=__version__,
    )
    trainer = make_trainer(card, tokenizer, data, directory, device)
    new_directory(directory)
    write_bytes(directory / TOKENIZER, tokenizer.model)
    save_card(directory, card)
    trainer.log_bytes = append_log(directory, environment(device))
    finish(trainer, directory)


def default_directory(corpus: Corpus) -> Path:
    return Path("runs") / f"{corpus.name}-{corpus.pair}"


def resume_run(options: Options) -> None:
    """Go on with a run.  Errors: MtkitError if there is none, or it was another one."""
    directory = options["out"]
    if directory is None and (options["data"] or options["source"] or options["tsv"]):
        directory = default_directory(chosen_corpus(options))
    directory = directory or latest_run(holding=TRAINING)
    saved = load_card(directory)
    card = replace(saved, training=resumed_settings(saved, options))
    state = load_training(directory)
    if (reason := state.counters.get("finished")) and card == saved:
        raise MtkitError(
            f"`{directory}` is trained already: {reason}",
            "to train it longer, raise --max-steps, --max-epochs or --max-minutes",
        )
    tokenizer = load_tokenizer(directory, card)
    corpus = corpus_of_card(card, "train", "valid")
    data = TrainingData(corpus, card.data, card.training.seed, Cache(console.warn))
    trainer = make_trainer(card, tokenizer, data, directory, pick_device(options["device"]))
    trainer.restore(state)
    save_card(directory, card)  # a limit may have changed
    console.say(f"going on with `{directory}` at step {trainer.step:,}")
    finish(trainer, directory)


def finish(trainer: Trainer, directory: Path) -> None:
    """Train, say how it ended and what to type next; exit with 128 + the signal that ended it."""
    signals = Signals()
    finished = console.show_training(trainer.run(signals.came), trainer.fraction)
    if finished.reason == "interrupted":
        console.say(f"interrupted at step {finished.step:,}; all is saved in `{directory}`")
        console.next_step("mtkit", "train", "--resume", "--out", directory)
        raise typer.Exit(128 + signals.number)
    console.say(
        f"{finished.reason}: {finished.step:,} steps in {console.duration(finished.minutes * 60)}, "
        f"{finished.tokens_per_second:,.0f} target tokens/s, best valid BLEU "
        f"{finished.best_bleu:.1f}, "
        f"peak memory {finished.peak_memory:.1f} GiB; the model is `{directory}`"
    )
    console.next_step("mtkit", "translate", "--model", directory, "A sentence.")


def make_trainer(
    card: ModelCard,
    tokenizer: Tokenizer,
    data: TrainingData,
    directory: Path,
    device: torch.device,
) -> Trainer:
    """A model with fresh weights, and all that its training needs."""
    longest = min(card.model.max_positions, card.training.tokens_per_batch)
    train, valid = data.encoded(tokenizer, longest)
    keep_freed_memory()
    torch.manual_seed(card.training.seed)
    model = fresh_model(card.model, device)
    console.say(
        f"{card.source_language} to {card.target_language}: {len(train):,} training pairs, "
        f"{len(valid):,} for validation, {tokenizer.vocab_size:,} pieces, "
        f"{sum(p.numel() for p in model.parameters()):,} parameters, on {device}"
    )
    score = make_scorer(data.valid, tokenizer, card)
    feed = make_feed([Portion(train)], card.training, tokenizer, longest)
    return Trainer(model, tokenizer, card, directory, feed, valid, score)


def make_feed(
    portions: list[Portion], config: TrainConfig, tokenizer: Tokenizer, longest: int
) -> Feed:
    """This process's share of the training data."""

    def resample(pairs: Sequence[EncodedPair], seed: int) -> list[EncodedPair]:
        return resampled(pairs, tokenizer, config.subword_sampling or 0.0, longest, seed)

    share = distributed.rank(), distributed.processes()
    return Feed(portions, config, resample if config.subword_sampling else None, share)


def fresh_model(config: TransformerConfig, device: torch.device) -> Seq2Seq:
    """Errors: MtkitError if the memory does not hold the weights."""
    try:
        return build_model(config).to(device)
    except (RuntimeError, MemoryError) as error:
        raise MtkitError(
            f"a model of these sizes does not fit into memory: {str(error).splitlines()[0]}",
            "choose smaller --d-model, --d-ff, --vocab-size or numbers of layers",
        ) from error


def make_scorer(valid: Bitext, tokenizer: Tokenizer, card: ModelCard) -> Scorer:
    """Model -> BLEU of greedy search on the validation set, and samples."""

    def score(model: Seq2Seq) -> ValidationScore:
        translator = Translator(
            model,
            tokenizer,
            card.model.max_positions,
            card.target_language,
            SearchConfig(beam_size=1),
            card.training.precision,
        )
        found = [translation.texts[0] for translation in translator.translate(valid.source)]
        rows = list(zip(valid.source, valid.target, found, strict=True))
        return ValidationScore(
            bleu(found, valid.target, card.target_language),
            [Sample(*row) for row in rows[:SAMPLES]],
            trouble(found),
        )

    return score


def trouble(hypotheses: Sequence[str]) -> str:
    """What is wrong with all translations, if something is."""
    if not any(hypotheses):
        return "all translations are empty"
    if len(hypotheses) > 1 and len(set(hypotheses)) == 1:
        return "all translations are the same sentence"
    if not any(text.replace("⁇", "").strip() for text in hypotheses):
        return "all translations consist of unknown pieces"
    return ""


def resumed_settings(card: ModelCard, options: Options) -> TrainConfig:
    """The run's own settings; limits may change.  Errors: MtkitError for any other change."""
    model, training = card.model, card.training
    if options["preset"]:
        preset = PRESETS[options["preset"]]
        model = replace(preset.model, vocab_size=model.vocab_size)
        training = replace(preset.training, **{name: getattr(training, name) for name in LIMITS})
    model, training = override(model, options), override(training, options)
    changed = differing(model, card.model)
    changed += [name for name in differing(training, card.training) if name not in LIMITS]
    pair = f"{card.source_language}-{card.target_language}"
    changed += ["pair"] if options["pair"] not in (None, pair) else []
    if (
        options["tokenizer"]
        and Tokenizer.load(options["tokenizer"]).sha256 != card.tokenizer.sha256
    ):
        changed.append("tokenizer")
    if changed:
        names = ", ".join("--" + name.replace("_", "-") for name in changed)
        raise MtkitError(
            f"the run was started with other values of {names}",
            "leave them out to go on with it, or start another run with another --out",
        )
    return training


def differing(one: object, other: object) -> list[str]:
    """The names of the settings in which two configurations of a kind differ."""
    return [name for name, value in vars(one).items() if value != getattr(other, name)]
