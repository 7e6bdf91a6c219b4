"""Parts of the models that the laws do not reach."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from mtkit.config import TransformerConfig
from mtkit.models import build_model, log_probabilities
from mtkit.models.attention import FEW, attend, attend_few
from mtkit.models.dropout import Dropout, byte_mask
from mtkit.models.transformer import sinusoids


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(p: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(8, 50_000)
    dropped = Dropout(p).train()(x)
    count = x.numel()
    met = round(p * 256) / 256
    spread = 5 * math.sqrt(met * (1 - met) / count)
    assert abs((dropped == 0).float().mean().item() - met) < spread
    assert dropped.mean().item() == pytest.approx(1, abs=spread / (1 - met))
    assert abs(met - p) <= 1 / 512


def test_dropout_has_no_bias_by_position_in_a_word_of_eight_bytes() -> None:
    torch.manual_seed(0)
    rows = byte_mask(torch.empty(200_000, 8), 0.5)
    shares = (rows == 0).float().mean(0)
    assert (shares - 0.5).abs().max() < 5 * math.sqrt(0.25 / 200_000)


def test_dropout_does_nothing_at_p_0_or_in_evaluation() -> None:
    x = torch.randn(3, 5)
    assert torch.equal(Dropout(0.0).train()(x), x)
    assert torch.equal(Dropout(0.5).eval()(x), x)


def test_dropout_stops_the_gradient_where_it_drops() -> None:
    torch.manual_seed(0)
    x = torch.randn(40, 40, requires_grad=True)
    y = Dropout(0.5).train()(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad == 0, y == 0)
    assert torch.allclose(x.grad * x, y)


def test_positions_are_the_papers_sinusoids() -> None:
    table = sinusoids(50, 6)
    for position in (0, 1, 49):
        for i in range(3):
            angle = position / 10000 ** (2 * i / 6)
            assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)
    assert sinusoids(4, 5).shape == (4, 5)


def test_one_embedding_serves_source_target_and_output() -> None:
    model = build_model(TransformerConfig(vocab_size=11, d_model=8, heads=2, d_ff=16))
    names = [name for name, weights in model.named_parameters() if 11 in weights.shape]
    assert names == ["embedding.weight"]


def test_the_paper_s_base_model_has_its_65_million_parameters() -> None:
    from mtkit.presets import PRESETS

    with torch.device("meta"):
        model = build_model(PRESETS["base"].model)
    count = sum(weights.numel() for weights in model.parameters())
    assert count == pytest.approx(65e6, rel=0.05)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 0.05)]
)
@pytest.mark.parametrize("queries", [1, FEW, FEW + 1])
def test_few_queries_see_what_many_see(
    queries: int, dtype: torch.dtype, tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    monkeypatch.setattr(
        "mtkit.models.attention.attend_few",
        lambda *tensors: taken.append(tensors) or attend_few(*tensors),
    )
    generator = torch.Generator().manual_seed(1)
    query, key, value = (
        torch.randn(3, 2, length, 8, generator=generator).to(dtype) for length in (queries, 11, 11)
    )
    mask = torch.rand(3, 1, 1, 11, generator=generator) < 0.6
    mask[..., 0] = True
    found = attend(query, key, value, mask, False, Dropout(0.0))
    expected = F.scaled_dot_product_attention(query, key, value, mask)
    assert (found - expected).abs().max() <= tolerance
    assert bool(taken) == (queries <= FEW)
    learning = attend(query.requires_grad_(), key, value, mask, False, Dropout(0.0))
    assert (learning - expected).abs().max() <= (tolerance if dtype == torch.bfloat16 else 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@torch.inference_mode()
def test_log_probabilities_are_those_of_a_softmax(dtype: torch.dtype) -> None:
    logits = 5 * torch.randn(7, 2, 8003, generator=torch.Generator().manual_seed(1)).to(dtype)
    logits[3, 0, 17], logits[4] = -torch.inf, 0
    expected = logits.double().softmax(-1).log()
    for view, goal in ((logits.clone(), expected), (logits.clone()[:, -1], expected[:, -1])):
        found = log_probabilities(view)
        assert found.dtype == torch.promote_types(dtype, torch.float32)
        assert (found.data_ptr() == view.data_ptr()) == (dtype == found.dtype)  # overwritten
        assert torch.allclose(found.double(), goal, atol=1e-5)
