"""A trained model as CTranslate2 reads it: a C++ engine for fast translation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn

from mtkit.card import ModelCard
from mtkit.config import BOS, EOS, UNK
from mtkit.engine import ExportCard, installed
from mtkit.errors import MtkitError
from mtkit.models import Seq2Seq, Transformer
from mtkit.models.transformer import Decoder, Encoder
from mtkit.places import cannot_write
from mtkit.tokenizer import Tokenizer

EXPORTED = ("layernorm", "relu"), ("layernorm", "gelu")  # kinds of norm and activation


def export(model: Seq2Seq, tokenizer: Tokenizer, card: ModelCard, out: Path) -> None:
    """The model in float32, its tokenizer and what mtkit needs to know, into the directory `out`.

    Errors: MtkitError for a model that is no Transformer, without CTranslate2, or where it cannot
    be written.
    """
    if not isinstance(model, Transformer):
        raise MtkitError("only a Transformer can be exported", "translate with mtkit itself")
    if (model.config.norm_type, model.config.activation) not in EXPORTED:
        raise MtkitError(
            f"a Transformer with {model.config.norm_type} and {model.config.activation} "
            "cannot be exported",
            "CTranslate2 takes layernorm with relu or gelu; translate with mtkit itself",
        )
    try:
        specification(model, tokenizer).save(str(out))
        (out / Tokenizer.FILE_NAME).write_bytes(tokenizer.model)
        positions = card.model.max_positions
        ExportCard(card.source_language, card.target_language, positions, card.tag).save(out)
    except OSError as error:
        raise cannot_write(out, error) from error


def specification(model: Transformer, tokenizer: Tokenizer) -> Any:
    """The model as CTranslate2 describes one, complete and checked by it."""
    specs, config = installed().specs, model.config
    activation = specs.Activation.GELU if config.activation == "gelu" else specs.Activation.RELU
    spec = specs.TransformerSpec.from_config(
        (config.encoder_layers, config.decoder_layers),
        config.heads,
        pre_norm=config.norm == "pre",
        activation=activation,
    )
    _set_side(spec.encoder, spec.encoder.embeddings[0], model, model.encoder)
    _set_side(spec.decoder, spec.decoder.embeddings, model, model.decoder)
    spec.decoder.projection.weight = array(model.embedding.weight)
    pieces = [tokenizer.piece(token) for token in range(tokenizer.vocab_size)]
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.bos_token, spec.config.eos_token = pieces[BOS], pieces[EOS]
    spec.config.decoder_start_token = pieces[BOS]
    spec.config.unk_token = pieces[UNK]
    spec.config.layer_norm_epsilon = 1e-5
    spec.config.add_source_eos = True
    spec.validate()
    spec.optimize()
    return spec


def array(tensor: Tensor) -> Any:
    """A copy in numpy, which CTranslate2 may change."""
    return tensor.detach().float().cpu().contiguous().numpy().copy()


def _set_linear(spec: Any, layer: nn.Linear) -> None:
    spec.weight, spec.bias = array(layer.weight), array(layer.bias)


def _set_norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = array(norm.weight), array(norm.bias)


def _set_side(spec: Any, embeddings: Any, model: Transformer, side: Encoder | Decoder) -> None:
    """Encoder or decoder: embeddings, positions, blocks."""
    embeddings.weight = array(model.embedding.weight)
    spec.scale_embeddings = True
    spec.position_encodings.encodings = array(model.positions)
    if model.config.norm == "pre":
        _set_norm(spec.layer_norm, cast(nn.LayerNorm, side.norm))
    block: Any  # the type checker cannot know what a ModuleList holds
    for layer, block in zip(spec.layer, side.blocks, strict=True):
        _set_linear(layer.self_attention.linear[0], block.self_attention.qkv)
        _set_linear(layer.self_attention.linear[1], block.self_attention.out)
        _set_norm(layer.self_attention.layer_norm, block.self_residual.norm)
        if hasattr(layer, "attention"):
            _set_linear(layer.attention.linear[0], block.cross_attention.query)
            _set_linear(layer.attention.linear[1], block.cross_attention.key_value)
            _set_linear(layer.attention.linear[2], block.cross_attention.out)
            _set_norm(layer.attention.layer_norm, block.cross_residual.norm)
        _set_linear(layer.ffn.linear_0, block.feed_forward[0])
        _set_linear(layer.ffn.linear_1, block.feed_forward[2])
        _set_norm(layer.ffn.layer_norm, block.feed_residual.norm)
