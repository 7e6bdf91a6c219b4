"""The models: what training and search ask of one, the Transformer, and those before it."""

from mtkit.config import LSTMConfig, ModelConfig
from mtkit.models.int8 import has_int8_instructions, quantize
from mtkit.models.lstm import LSTMSeq2Seq
from mtkit.models.seq2seq import Seq2Seq, log_probabilities
from mtkit.models.transformer import Transformer

__all__ = [
    "LSTMSeq2Seq", "Seq2Seq", "Transformer", "build_model", "has_int8_instructions",
    "log_probabilities", "quantize",
]  # fmt: skip


def build_model(config: ModelConfig) -> Seq2Seq:
    """A model with fresh weights."""
    return LSTMSeq2Seq(config) if isinstance(config, LSTMConfig) else Transformer(config)
