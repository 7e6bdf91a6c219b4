"""The loop: rates, loss, limits, patience, and a resume that changes nothing."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from mtkit import clock
from mtkit.batches import EncodedPair, collate
from mtkit.card import ModelCard, TokenizerCard
from mtkit.checkpoint import LOG, WEIGHTS, load_model, load_training
from mtkit.config import BOS, EOS, PAD, TrainConfig, TransformerConfig
from mtkit.errors import MtkitError
from mtkit.events import Finished, Notice, Progress, Validation, ValidationScore
from mtkit.feed import Feed, Portion, Step
from mtkit.learner import Learner
from mtkit.loss import batch_loss, validate
from mtkit.models import build_model
from mtkit.tokenizer import Tokenizer
from mtkit.training import Trainer

TOKENIZER = Tokenizer.fit(["abcdefgh ijklmn opqrst uvwxyz"], 34, kind="char")
MODEL = TransformerConfig(
    vocab_size=TOKENIZER.vocab_size, d_model=16, heads=2, encoder_layers=1, decoder_layers=1,
    d_ff=32, dropout=0.1,
)  # fmt: skip
TRAINING = TrainConfig(
    tokens_per_batch=60, warmup_steps=5, max_epochs=None, max_steps=30, validate_every=10
)


def pairs(count: int, seed: int = 0) -> list[EncodedPair]:
    """A language and its mirror image."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(count):
        length = int(torch.randint(2, 9, (1,), generator=generator))
        ids = torch.randint(4, MODEL.vocab_size, (length,), generator=generator).tolist()
        found.append(EncodedPair([*ids, EOS], [BOS, *reversed(ids), EOS]))
    return found


def make_trainer(
    directory: Path,
    training: TrainConfig = TRAINING,
    bleus: Iterator[float] | None = None,
    model: TransformerConfig = MODEL,
) -> Trainer:
    torch.manual_seed(training.seed)
    seen = TokenizerCard("char", TOKENIZER.vocab_size, TOKENIZER.sha256)
    card = ModelCard(model, training, "en", "de", seen)
    feed, valid = Feed([Portion(pairs(200))], training), pairs(20, seed=1)
    scores = bleus or itertools.repeat(0.0)
    return Trainer(
        build_model(model), TOKENIZER, card, directory, feed, valid,
        lambda _: ValidationScore(next(scores)),
    )  # fmt: skip


def run(trainer: Trainer, steps: int | None = None) -> list[Progress | Validation | Finished]:
    """All events; a stop is asked for after `steps` steps."""
    return list(trainer.run(lambda: trainer.step == steps))


def test_the_loss_is_the_smoothed_cross_entropy_of_what_is_not_padding() -> None:
    model = build_model(MODEL).eval()
    batch = collate(pairs(5), range(5))
    logits = model(batch.source, batch.target[:, :-1])
    labels = batch.target[:, 1:]
    log_p = logits.log_softmax(-1)
    expected = 0.0
    for row, column in (labels != PAD).nonzero().tolist():
        answer = torch.full((MODEL.vocab_size,), 0.1 / MODEL.vocab_size)
        answer[labels[row, column]] += 0.9
        expected -= (answer * log_p[row, column]).sum().item()
    assert batch_loss(model, batch, 0.1).item() == pytest.approx(expected, rel=1e-5)
    assert batch.tokens == int((labels != PAD).sum())


def test_validation_counts_each_token_once_without_smoothing() -> None:
    model, data = build_model(MODEL).eval(), pairs(30)
    total, tokens = 0.0, 0
    for pair in data:
        logits = model(torch.tensor([pair.source]), torch.tensor([pair.target[:-1]]))
        total += F.cross_entropy(logits[0], torch.tensor(pair.target[1:]), reduction="sum").item()
        tokens += len(pair.target) - 1
    assert validate(model, data, TRAINING) == pytest.approx(total / tokens, rel=1e-5)


def test_training_lowers_the_loss_and_keeps_the_averaged_weights(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, replace(TRAINING, max_steps=120))
    events = run(trainer)
    losses = [event.loss for event in events if isinstance(event, Validation)]
    assert losses[-1] < losses[0] - 0.1
    model, _, card = load_model(tmp_path)
    best = min(
        (e for e in events if isinstance(e, Validation) and e.improved), key=lambda e: e.loss
    )
    assert card.history["step"] == best.step
    assert validate(model, pairs(20, seed=1), TRAINING) == pytest.approx(best.loss, rel=1e-5)
    assert any(
        not torch.equal(a, b)
        for a, b in zip(model.parameters(), trainer.learner.model.parameters(), strict=True)
    )


def test_the_average_is_the_exponential_moving_average(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    before = trainer.learner.averaged.embedding.weight.clone()
    for step in (1, 2, 3):
        assert list(trainer.train_step()) == []
        decay = (1 + step) / (10 + step)
        before = decay * before + (1 - decay) * trainer.learner.model.embedding.weight.detach()
    assert torch.allclose(trainer.learner.averaged.embedding.weight, before, atol=1e-6)


@pytest.mark.parametrize(
    ("limits", "epochs"),
    [({"max_steps": 7}, 0), ({"max_epochs": 2}, 2), ({"max_steps": 500, "max_epochs": 1}, 1)],
)
def test_the_first_limit_to_be_reached_ends_the_run(
    tmp_path: Path, limits: dict[str, int], epochs: int
) -> None:
    trainer = make_trainer(tmp_path, replace(TRAINING, **{"max_steps": None} | limits))
    finished = run(trainer)[-1]
    assert isinstance(finished, Finished)
    assert finished.reason == "complete"
    assert finished.step == (epochs * trainer.feed.steps_per_epoch or 7)


def test_patience_ends_a_run_that_gets_no_better(tmp_path: Path) -> None:
    training = replace(TRAINING, max_steps=1000, patience=3)
    bleus = iter([5.0, 9.0, 8.0, 8.5, 7.0, 99.0])
    events = run(make_trainer(tmp_path, training, bleus))
    validations = [event for event in events if isinstance(event, Validation)]
    assert [event.improved for event in validations] == [True, True, False, False, False]
    assert events[-1].reason == "no better score in 3 validations"
    assert load_model(tmp_path)[2].history["valid_bleu"] == 9.0


def test_the_time_left_of_a_resumed_run_is_told_by_its_speed_since_the_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ticking(seconds: float) -> None:
        """The clock is looked at, which takes so long each time."""
        time = itertools.count(step=seconds)
        monkeypatch.setattr(clock, "time", SimpleNamespace(perf_counter=lambda: next(time)))

    training = replace(TRAINING, max_steps=100, validate_every=1000)
    ticking(30.0)
    run(make_trainer(tmp_path, training), 40)
    ticking(0.5)
    trainer = make_trainer(tmp_path, training)
    trainer.restore(load_training(tmp_path))
    left = [event.seconds_left for event in run(trainer, 60) if isinstance(event, Progress)]
    assert left == [pytest.approx(40 * 0.5)]


@pytest.mark.parametrize("stop", [1, 10, 13, 27, 28])
def test_a_run_that_was_stopped_and_resumed_ends_in_the_same_weights(
    tmp_path: Path, stop: int
) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir()
    halves.mkdir()
    uninterrupted = make_trainer(whole)
    run(uninterrupted)
    first = make_trainer(halves)
    assert run(first, steps=stop)[-1].reason == "interrupted"
    second = make_trainer(halves)
    torch.manual_seed(99)  # the resume must not depend on it
    second.restore(load_training(halves))
    assert second.step == stop
    run(second)
    for name, weights in uninterrupted.learner.model.state_dict().items():
        assert torch.equal(weights, second.learner.model.state_dict()[name]), name
    assert torch.equal(load_weight(whole), load_weight(halves))


def test_a_run_that_was_killed_goes_on_from_its_last_save(tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir()
    halves.mkdir()
    run(make_trainer(whole))
    killed = make_trainer(halves)
    for event in killed.run(lambda: 0):
        if isinstance(event, Progress) and event.step == 20:
            break  # after the save at step 10: what came later is lost
    state = load_training(halves)
    assert state.counters["step"] == 10
    second = make_trainer(halves)
    second.restore(state)
    run(second)
    assert torch.equal(load_weight(whole), load_weight(halves))
    whole_log, halves_log = ((path / LOG).read_text().splitlines() for path in (whole, halves))
    assert len(whole_log) == len(halves_log)
    losses = [[json.loads(line).get("loss") for line in log] for log in (whole_log, halves_log)]
    assert losses[0] == losses[1]


def test_a_higher_limit_takes_a_finished_run_further(tmp_path: Path) -> None:
    run(make_trainer(tmp_path))
    longer = make_trainer(tmp_path, replace(TRAINING, max_steps=40))
    longer.restore(load_training(tmp_path))
    assert run(longer)[-1].step == 40


def test_the_state_of_another_model_is_refused(tmp_path: Path) -> None:
    run(make_trainer(tmp_path))
    state = load_training(tmp_path)
    del state.learner["weights"]["embedding.weight"]
    with pytest.raises(MtkitError, match="training state of another run"):
        make_trainer(tmp_path).restore(state)


def test_better_weights_have_no_scores_yet(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.card = replace(trainer.card, scores={"test": {"scores": []}})
    run(trainer)
    assert load_model(tmp_path)[2].scores == {}


def load_weight(directory: Path) -> torch.Tensor:
    weights: torch.Tensor = torch.load(directory / WEIGHTS, weights_only=True)["embedding.weight"]
    return weights


def test_the_log_has_a_line_for_each_event(tmp_path: Path) -> None:
    events = run(make_trainer(tmp_path))
    logged = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [line["event"] for line in logged] == [type(e).__name__.lower() for e in events]
    assert all(line["tokens_per_second"] > 0 for line in logged if line["event"] == "progress")


def spoil(trainer: Trainer, steps: set[int]) -> None:
    """Make the gradients of these steps not a number."""
    update = trainer.learner.update

    def spoilt(step: Step, number: int, rate: float) -> torch.Tensor | None:
        if number not in steps:
            return update(step, number, rate)
        weight = trainer.learner.model.embedding.weight
        before = weight.detach().clone()
        with torch.no_grad():
            weight[EOS] = math.nan
        try:
            return update(step, number, rate)
        finally:
            with torch.no_grad():
                weight.copy_(before)

    trainer.learner.update = spoilt


def test_a_step_without_a_finite_gradient_is_skipped_and_counted(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    spoil(trainer, {7, 8, 21})
    events = run(trainer)
    notices = [event for event in events if isinstance(event, Notice)]
    assert [notice.step for notice in notices] == [7, 8, 21]
    assert all("skipped" in notice.message for notice in notices)
    reports = [event for event in events if isinstance(event, Progress)]
    assert [report.skipped for report in reports] == [2, 2, 3]
    assert all(math.isfinite(report.loss) for report in reports)
    assert all(p.isfinite().all() for p in trainer.learner.model.parameters())


def test_a_skipped_step_leaves_the_weights_alone(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    spoil(trainer, {1})
    before = trainer.learner.model.embedding.weight.detach().clone()
    list(trainer.train_step())
    assert torch.equal(trainer.learner.model.embedding.weight, before)
    assert torch.equal(trainer.learner.averaged.embedding.weight, before)


def test_several_such_steps_in_a_row_stop_the_run(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    spoil(trainer, set(range(12, 40)))
    with pytest.raises(MtkitError, match="not finite in 5 steps in a row, up to step 16"):
        run(trainer)
    assert load_training(tmp_path).counters["step"] == 10  # the last good save is intact


class Memory:
    """Room for so many rows: whatever loss is asked for more runs out of memory."""

    def __init__(self, learner: Learner, rows: int) -> None:
        self.loss, self.rows = learner._loss, rows

    def __call__(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if len(source) > self.rows:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ...")
        return self.loss(source, target)


def test_a_batch_that_does_not_fit_is_cut_and_the_step_stays_the_same(tmp_path: Path) -> None:
    training = replace(TRAINING, max_steps=20)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    weights = []
    for directory in (whole, cut):
        directory.mkdir()
        trainer = make_trainer(directory, training, model=replace(MODEL, dropout=0.0))
        if directory == cut:
            trainer.learner._loss = Memory(trainer.learner, 3)
        events = run(trainer)
        weights.append(trainer.learner.model.embedding.weight)
    notices = [event.message for event in events if isinstance(event, Notice)]
    assert "cut into 8" in notices[-1]
    assert 1 <= len(notices) <= 3  # each time it is cut further
    assert torch.allclose(*weights, atol=1e-4)


def test_a_row_that_does_not_fit_alone_is_an_error(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.learner._loss = Memory(trainer.learner, 0)
    with pytest.raises(MtkitError, match="out of memory: DefaultCPUAllocator"):
        run(trainer)


def test_another_runtime_error_is_a_bug_and_not_hidden(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.feed.portions[0].pairs[0].source[0] = 10**6
    with pytest.raises((RuntimeError, IndexError)):
        run(trainer)


def test_bf16_gives_nearly_the_loss_of_fp32() -> None:
    model, data = build_model(MODEL).eval(), pairs(30)
    exact = validate(model, data, replace(TRAINING, precision="fp32"))
    assert validate(model, data, replace(TRAINING, precision="bf16")) == pytest.approx(
        exact, rel=0.01
    )
