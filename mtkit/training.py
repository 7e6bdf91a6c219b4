"""The training loop: it yields what happens and never prints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from mtkit import distributed
from mtkit.averaging import forget_checkpoints, keep_checkpoint
from mtkit.batches import EncodedPair
from mtkit.card import ModelCard
from mtkit.checkpoint import TrainingState, save_model, save_training
from mtkit.clock import Clock
from mtkit.device import peak_memory
from mtkit.errors import MtkitError
from mtkit.events import Event, Finished, Notice, Progress, Validation, ValidationScore
from mtkit.feed import Feed
from mtkit.learner import Learner
from mtkit.log import append_log, cut_log
from mtkit.loss import validate
from mtkit.models import Seq2Seq
from mtkit.optimization import learning_rate
from mtkit.standing import Standing
from mtkit.tokenizer import Tokenizer
from mtkit.wording import counted

REPORT_EVERY = 20  # steps
SAVE_EVERY = 600  # seconds, where validations are further apart
COUNTERS = "step", "finished", "log_bytes", "unreported"  # of a Trainer, to be saved
Scorer = Callable[[Seq2Seq], ValidationScore]


class Trainer:
    """A run: what learns, what it learns from, and where it stands.

    Of several processes, all compute, and the first one validates, decides and writes.
    """

    def __init__(
        self,
        model: Seq2Seq,
        tokenizer: Tokenizer,
        card: ModelCard,
        directory: Path,
        feed: Feed,
        valid_pairs: Sequence[EncodedPair],
        score: Scorer,
    ) -> None:
        """directory: where the model goes; feed: what it learns from; score: on the valid set."""
        self.tokenizer, self.card, self.directory = tokenizer, card, directory
        self.config, self.feed, self.score = card.training, feed, score
        self.valid_pairs = valid_pairs
        self.learner = Learner(model, card.training)
        self.clock = Clock()
        self.standing, self.step = Standing(), 0
        self.finished = ""  # or why
        self.stopped = 0  # or by which signal
        self.log_bytes = 0
        self._sum = torch.zeros(2, device=self.learner.device)  # loss, tokens since the last report
        self._saved = 0.0  # seconds at the last save

    def run(self, stop_signal: Callable[[], int]) -> Iterator[Event]:
        """Train until a limit, the end of patience, or a signal; save and say what happens.

        stop_signal: the number of the signal that a process was told to stop by, or 0.
        Errors: MtkitError if the loss is not a number, or a file cannot be written.
        """
        self.clock.start(self.fraction)
        if self.step and distributed.is_first():  # what a resumed run had done after its last save
            cut_log(self.directory, self.log_bytes)
            forget_checkpoints(self.directory, self.step)
        while not self.finished:
            yield from self.train_step()
            self.agree(stop_signal())
            complete = self.fraction >= 1
            validates = complete or self.step % self.config.validate_every == 0
            if validates or self.step % REPORT_EVERY == 0:
                yield self.report()
            if validates:
                yield self.validate()
                self.finished = self.reason_to_end(complete)
            if validates or self.stopped or self.clock.seconds - self._saved > SAVE_EVERY:
                self.save()
                self.clock.rest()
                self.agree(self.stopped)
            if self.stopped:
                break
        yield self.finish()

    def agree(self, signal: int) -> None:
        """One clock and one decision for all processes: else they would train different models."""
        stopped, self.clock.seconds = distributed.largest([signal, self.clock.seconds])
        self.stopped = int(stopped)

    @property
    def fraction(self) -> float:
        """How much of the run is done, 0 to 1, by the limit that is nearest."""
        config = self.config
        done = [
            self.step / config.max_steps if config.max_steps else 0,
            self.feed.epochs / config.max_epochs if config.max_epochs else 0,
            self.clock.seconds / 60 / config.max_minutes if config.max_minutes else 0,
        ]
        return min(1.0, max(done))

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return learning_rate(self.config, self.step + 1, self.fraction, self.standing.halvings)

    def train_step(self) -> Iterator[Notice]:
        """One update of the weights."""
        rate, parts, skipped = self.rate, self.learner.parts, self.learner.skipped
        step = self.feed.next_step()
        self.step += 1
        loss = self.learner.update(step, self.step, rate)
        if loss is not None:
            self._sum += torch.stack((loss, loss.new_tensor(sum(b.tokens for b in step.batches))))
        self.clock.work(step.tokens)
        if self.learner.parts != parts:
            cut = f"a batch does not fit into memory: cut into {self.learner.parts}"
            yield self.notice(f"{cut}, the step stays as it is")
        if self.learner.skipped > skipped:
            yield self.notice("the gradient is not finite: step skipped")

    def notice(self, message: str) -> Notice:
        event = Notice(self.step, message)
        self.log(event)
        return event

    def report(self) -> Progress:
        loss, tokens = self.unreported
        event = Progress(
            self.step, self.feed.epoch_number, self.fraction, loss / max(tokens, 1), self.rate,
            self.clock.lap(), self.clock.left(self.fraction), self.clock.worked / 60,
            self.learner.skipped, peak_memory(self.learner.device),
        )  # fmt: skip
        self._sum.zero_()
        self.log(event)
        return event

    def validate(self) -> Validation:
        """Score the averaged weights, and keep them if they are the best so far."""
        averaged = self.learner.averaged
        found, loss = None, 0.0
        if distributed.is_first():
            found, loss = self.score(averaged), validate(averaged, self.valid_pairs, self.config)
        found, loss = distributed.of_first([found, loss])
        improved = self.standing.add(found.bleu, loss, self.config)
        event = Validation(
            self.step, self.feed.epoch_number, loss, math.exp(min(loss, 50)), found.bleu, improved,
            self.clock.worked / 60, found.samples, found.trouble,
        )  # fmt: skip
        self.keep(event)
        self.log(event)
        return event

    def keep(self, event: Validation) -> None:
        """Write the weights that were validated, if they are to be kept."""
        if not distributed.is_first():
            return
        weights = self.learner.averaged.state_dict()
        if event.improved:
            self.card = replace(self.card, history=self.history(event), scores={})
            save_model(self.directory, self.card, self.tokenizer, weights)
        if self.config.keep_last or self.config.keep_best:
            score, keep = [event.bleu, -event.loss], (self.config.keep_last, self.config.keep_best)
            keep_checkpoint(self.directory, event.step, score, weights, keep)

    def reason_to_end(self, complete: bool) -> str:
        if complete:
            return "complete"
        if self.standing.bad >= self.config.patience:
            return f"no better score in {counted(self.standing.bad, 'validation')}"
        return ""

    def finish(self) -> Finished:
        event = Finished(
            self.finished or "interrupted", self.step, self.feed.epoch_number, self.standing.bleu,
            self.clock.seconds / 60, self.clock.tokens_per_second, peak_memory(self.learner.device),
        )  # fmt: skip
        self.log(event)
        return event

    def history(self, best: Validation) -> dict[str, Any]:
        """For the model card: how the weights that are kept came about."""
        return {
            "step": best.step,
            "epoch": best.epoch,
            "minutes": round(self.clock.seconds / 60, 2),
            "tokens_per_second": round(self.clock.tokens_per_second),
            "valid_bleu": round(best.bleu, 2),
            "valid_perplexity": round(best.perplexity, 3),
            "parameters": sum(p.numel() for p in self.learner.model.parameters()),
            "device": str(self.learner.device),
            "processes": distributed.processes(),
        }

    def log(self, event: Event) -> None:
        if distributed.is_first():
            values = {"event": type(event).__name__.lower()} | asdict(event)
            self.log_bytes = append_log(self.directory, values)

    @property
    def unreported(self) -> list[float]:
        """Loss and tokens since the last report, of all processes, which must ask together."""
        found: list[float] = distributed.summed(self._sum).tolist()
        return found

    @unreported.setter
    def unreported(self, values: Sequence[float]) -> None:
        self._sum.zero_()
        if distributed.is_first():
            self._sum += self._sum.new_tensor(values)

    def save(self) -> None:
        """All that `restore` needs."""
        self._saved = self.clock.seconds
        counters = {name: getattr(self, name) for name in COUNTERS} | asdict(self.standing)
        if distributed.is_first():
            states = self.learner.state(), list(self.feed.position), self.clock.state()
            save_training(self.directory, TrainingState(*states, counters))

    def restore(self, state: TrainingState) -> None:
        """Go back to where the run stood when it was saved.

        Errors: MtkitError if the state is not that of such a run.
        """
        try:
            self.learner.load_state(state.learner)
            self.feed.position = state.position
            self.clock.load_state(state.clock)
            for name in COUNTERS:
                setattr(self, name, state.counters[name])
            rest = {k: v for k, v in state.counters.items() if k not in COUNTERS}
            self.standing = Standing(**rest)
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise MtkitError(
                f"`{self.directory}` holds the training state of another run: {error!r}",
                "start again with --overwrite, or with another --out",
            ) from error
        self.finished = ""
        self._saved = self.clock.seconds
