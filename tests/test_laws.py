"""What holds for every model that training and search are given."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mtkit.batches import EncodedPair, collate, token_batches
from mtkit.card import ModelCard, TokenizerCard
from mtkit.checkpoint import load_model, save_model
from mtkit.config import (
    BOS,
    EOS,
    PAD,
    UNK,
    LSTMConfig,
    ModelConfig,
    SearchConfig,
    TrainConfig,
    TransformerConfig,
)
from mtkit.models import Seq2Seq, build_model, past
from mtkit.models.lstm import LSTM
from mtkit.models.seq2seq import select_rows
from mtkit.search import Ensemble, beam, beam_search, length_penalty, longest_output
from mtkit.search.beam import places
from mtkit.tokenizer import Tokenizer

SIZES = {
    "vocab_size": 30, "d_model": 16, "heads": 4, "encoder_layers": 2, "decoder_layers": 3,
    "d_ff": 32, "max_positions": 40,
}  # fmt: skip
CONFIGS = {
    "pre-norm Transformer": TransformerConfig(**SIZES, norm="pre"),
    "post-norm Transformer": TransformerConfig(**SIZES, norm="post", activation="gelu"),
    "RMSNorm and SwiGLU": TransformerConfig(**SIZES, norm_type="rmsnorm", activation="swiglu"),
    "BatchNorm and tanh": TransformerConfig(**SIZES, norm_type="batchnorm", activation="tanh"),
    "LSTM": LSTMConfig("lstm", 30, d_model=16, max_positions=40),
    "LSTM with attention": LSTMConfig("lstm-attention", 30, d_model=16, max_positions=40),
}
every_architecture = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())


def make_model(config: ModelConfig) -> Seq2Seq:
    """A model of float64 whose random weights are large enough for it to have opinions."""
    torch.manual_seed(7)
    model = build_model(config).double().requires_grad_(False)
    for weights in model.parameters():
        weights.add_(torch.randn_like(weights) * 0.3)
    if getattr(config, "norm_type", "") == "batchnorm":  # it has to see what is usual
        seen = [sentences(*lengths, vocab_size=config.vocab_size) for lengths in ((9, 5), (7, 8))]
        for _ in range(20):
            model.train()(*seen)
    return model.eval()


def sentences(*lengths: int, vocab_size: int = 30) -> Tensor:
    """Random ids, a row of each length, padded to the longest; each row ends in EOS."""
    rows = torch.full((len(lengths), max(lengths)), PAD)
    generator = torch.Generator().manual_seed(3)
    for row, length in zip(rows, lengths, strict=True):
        row[:length] = torch.randint(UNK + 1, vocab_size, (length,), generator=generator)
        row[length - 1] = EOS
    return rows


@every_architecture
def test_step_by_step_equals_all_at_once(config: ModelConfig) -> None:
    model, source, target = make_model(config), sentences(5, 9, 3), sentences(7, 4, 6)
    whole = model(source, target)
    memory, state = model.encode(source)
    steps = []
    for column in target.split(1, dim=1):
        logits, state = model.decode(column, memory, state)
        steps.append(logits)
    assert (torch.cat(steps, 1) - whole).abs().max() <= 1e-12


@every_architecture
@pytest.mark.parametrize("few", [1, past.FEW])  # rows below which a cache is not kept in place
@torch.no_grad()
def test_targets_continue_the_rows_of_the_state_that_are_named(
    config: ModelConfig, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "FEW", few)
    model, source = make_model(config), sentences(5, 9)
    memory, state = model.encode(source)
    said, rows = sentences(7, 7, 7, 7, 7, 7), torch.tensor([0, 0, 0, 1, 1, 1])  # K = 3
    history = said[:, :0]
    for step, parents in enumerate(([0, 1, 2, 3, 4, 5], [2, 2, 0, 3, 5, 3], [1, 1, 2, 3, 4, 3])):
        history = torch.cat((history[parents], said[:, step : step + 1]), 1)
        rows = torch.tensor(parents) if step else rows  # at first the state is the encoder's
        logits, state = model.decode(history[:, -1:], memory, state, rows)
        whole = model(source.repeat_interleave(3, 0), history)
        assert (logits[:, 0] - whole[:, -1]).abs().max() <= 1e-12


@every_architecture
def test_padding_does_not_matter(config: ModelConfig) -> None:
    model, source, target = make_model(config), sentences(5, 12, 3), sentences(7, 4, 11)
    together = model(source, target)
    for row in range(3):
        s, t = int((source[row] != PAD).sum()), int((target[row] != PAD).sum())
        alone = model(source[row : row + 1, :s], target[row : row + 1, :t])
        assert (together[row, :t] - alone[0]).abs().max() <= 1e-12


@every_architecture
def test_no_position_sees_a_later_one(config: ModelConfig) -> None:
    model, source, target = make_model(config), sentences(6), sentences(9)
    before = model(source, target)
    for k in range(1, 9):
        changed = target.clone()
        changed[:, k:] = (changed[:, k:] + 5) % 30
        after = model(source, changed)
        assert torch.equal(after[:, :k], before[:, :k])
        assert not torch.equal(after[:, k:], before[:, k:])


def greedy(model: Seq2Seq, source: Tensor, positions: int) -> list[int]:
    """The oracle: no cache, no batch, no beam."""
    target = [BOS]
    while len(target) < longest_output(source.size(1), positions):
        logits = model(source, torch.tensor([target]))[0, -1]
        logits[[PAD, BOS, UNK]] = -torch.inf
        target.append(int(logits.argmax()))
        if target[-1] == EOS:
            return target[1:-1]
    return target[1:]


@every_architecture
def test_a_beam_of_one_is_greedy_search(config: ModelConfig) -> None:
    model = make_model(config)
    lengths = [1, 2, 3, 5, 8, 13]
    source = sentences(*lengths)
    found = beam_search(model, source, SearchConfig(beam_size=1), config.max_positions)
    for row, length in enumerate(lengths):
        alone = greedy(model, source[row : row + 1, :length], config.max_positions)
        assert found[row][0].tokens == alone


@every_architecture
@pytest.mark.parametrize("beam_size", [1, 4])
def test_batching_does_not_change_the_search(config: ModelConfig, beam_size: int) -> None:
    model, search = make_model(config), SearchConfig(beam_size=beam_size, n_best=beam_size)
    lengths = [2, 9, 1, 6, 4]
    source = sentences(*lengths)
    together = beam_search(model, source, search, config.max_positions)
    for row, length in enumerate(lengths):
        row_alone = source[row : row + 1, :length]
        [alone] = beam_search(model, row_alone, search, config.max_positions)
        assert [h.tokens for h in together[row]] == [h.tokens for h in alone]
        assert [h.score for h in together[row]] == pytest.approx([h.score for h in alone], abs=1e-9)


@pytest.mark.parametrize("kind", ["pre-norm Transformer", "LSTM with attention", "an ensemble"])
@pytest.mark.parametrize("spare", [1, past.SPARE])
@pytest.mark.parametrize(("beam_size", "n_best"), [(5, 1), (5, 5), (8, 3)])
def test_search_finds_the_same_whatever_stays_in_place(
    kind: str, beam_size: int, n_best: int, spare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = list(CONFIGS)[::5] if kind == "an ensemble" else [kind]
    models = [make_model(CONFIGS[name]) for name in kinds]
    model = Ensemble(models) if len(models) > 1 else models[0]
    source = sentences(*range(1, 14), *range(2, 9))
    search = SearchConfig(beam_size=beam_size, n_best=n_best)
    kept, step_of = [], past.Step.of
    monkeypatch.setattr(past.Step, "of", lambda *seen: kept.append(step_of(*seen)) or kept[-1])
    for module in (past, beam):
        monkeypatch.setattr(module, "FEW", 10**6)
    anew = beam_search(model, source, search, 40)
    assert not any(step.moves for step in kept)
    for module in (past, beam):
        monkeypatch.setattr(module, "FEW", 1)
    monkeypatch.setattr(past, "SPARE", spare)
    in_place = beam_search(model, source, search, 40)
    assert any(step.moves and len(step.moves[0]) for step in kept) == (
        kind != "LSTM with attention"
    )
    for one, other in zip(anew, in_place, strict=True):
        assert [found.tokens for found in one] == [found.tokens for found in other]
        scores = [found.score for found in other]
        assert [found.score for found in one] == pytest.approx(scores, abs=1e-9)


def test_only_what_differs_is_copied() -> None:
    said = torch.tensor([[0, 5, 6, 7], [0, 5, 6, 8], [0, 5, 9, 7], [1, 5, 6, 7]])
    sources, targets = past.differences(said, torch.tensor([0, 0, 1, 2]), room=10)
    assert sources.tolist() == [20, 11, 21, 2, 12, 22]  # row 3 is of another sentence
    assert targets.tolist() == [21, 12, 22, 3, 13, 23]
    sources, targets = past.differences(said, torch.tensor([0, 1, 2]), room=10)
    assert sources.tolist() == targets.tolist() == []


def test_the_first_hypothesis_of_each_stays_in_its_place() -> None:
    parents = torch.tensor([[2, 2, 0, 2], [0, 1, 2, 3], [3, 3, 3, 3]])
    kept = parents.gather(1, places(parents))
    assert kept.tolist() == [[0, 2, 2, 2], [0, 1, 2, 3], [3, 3, 3, 3]]
    assert places(parents).tolist() == [[2, 1, 0, 3], [0, 1, 2, 3], [1, 2, 3, 0]]


@pytest.mark.parametrize("kind", ["pre-norm Transformer", "LSTM"])
def test_a_beam_finds_its_way_out_of_a_loop(kind: str) -> None:
    model, source = make_model(CONFIGS[kind]), sentences(*range(1, 14))
    alone, beam = (
        [found.loops for [found] in beam_search(model, source, SearchConfig(width), 40)]
        for width in (1, 4)
    )
    assert any(alone)
    assert not any(beam)


@every_architecture
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_wide_enough_beam_finds_what_exhaustive_search_finds(
    config: ModelConfig, alpha: float
) -> None:
    vocab_size, longest = UNK + 1 + 6, 4
    model = make_model(replace(config, vocab_size=vocab_size))
    source = sentences(5, vocab_size=vocab_size)
    scores: dict[tuple[int, ...], float] = {}
    for length in range(longest):
        for words in product(range(UNK + 1, vocab_size), repeat=length):
            said = torch.tensor([[*words, EOS]])
            logits = model(source, torch.tensor([[BOS, *words]]))
            total = logits.log_softmax(-1).gather(2, said[..., None]).sum().item()
            scores[words] = total / length_penalty(length + 1, alpha)
    best = sorted(scores, key=lambda words: -scores[words])[:10]
    search = SearchConfig(beam_size=len(scores), n_best=10, length_penalty=alpha)
    [found] = beam_search(model, source, search, longest)
    assert [tuple(h.tokens) for h in found] == best
    assert [h.score for h in found] == pytest.approx([scores[words] for words in best])


@every_architecture
def test_a_saved_model_gives_identical_logits(config: ModelConfig, tmp_path: Path) -> None:
    tokenizer = Tokenizer.fit(["abcdefgh ijklmn opqrst uvwxyz"], 34, kind="char")
    config = replace(config, vocab_size=tokenizer.vocab_size)
    model = build_model(config).eval()
    seen = TokenizerCard("char", tokenizer.vocab_size, tokenizer.sha256)
    card = ModelCard(config, TrainConfig(), "en", "de", seen)
    save_model(tmp_path, card, tokenizer, model.state_dict())
    loaded, same_tokenizer, same_card = load_model(tmp_path)
    source, target = sentences(5, 3), sentences(4, 6)
    assert torch.equal(loaded(source, target), model(source, target))
    assert same_tokenizer.encode("fed up") == tokenizer.encode("fed up")
    assert same_card == card


def test_every_pair_comes_once_an_epoch_within_the_budget_and_the_same_seed_repeats() -> None:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.randint(1, 40, (500, 2), generator=generator).tolist()
    pairs = [EncodedPair([9] * s, [9] * (t + 1)) for s, t in lengths]
    batches = token_batches(pairs, 120, torch.Generator().manual_seed(5))
    assert sorted(row for rows in batches for row in rows) == list(range(500))
    for rows in batches:
        batch = collate(pairs, rows)
        assert batch.source.numel() <= 120
        assert batch.target[:, 1:].numel() <= 120
    again = token_batches(pairs, 120, torch.Generator().manual_seed(5))
    assert again == batches
    assert token_batches(pairs, 120, torch.Generator().manual_seed(6)) != batches


def copy_attention(ours: nn.Module, theirs: nn.MultiheadAttention) -> None:
    """The oracle keeps query, key and value as one matrix, as our self-attention does."""
    if hasattr(ours, "qkv"):
        weights, biases = ours.qkv.weight, ours.qkv.bias
    else:
        weights = torch.cat((ours.query.weight, ours.key_value.weight))
        biases = torch.cat((ours.query.bias, ours.key_value.bias))
    theirs.in_proj_weight.copy_(weights)
    theirs.in_proj_bias.copy_(biases)
    theirs.out_proj.load_state_dict(ours.out.state_dict())


def oracle(block: nn.Module, config: TransformerConfig) -> nn.Module:
    """PyTorch's own layer with the weights of our block."""
    decoder = hasattr(block, "cross_attention")
    layer = nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer
    theirs = layer(
        config.d_model, config.heads, config.d_ff, dropout=0.0, activation=config.activation,
        batch_first=True, norm_first=config.norm == "pre",
    ).double().eval()  # fmt: skip
    copy_attention(block.self_attention, theirs.self_attn)
    if decoder:
        copy_attention(block.cross_attention, theirs.multihead_attn)
    norms = [block.self_residual.norm, block.feed_residual.norm]
    norms[1:1] = [block.cross_residual.norm] if decoder else []
    for number, norm in enumerate(norms, 1):
        getattr(theirs, f"norm{number}").load_state_dict(norm.state_dict())
    theirs.linear1.load_state_dict(block.feed_forward[0].state_dict())
    theirs.linear2.load_state_dict(block.feed_forward[2].state_dict())
    return theirs


@torch.no_grad()
@pytest.mark.parametrize("config", list(CONFIGS.values())[:2], ids=list(CONFIGS)[:2])
def test_the_transformer_equals_pytorchs_own_layers(config: TransformerConfig) -> None:
    model, source, target = make_model(config), sentences(5, 9, 3), sentences(7, 4, 6)
    x, padding = model.embed(source), source == PAD
    for block in model.encoder.blocks:
        x = oracle(block, config)(x, src_key_padding_mask=padding)
    memory = model.encoder.norm(x)
    y = model.embed(target)
    later = torch.ones(7, 7, dtype=torch.bool).triu(1)
    for block in model.decoder.blocks:
        y = oracle(block, config)(
            y, memory, tgt_mask=later, tgt_is_causal=True, memory_key_padding_mask=padding
        )
    expected = model.logits(model.decoder.norm(y))
    assert (model(source, target) - expected).abs().max() <= 1e-12


def pytorchs_lstm(layer: LSTM, width: int) -> nn.LSTM:
    """PyTorch's own LSTM with the weights of one of our layers; its gates are in another order."""
    theirs = nn.LSTM(layer.input.in_features, width, batch_first=True).double()
    order = [0, 1, 3, 2]  # input, forget, output, cell -> input, forget, cell, output
    for ours, name in (
        (layer.input.weight, "weight_ih_l0"), (layer.recurrent.weight, "weight_hh_l0"),
        (layer.input.bias, "bias_ih_l0"),
    ):  # fmt: skip
        parts = ours.chunk(4)
        getattr(theirs, name).copy_(torch.cat([parts[i] for i in order]))
    theirs.bias_hh_l0.zero_()
    return theirs


@torch.no_grad()
def test_the_lstm_equals_pytorchs_own() -> None:
    model, source = make_model(CONFIGS["LSTM"]), sentences(5, 9, 3)
    x = model.embed(source)
    outputs, (last, cells) = model.encoder(x, (source != PAD)[:, :, None])
    for number, (ahead, back) in enumerate(
        zip(model.encoder.forwards, model.encoder.backwards, strict=True)
    ):
        pair = [pytorchs_lstm(layer, 8) for layer in (ahead, back)]
        sides = []
        for row, length in enumerate((5, 9, 3)):
            alone = x[row : row + 1, :length]
            right, (h, c) = pair[0](alone)
            left, (h_back, c_back) = pair[1](alone.flip(1))
            sides.append(torch.cat((right, left.flip(1)), -1)[0])
            for ours, theirs in ((last, (h, h_back)), (cells, (c, c_back))):
                expected = torch.cat(theirs, -1)[0, 0]
                assert (ours[row, number] - expected).abs().max() <= 1e-12
        x = nn.utils.rnn.pad_sequence(sides, batch_first=True)
    for row, length in enumerate((5, 9, 3)):
        assert (outputs[row, :length] - x[row, :length]).abs().max() <= 1e-12
    target = sentences(7, 4, 6)
    y, states = model.embed(target), (last, cells)
    for number, layer in enumerate(model.decoder.layers):
        begin = tuple(part[:, number][None].contiguous() for part in states)
        y, _ = pytorchs_lstm(layer, 16)(y, begin)
    assert (model.logits(y) - model(source, target)).abs().max() <= 1e-12


@torch.no_grad()
def test_without_attention_all_that_is_known_of_the_source_is_of_one_size() -> None:
    for name, sizes in (("LSTM", set()), ("LSTM with attention", {7, 20})):
        model = make_model(CONFIGS[name])
        found = [model.encode(sentences(length)) for length in (7, 20)]
        assert {tuple(part.shape for part in state) for _, state in found} == {((1, 2, 16),) * 2}
        assert {part.size(1) for memory, _ in found for part in memory} == sizes


@torch.no_grad()
def test_attention_is_a_weighted_mean_of_the_source() -> None:
    model, source, target = (
        make_model(CONFIGS["LSTM with attention"]),
        sentences(5, 3),
        sentences(4, 4),
    )
    weights = model.alignment(source, target)
    assert weights.shape == (2, 4, 5)
    assert (weights.sum(-1) - 1).abs().max() <= 1e-12
    assert weights[1, :, 3:].abs().max() == 0
    (outputs, _), state = model.encode(source)
    hidden, _ = model.decoder(model.embed(target), state)
    for row in range(2):
        for step in range(4):
            looked = sum(weights[row, step, s] * outputs[row, s] for s in range(5))
            joined = torch.cat((looked, hidden[row, step]))
            expected = (model.attention.combine.weight @ joined).tanh() @ model.embedding.weight.T
            assert (model(source, target)[row, step] - expected).abs().max() <= 1e-12


def test_rows_can_be_repeated_reordered_and_dropped() -> None:
    a, b = torch.arange(3), torch.arange(6).view(3, 2)
    one, two = select_rows((a, b), torch.tensor([2, 0, 2]))
    assert one.tolist() == [2, 0, 2]
    assert two.tolist() == [[4, 5], [0, 1], [4, 5]]
