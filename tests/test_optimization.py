"""Learning rates, Muon, consistency loss, dropout on attention, precisions."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from mtkit.batches import EncodedPair, collate
from mtkit.config import BOS, EOS, LSTMConfig, ModelConfig, TrainConfig, TransformerConfig
from mtkit.device import matrix_products
from mtkit.feed import Step
from mtkit.learner import Learner
from mtkit.loss import CrossEntropy, batch_loss
from mtkit.models import build_model
from mtkit.models.attention import attend
from mtkit.models.dropout import Dropout
from mtkit.muon import COEFFICIENTS, ROUNDS, Muon, orthogonal
from mtkit.optimization import learning_rate, make_optimizers

MODEL = TransformerConfig(
    vocab_size=30, d_model=16, heads=2, encoder_layers=1, decoder_layers=1, d_ff=32, dropout=0.0
)
PAIRS = [
    EncodedPair([*range(5, 5 + n), EOS], [BOS, *range(10, 12 + n), EOS]) for n in (2, 4, 5, 7, 9)
]


def test_the_rate_rises_over_the_warmup_and_falls_to_zero() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_steps=10)
    assert [learning_rate(config, step, 0.0) for step in (1, 5, 10)] == [0.1, 0.5, 1.0]
    assert learning_rate(config, 500, 0.75) == 0.25
    assert learning_rate(config, 500, 1.0) == 0.0


def test_the_inverse_square_root_is_the_papers() -> None:
    config = TrainConfig(
        learning_rate=512**-0.5 * 4000**-0.5, schedule="inverse-sqrt", warmup_steps=4000
    )
    for step in (1, 100, 4000, 100_000):
        paper = 512**-0.5 * min(step**-0.5, step * 4000**-1.5)
        assert learning_rate(config, step, 0.5) == pytest.approx(paper)


def test_the_cosine_is_half_way_down_in_the_middle() -> None:
    config = TrainConfig(learning_rate=1.0, warmup_steps=1, schedule="cosine")
    rates = [learning_rate(config, 9, fraction) for fraction in (0, 0.25, 0.5, 1)]
    assert rates == pytest.approx([1, 0.5 + math.sqrt(0.5) / 2, 0.5, 0])


def test_constant_stays_and_plateau_halves() -> None:
    constant = TrainConfig(learning_rate=1.0, warmup_steps=4, schedule="constant")
    plateau = replace(constant, schedule="plateau")
    for config in (constant, plateau):
        assert [learning_rate(config, step, 0.9) for step in (1, 4, 99)] == [0.25, 1, 1]
    assert [learning_rate(plateau, 99, 0.9, halvings=n) for n in (1, 2)] == [0.5, 0.25]


@pytest.mark.parametrize("shape", [(6, 6), (4, 10), (10, 4)])
def test_muon_moves_a_matrix_as_the_one_of_pytorch_does(shape: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(3)
    ours = torch.nn.Parameter(torch.randn(shape, generator=generator))
    theirs = torch.nn.Parameter(ours.detach().clone())
    one = Muon([ours], 0.1, 0.2)
    other = torch.optim.Muon([theirs], lr=0.1, weight_decay=0.2, adjust_lr_fn="match_rms_adamw")
    start = ours.detach().clone()
    for _ in range(4):
        ours.grad = torch.randn(shape, generator=generator)
        theirs.grad = ours.grad.clone()
        one.step()
        other.step()
    moved = (ours - start).norm()
    assert (ours - theirs).norm() < 0.02 * moved  # theirs computes in bfloat16


def test_an_orthogonalised_matrix_is_nearly_orthogonal() -> None:
    x = torch.randn(3, 8, 20, generator=torch.Generator().manual_seed(1))
    assert torch.linalg.svdvals(orthogonal(x)) == pytest.approx(torch.ones(3, 8).numpy(), abs=0.35)


@pytest.mark.parametrize("rank", [1, 4, 16])
@pytest.mark.parametrize("columns", [16, 40])
def test_small_singular_values_grow_as_in_rounds_of_double_precision(
    rank: int, columns: int
) -> None:
    generator = torch.Generator().manual_seed(rank)
    parts = [torch.linalg.qr(torch.randn(n, 16, generator=generator)).Q for n in (16, columns)]
    values = 0.1 ** torch.linspace(0, 6, 16) * (torch.arange(16) < rank)
    x = parts[0] * values @ parts[1].T
    direct = (x / x.norm()).double()
    for _ in range(ROUNDS):
        a, b, c = COEFFICIENTS
        square = direct @ direct.T
        direct = a * direct + b * square @ direct + c * square @ square @ direct
    assert torch.allclose(orthogonal(x[None])[0].double(), direct, atol=1e-3)


def test_muon_takes_the_matrices_of_the_blocks_and_adamw_the_rest() -> None:
    model = build_model(MODEL)
    adamw, muon = make_optimizers(model, TrainConfig(optimizer="muon"))
    names = {id(p): name for name, p in model.named_parameters()}
    moved = {names[id(p)] for group in muon.param_groups for p in group["params"]}
    rest = {names[id(p)] for group in adamw.param_groups for p in group["params"]}
    assert moved | rest == set(names.values())
    assert not moved & rest
    assert moved == {n for n, p in model.named_parameters() if p.dim() == 2} - {"embedding.weight"}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [1, 4, 100])
def test_the_cross_entropy_of_a_few_rows_at_a_time_has_pytorchs_value_and_gradients(
    monkeypatch: pytest.MonkeyPatch, smoothing: float, rows: int
) -> None:
    monkeypatch.setattr("mtkit.loss.ROWS", rows)
    generator = torch.Generator().manual_seed(1)
    numbers = {"generator": generator, "dtype": torch.float64}
    hidden, embeddings = torch.randn(11, 8, **numbers) * 9, torch.randn(30, 8, **numbers)
    labels = torch.randint(30, (11,), generator=generator)
    factors = [hidden.requires_grad_(), embeddings.requires_grad_()]

    loss = CrossEntropy.apply(hidden, embeddings, labels, smoothing)
    expected = F.cross_entropy(
        hidden @ embeddings.T, labels, label_smoothing=smoothing, reduction="sum"
    )
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    for found, right in zip(
        torch.autograd.grad(loss / 3, factors), torch.autograd.grad(expected / 3, factors),
        strict=True,
    ):  # fmt: skip
        assert torch.allclose(found, right, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("causal", [True, False])
def test_attention_that_learns_in_16_bits_is_that_of_32(dtype: torch.dtype, causal: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    exact = [torch.randn(2, 2, 6, 8, generator=generator).requires_grad_() for _ in range(3)]
    rounded = [x.detach().to(dtype).requires_grad_() for x in exact]
    mask = None if causal else torch.tensor([True] * 4 + [False] * 2)[None, None, None]
    outputs = [attend(*some, mask, causal, Dropout(0.0)) for some in (exact, rounded)]
    assert torch.allclose(outputs[0], outputs[1].float(), atol=0.02)
    both = (
        torch.autograd.grad(out.sum(), some)
        for out, some in zip(outputs, (exact, rounded), strict=True)
    )
    for right, found in zip(*both, strict=True):
        assert torch.allclose(right, found.float(), atol=0.05)


@pytest.mark.parametrize(
    "kind", [MODEL, LSTMConfig("lstm", 30, 16), LSTMConfig("lstm-attention", 30, 16)]
)
def test_the_loss_that_is_learnt_from_is_the_one_that_is_validated(kind: ModelConfig) -> None:
    model, batch = build_model(replace(kind, dropout=0.0)), collate(PAIRS, range(5))
    learnt = batch_loss(model, batch, 0.1)
    with torch.no_grad():
        assert batch_loss(model, batch, 0.1).item() == pytest.approx(learnt.item(), rel=1e-5)


def test_r_drop_without_dropout_is_the_cross_entropy() -> None:
    model, batch = build_model(MODEL), collate(PAIRS, range(5))
    plain = batch_loss(model, batch, 0.1)
    assert batch_loss(model, batch, 0.1, r_drop=5.0).item() == pytest.approx(plain.item(), rel=1e-6)


def test_r_drop_adds_the_divergence_of_two_draws_of_dropout() -> None:
    model, batch = build_model(replace(MODEL, dropout=0.3)), collate(PAIRS, range(5))
    torch.manual_seed(7)
    total = batch_loss(model, batch, 0.1, r_drop=2.0).item()
    torch.manual_seed(7)  # the same draws
    logits = model(batch.source.repeat(2, 1), batch.target[:, :-1].repeat(2, 1))
    labels = batch.target[:, 1:]
    one, other = logits.log_softmax(-1).chunk(2)
    expected = 0.0
    for i, j in (labels != 0).nonzero().tolist():
        p, q = one[i, j], other[i, j]
        for log_p in (p, q):
            nll = F.cross_entropy(log_p[None], labels[i, j][None], label_smoothing=0.1)
            expected += nll.item() / 2
        expected += 2.0 / 4 * ((p.exp() * (p - q)).sum() + (q.exp() * (q - p)).sum()).item()
    assert total == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("causal", [True, False])
def test_attention_with_dropout_is_right_on_average(causal: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(1, 1, 6, 4, generator=generator) for _ in range(3))
    mask = None if causal else torch.tensor([True] * 4 + [False] * 2)[None, None, None]
    dropout = Dropout(0.25)
    torch.manual_seed(1)
    draws = [attend(query, key, value, mask, causal, dropout) for _ in range(4000)]
    exact = attend(query, key, value, mask, causal, dropout.eval())
    assert torch.allclose(torch.stack(draws).mean(0), exact, atol=0.06)
    assert not torch.equal(draws[0], draws[1])


def test_each_dropout_has_its_own_place() -> None:
    for name in ("dropout", "embedding_dropout", "attention_dropout", "activation_dropout"):
        model = build_model(replace(MODEL, **{"embedding_dropout": 0.0, name: 0.5}))
        batch = collate(PAIRS, range(5))
        losses = {batch_loss(model, batch).item() for _ in range(4)}
        assert len(losses) > 1, name
        assert len({batch_loss(model.eval(), batch).item() for _ in range(4)}) == 1
    assert MODEL.on_embeddings == MODEL.dropout
    assert replace(MODEL, embedding_dropout=0.4).on_embeddings == 0.4


def losses(precision: str, steps: int = 30) -> list[float]:
    torch.manual_seed(1)
    config = TrainConfig(precision=precision, learning_rate=1e-3, warmup_steps=1)
    learner = Learner(build_model(MODEL), config)
    batch = collate(PAIRS, range(5))
    found = [learner.update(Step([batch], batch.tokens), n + 1, 1e-3) for n in range(steps)]
    return [loss.item() / batch.tokens for loss in found if loss is not None]


@pytest.mark.parametrize(
    ("precision", "tolerance"), [("tf32", 2e-3), ("bf16", 2e-2), ("fp16", 5e-3)]
)
def test_the_losses_of_a_lower_precision_agree_within_what_it_allows(
    precision: str, tolerance: float
) -> None:
    exact, found = losses("fp32"), losses(precision)
    assert exact[-1] < exact[0] - 0.2
    skipped = len(exact) - len(found)  # fp16 begins by finding a scale at which nothing overflows
    assert skipped <= (3 if precision == "fp16" else 0)
    assert found == pytest.approx(exact[: len(found)], rel=tolerance)


def test_tf32_is_set_for_the_step_only() -> None:
    before = torch.get_float32_matmul_precision()
    with matrix_products("tf32"):
        assert torch.get_float32_matmul_precision() == "high"
    assert torch.get_float32_matmul_precision() == before


@pytest.mark.parametrize("accumulate", [2, 4])
def test_accumulated_batches_make_the_step_of_one_large_batch(accumulate: int) -> None:
    whole = collate(PAIRS, range(5))
    config = TrainConfig(clip_norm=100.0)
    grown = []
    for batches in ([whole], whole.split(accumulate)):
        torch.manual_seed(2)
        learner = Learner(build_model(MODEL).double(), config)
        learner._accumulate(Step(batches, whole.tokens))
        grown.append([p.grad for p in learner.model.parameters()])
    for one, other in zip(*grown, strict=True):
        assert torch.allclose(one, other, atol=1e-12)
