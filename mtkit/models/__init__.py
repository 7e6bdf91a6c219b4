"""The models: what training and search ask of one, and the Transformer."""

from mtkit.config import TransformerConfig
from mtkit.models.seq2seq import Seq2Seq, log_probabilities, select_rows
from mtkit.models.transformer import Transformer

__all__ = ["Seq2Seq", "Transformer", "build_model", "log_probabilities", "select_rows"]


def build_model(config: TransformerConfig) -> Seq2Seq:
    """A model with fresh weights."""
    return Transformer(config)
