"""The parts of a run, put together: model, feed, scorer, trainer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from mtkit import console, distributed
from mtkit.batches import EncodedPair, resampled
from mtkit.bitext import Bitext
from mtkit.card import ModelCard, Start
from mtkit.checkpoint import WEIGHTS, load_model
from mtkit.cli.chosen import Options
from mtkit.cli.preparation import TrainingData
from mtkit.config import SearchConfig, TrainConfig
from mtkit.corpus import file_hash
from mtkit.device import keep_few_kernels, keep_freed_memory
from mtkit.embeddings import set_embeddings
from mtkit.errors import MtkitError
from mtkit.evaluation import bleu
from mtkit.events import Sample, ValidationScore
from mtkit.feed import Feed, Portion
from mtkit.models import Seq2Seq, build_model
from mtkit.tokenizer import Tokenizer
from mtkit.training import Scorer, Trainer
from mtkit.translator import Translator
from mtkit.wording import counted

SAMPLES = 2  # sentences shown after each validation


def make_trainer(
    card: ModelCard,
    tokenizer: Tokenizer,
    data: TrainingData,
    directory: Path,
    device: torch.device,
    options: Options,
) -> Trainer:
    """A model with fresh weights, or with those that the options name, and all it needs."""
    longest = min(card.model.max_positions, card.training.tokens_per_batch)
    longest -= bool(data.tags)  # a tag takes a position
    with distributed.first_alone():
        portions, valid = data.encoded(tokenizer, longest)
        feed = make_feed(portions, card.training, tokenizer, longest)
        keep_freed_memory()
        keep_few_kernels()
        torch.manual_seed(card.training.seed)
        model = fresh_model(card, device)
        start_from(model, tokenizer, options)
    trainer = Trainer(
        model, tokenizer, card, directory, feed, valid, make_scorer(data.valid, tokenizer, card)
    )
    show_plan(trainer)
    return trainer


def show_plan(trainer: Trainer) -> None:
    """What is about to be done."""
    card, feed, device = trainer.card, trainer.feed, trainer.learner.device
    training, steps = card.training, feed.steps_per_epoch
    pairs = sum(len(portion.pairs) for portion in feed.portions)
    parameters = sum(p.numel() for p in trainer.learner.model.parameters())
    processes = f" in {feed.processes} processes" if feed.processes > 1 else ""
    console.say(
        f"{card.source_language} to {card.target_language}: {counted(pairs, 'training pair')} "
        f"({counted(feed.tokens_per_epoch, 'target token')}), "
        f"{len(trainer.valid_pairs):,} for validation, {trainer.tokenizer.vocab_size:,} pieces"
    )
    console.say(
        f"{card.model.architecture} of {parameters:,} parameters, {training.optimizer}, "
        f"{trainer.learner.precision} on {device}{processes}"
    )
    limits = {
        "step": training.max_steps,
        "epoch": training.max_epochs,
        "minute": training.max_minutes,
    }
    ends = " or ".join(counted(limit, name) for name, limit in limits.items() if limit)
    console.say(
        f"{counted(steps, 'step')} an epoch; ends after {ends}, or when scores no longer rise"
    )


def make_feed(
    portions: list[Portion], config: TrainConfig, tokenizer: Tokenizer, longest: int
) -> Feed:
    """This process's share of the training data."""
    alpha = config.subword_sampling

    def resample(pairs: Sequence[EncodedPair], seed: int) -> list[EncodedPair]:
        return resampled(pairs, tokenizer, alpha or 0.0, longest, seed)

    if alpha:
        tokenizer.sample("a", alpha)  # an error now rather than later if it cannot
    share = distributed.rank(), distributed.processes()
    return Feed(portions, config, resample if alpha else None, share)


def fresh_model(card: ModelCard, device: torch.device) -> Seq2Seq:
    """Errors: MtkitError if the memory does not hold the weights."""
    try:
        return build_model(card.model).to(device)
    except (RuntimeError, MemoryError) as error:
        raise MtkitError(
            f"a model of these sizes does not fit into memory: {str(error).splitlines()[0]}",
            "choose smaller --d-model, --d-ff, --vocab-size or numbers of layers",
        ) from error


def start_of(options: Options) -> Start | None:
    """What the options name to start from; None, too, where it is not there: see `start_from`."""
    file = options["init_embeddings"]
    if options["init_from"]:
        file = options["init_from"] / WEIGHTS
    return Start(str(file.resolve()), file_hash(file)) if file and file.is_file() else None


def start_from(model: Seq2Seq, tokenizer: Tokenizer, options: Options) -> None:
    """The weights of an earlier run, or the word vectors of a file, if the options name them."""
    if options["init_from"]:
        earlier, _, _ = load_model(options["init_from"])
        model.load_state_dict(earlier.state_dict())
    if file := options["init_embeddings"]:
        found = set_embeddings(model.embedding, file, tokenizer)
        console.say(f"{found:,} of {tokenizer.vocab_size:,} embeddings are those of `{file}`")


def make_scorer(valid: Bitext, tokenizer: Tokenizer, card: ModelCard) -> Scorer:
    """Model -> BLEU of greedy search on the validation set, and samples."""

    def score(model: Seq2Seq) -> ValidationScore:
        translator = Translator(
            model,
            tokenizer,
            card.model.max_positions,
            (card.source_language, card.target_language),
            SearchConfig(beam_size=1),
            card.training.precision,
            card.tag,
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
