"""Whole recipes under one name: a model and the way to train it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mtkit.config import LSTMConfig, ModelConfig, TrainConfig, TransformerConfig

DEFAULT_PRESET = "tiny"


@dataclass(frozen=True)
class Preset:
    """A model and the way to train it, under one name."""

    model: TransformerConfig
    training: TrainConfig
    lstm_width: int  # of a recurrent model with about as many parameters

    def sizes(self, architecture: str | None = None) -> ModelConfig:
        """The model; of another architecture, one with about as many parameters."""
        if architecture in (None, self.model.architecture):
            return self.model
        same = self.model.vocab_size, self.lstm_width
        longest = self.model.max_positions
        return LSTMConfig(
            str(architecture), *same, dropout=self.model.dropout, max_positions=longest
        )


PRESETS = {
    "tiny": Preset(TransformerConfig(), TrainConfig(optimizer="muon"), lstm_width=208),
    "fast": Preset(  # a deep encoder and a shallow decoder (Kasai et al., 2021)
        TransformerConfig(vocab_size=8000, encoder_layers=6, decoder_layers=1),
        TrainConfig(optimizer="muon"),
        lstm_width=184,
    ),
    "small": Preset(
        TransformerConfig(vocab_size=8000, d_model=256, d_ff=1024, dropout=0.2),
        TrainConfig(tokens_per_batch=4096, learning_rate=2e-3, warmup_steps=1000),
        lstm_width=414,
    ),
}
_paper = TransformerConfig(
    vocab_size=37000, d_model=512, heads=8, encoder_layers=6, decoder_layers=6, d_ff=2048,
    dropout=0.1, norm="post",
)  # fmt: skip
_paper_training = TrainConfig(
    tokens_per_batch=25000, learning_rate=7e-4, schedule="inverse-sqrt", warmup_steps=4000,
    weight_decay=0.0, max_steps=100_000, max_epochs=None, validate_every=1000, ema_decay=0.999,
)  # fmt: skip
PRESETS["base"] = Preset(_paper, _paper_training, lstm_width=964)
PRESETS["big"] = Preset(
    replace(_paper, d_model=1024, heads=16, d_ff=4096, dropout=0.3),
    replace(_paper_training, learning_rate=5e-4, max_steps=300_000),
    lstm_width=2140,
)
