"""The training loop: it yields what happens and never prints."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from mtkit.batches import Batch, EncodedPair, epoch_batches, token_batches
from mtkit.card import ModelCard
from mtkit.checkpoint import TrainingState, append_log, cut_log, save_model, save_training
from mtkit.device import autocast, peak_memory, random_states, set_random_states
from mtkit.errors import MtkitError
from mtkit.events import Event, Finished, Progress, Sample, Validation
from mtkit.loss import batch_loss, validate
from mtkit.models import Seq2Seq
from mtkit.optimization import learning_rate, make_optimizer, update_average
from mtkit.tokenizer import Tokenizer

REPORT_EVERY = 20  # steps
COUNTERS = (  # of a Trainer: where a run stands, beside its tensors
    "step", "epoch", "batch", "tokens", "bad_validations", "seconds", "pause_seconds",
    "best_score", "finished", "log_bytes",
)  # fmt: skip
Scorer = Callable[[Seq2Seq], tuple[float, Sequence[Sample]]]  # model -> BLEU, samples


class Trainer:
    """A model on its way: weights, optimizer, averaged weights, and where it stands.

    The weights that are validated and kept are an exponential moving average (EMA) of those
    that are trained (Polyak and Juditsky, 1992).
    """

    def __init__(
        self,
        model: Seq2Seq,
        tokenizer: Tokenizer,
        card: ModelCard,
        directory: Path,
        data: tuple[Sequence[EncodedPair], Sequence[EncodedPair]],
        score: Scorer,
    ) -> None:
        """directory: where the model goes; data: training and validation pairs."""
        self.model, self.tokenizer, self.card, self.directory = model, tokenizer, card, directory
        self.config, self.score = card.training, score
        self.pairs, self.valid_pairs = data
        self.device = next(model.parameters()).device
        self.averaged = copy.deepcopy(model).requires_grad_(False).eval()
        self.optimizer = make_optimizer(model, self.config)
        self.epoch_length = len(token_batches(self.pairs, self.config.tokens_per_batch))
        self.step = self.epoch = self.batch = self.tokens = self.bad_validations = 0
        self.seconds = self.pause_seconds = 0.0  # in all, and of them for validation and saving
        self.best_score = [-1.0, -math.inf]  # BLEU, negated loss
        self.finished = ""  # or why
        self.log_bytes = 0
        self._loss = torch.zeros((), device=self.device)  # of the steps since the last report
        self._reported = (0, 0.0)  # tokens and seconds at the last report
        self._clock = time.perf_counter()

    def run(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """Train until a limit, the end of patience, or `should_stop`; save and say what happens.

        Errors: MtkitError if the loss is not a number, or a file cannot be written.
        """
        self._clock = time.perf_counter()
        batches = self.batches()
        while not self.finished:
            self.train_step(next(batches))
            complete = self.fraction >= 1
            validates = complete or self.step % self.config.validate_every == 0
            if validates or self.step % REPORT_EVERY == 0:
                yield self.report()
            if validates:
                yield self.validate()
                self.finished = self.reason_to_end(complete)
                self.save()
                self._end_pause()
            if not self.finished and should_stop():
                self.save()
                break
        yield self.finish()

    def batches(self) -> Iterator[Batch]:
        """Batches without end, from where the run stands."""
        budget, seed = self.config.tokens_per_batch, self.config.seed
        while True:
            yield from epoch_batches(self.pairs, budget, seed, self.epoch, self.batch)
            self.epoch, self.batch = self.epoch + 1, 0

    @property
    def fraction(self) -> float:
        """How much of the run is done, 0 to 1, by the limit that is nearest."""
        config = self.config
        epochs = self.epoch + self.batch / self.epoch_length
        done = [
            self.step / config.max_steps if config.max_steps else 0,
            epochs / config.max_epochs if config.max_epochs else 0,
            self.seconds / 60 / config.max_minutes if config.max_minutes else 0,
        ]
        return min(1.0, max(done))

    def train_step(self, batch: Batch) -> None:
        """One update of the weights and of their average."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, self.step + 1, self.fraction)
        self.model.train()
        with autocast(self.device, config.precision):
            loss = batch_loss(self.model, batch.to(self.device), config.label_smoothing)
        (loss / batch.tokens).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        self.batch += 1
        self.tokens += batch.tokens
        self._loss += loss.detach()
        update_average(self.averaged, self.model, config.ema_decay, self.step)
        self._tick()

    def _tick(self) -> float:
        """Add the time since the last tick to the run's, and return it (seconds)."""
        now = time.perf_counter()
        elapsed, self._clock = now - self._clock, now
        self.seconds += elapsed
        return elapsed

    def _end_pause(self) -> None:
        """Validation and saving are over: their time is the run's, but not that of its steps."""
        self.pause_seconds += self._tick()
        self._reported = (self.tokens, self.seconds)

    def report(self) -> Progress:
        """Errors: MtkitError if the loss is not a number."""
        tokens, seconds = self.tokens - self._reported[0], self.seconds - self._reported[1]
        loss = self._finite(self._loss.item() / tokens)
        rate = self.optimizer.param_groups[0]["lr"]
        left = self.seconds * (1 - self.fraction) / self.fraction
        event = Progress(
            self.step, self.epoch + 1, self.fraction, loss, rate, tokens / seconds, left
        )
        self._loss.zero_()
        self._reported = (self.tokens, self.seconds)
        self.log(event)
        return event

    def _finite(self, loss: float) -> float:
        if not math.isfinite(loss):
            raise MtkitError(
                f"the loss is not a number any more, at step {self.step:,}",
                f"start again with a --learning-rate below {self.config.learning_rate:g}",
            )
        return loss

    def validate(self) -> Validation:
        """Score the averaged weights, and keep them if they are the best so far.

        Errors: MtkitError if the loss is not a number.
        """
        loss = self._finite(validate(self.averaged, self.valid_pairs, self.config))
        bleu, samples = self.score(self.averaged)
        improved = [bleu, -loss] > self.best_score
        event = Validation(
            self.step, self.epoch + 1, loss, math.exp(min(loss, 50)), bleu, improved, samples
        )
        self.bad_validations = 0 if improved else self.bad_validations + 1
        if improved:
            self.best_score = [bleu, -loss]
            self.card = replace(self.card, history=self.history(event), scores={})
            save_model(self.directory, self.card, self.tokenizer, self.averaged.state_dict())
        self.log(event)
        return event

    def reason_to_end(self, complete: bool) -> str:
        if complete:
            return "complete"
        if self.bad_validations >= self.config.patience:
            return f"no better score in {self.bad_validations} validations"
        return ""

    def finish(self) -> Finished:
        event = Finished(
            self.finished or "interrupted",
            self.step,
            self.epoch + 1,
            self.best_score[0],
            self.seconds / 60,
            self.tokens_per_second,
            peak_memory(),
        )
        self.log(event)
        return event

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / max(self.seconds - self.pause_seconds, 1e-9)

    def history(self, best: Validation) -> dict[str, Any]:
        """For the model card: how the weights that are kept came about."""
        return {
            "step": best.step,
            "epoch": best.epoch,
            "minutes": round(self.seconds / 60, 2),
            "tokens_per_second": round(self.tokens_per_second),
            "valid_bleu": round(best.bleu, 2),
            "valid_perplexity": round(best.perplexity, 3),
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "device": str(self.device),
        }

    def log(self, event: Event) -> None:
        values = {"event": type(event).__name__.lower()} | asdict(event)
        self.log_bytes = append_log(self.directory, values)

    def save(self) -> None:
        """All that `restore` needs."""
        save_training(self.directory, TrainingState(
            weights=self.model.state_dict(),
            averaged=self.averaged.state_dict(),
            optimizer=self.optimizer.state_dict(),
            random=random_states(),
            counters={name: getattr(self, name) for name in COUNTERS},
        ))  # fmt: skip

    def restore(self, state: TrainingState) -> None:
        """Go back to where the run stood when it was saved; if it had ended, train on.

        Errors: MtkitError if the state is not that of such a run.
        """
        try:
            self.model.load_state_dict(state.weights)
            self.averaged.load_state_dict(state.averaged)
            self.optimizer.load_state_dict(state.optimizer)
            for name in COUNTERS:
                setattr(self, name, state.counters[name])
            set_random_states(state.random)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise MtkitError(
                f"`{self.directory}` holds the training state of another run: {error!r}",
                "start again with --overwrite, or with another --out",
            ) from error
        if self.finished:
            self.finished, self.bad_validations = "", 0
        self._reported = (self.tokens, self.seconds)
        cut_log(self.directory, self.log_bytes)
