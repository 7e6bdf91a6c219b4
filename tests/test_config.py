"""Settings: ranges, presets, and JSON in and out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mtkit.card import DataSet, ModelCard, Start, TokenizerCard
from mtkit.config import SearchConfig, TrainConfig, TransformerConfig, override
from mtkit.errors import MtkitError
from mtkit.presets import PRESETS

CARD = ModelCard(
    model=TransformerConfig(),
    training=TrainConfig(),
    source_language="en",
    target_language="de",
    tokenizer=TokenizerCard("unigram", 4000, "0" * 64),
    start=Start("/x/weights.pt", "3" * 64),
    data=(DataSet("train", ("/x/train.en", "/x/train.de"), ("1" * 64, "2" * 64), 3),),
    history={"step": 5},
    scores={"test": {"scores": []}},
)


@pytest.mark.parametrize(
    ("d_model", "heads", "nearest"), [(131, 4, 132), (129, 4, 128), (3, 4, 4), (100, 16, 96)]
)
def test_a_width_that_heads_cannot_share_names_the_nearest(
    d_model: int, heads: int, nearest: int
) -> None:
    with pytest.raises(MtkitError, match=f"d_model {d_model} cannot be shared") as caught:
        TransformerConfig(d_model=d_model, heads=heads)
    assert caught.value.hint.endswith(f"--d-model {nearest}")


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (TransformerConfig, {"heads": 0}, "--heads 0"),
        (TransformerConfig, {"encoder_layers": -1}, "--encoder-layers -1"),
        (TransformerConfig, {"dropout": 1.0}, "--dropout 1.0"),
        (TransformerConfig, {"norm": "sideways"}, "--norm sideways"),
        (TransformerConfig, {"max_positions": 1}, "--max-positions 1"),
        (TrainConfig, {"label_smoothing": -0.1}, "--label-smoothing -0.1"),
        (TrainConfig, {"learning_rate": 0.0}, "--learning-rate 0.0"),
        (TrainConfig, {"learning_rate": float("nan")}, "--learning-rate nan"),
        (TrainConfig, {"tokens_per_batch": 0}, "--tokens-per-batch 0"),
        (TrainConfig, {"max_epochs": None}, "needs a finite limit"),
        (TrainConfig, {"max_steps": 0}, "needs a finite limit"),
        (TrainConfig, {"max_minutes": float("inf")}, "needs a finite limit"),
        (TrainConfig, {"seed": 2**40}, "--seed"),
        (SearchConfig, {"beam_size": 0}, "--beam-size 0"),
        (SearchConfig, {"length_penalty": -1.0}, "--length-penalty -1.0"),
        (SearchConfig, {"beam_size": 2, "n_best": 3}, "no 3 best"),
    ],
)
def test_values_out_of_range_are_refused_by_name(
    kind: type, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(MtkitError, match=message):
        kind(**values)


def test_a_model_card_survives_json() -> None:
    assert ModelCard.from_json(json.loads(json.dumps(CARD.to_json()))) == CARD


def test_a_model_card_of_before_starts_were_recorded_is_read() -> None:
    values = CARD.to_json()
    del values["start"]
    assert ModelCard.from_json(values) == replace(CARD, start=None)


def test_an_unknown_or_missing_key_is_refused() -> None:
    values = CARD.to_json()
    with pytest.raises(MtkitError, match="d_modle"):
        ModelCard.from_json(values | {"model": values["model"] | {"d_modle": 3}})
    with pytest.raises(MtkitError, match="d_model"):
        ModelCard.from_json(values | {"model": values["model"] | {"d_model": 16.0}})
    del values["source_language"]
    with pytest.raises(MtkitError, match="source_language"):
        ModelCard.from_json(values)


def test_options_override_what_they_name_and_nothing_else() -> None:
    config = override(TrainConfig(), {"seed": 7, "patience": None, "d_model": 64})
    assert config == replace(TrainConfig(), seed=7)


def test_a_limit_that_is_named_replaces_those_of_the_preset() -> None:
    config = override(TrainConfig(max_epochs=20), {"max_minutes": 5.0})
    assert (config.max_steps, config.max_epochs, config.max_minutes) == (None, None, 5.0)


def test_base_and_big_are_the_papers() -> None:
    base, big = PRESETS["base"].model, PRESETS["big"].model
    assert (base.d_model, base.d_ff, base.heads, base.encoder_layers) == (512, 2048, 8, 6)
    assert (big.d_model, big.d_ff, big.heads, big.dropout) == (1024, 4096, 16, 0.3)
    assert {base.norm, big.norm} == {"post"}
