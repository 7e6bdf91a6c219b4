"""Every setting of mtkit, the only place where a default is written, and JSON in and out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from mtkit.errors import MtkitError
from mtkit.ranges import at_least, fraction, one_of, out_of_range

PAD, BOS, EOS, UNK = 0, 1, 2, 3  # ids in every vocabulary: padding, begin, end, unknown
TOKENIZER_KINDS = ("unigram", "bpe", "char", "word")  # the first is the default
NORMS = ("pre", "post")
ACTIVATIONS = ("relu", "gelu")
SCHEDULES = ("linear", "inverse-sqrt")
PRECISIONS = ("auto", "fp32", "bf16")
DEFAULT_PRESET = "tiny"
FORMAT = 1  # of a model directory; the changelog says what a bump means for old models
LIMITS = ("max_steps", "max_epochs", "max_minutes")

Config = TypeVar("Config")
_TYPES: dict[str, tuple[type, ...]] = {  # of the fields that JSON must get right
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of the Transformer, named as in "Attention Is All You Need" (Vaswani et al., 2017)."""

    architecture: str = "transformer"
    vocab_size: int = 4000  # source, target and output share one vocabulary and one embedding
    d_model: int = 128
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 3
    d_ff: int = 512
    dropout: float = 0.15  # on the embeddings and on what each sub-layer adds
    norm: str = "pre"  # "pre" trains without care; "post" is the paper's
    activation: str = "relu"
    max_positions: int = 256  # subword pieces in a sentence, the end mark included

    def __post_init__(self) -> None:
        sizes = ("vocab_size", "d_model", "heads", "encoder_layers", "decoder_layers", "d_ff")
        at_least(self, 1, *sizes)
        at_least(self, 2, "max_positions")
        fraction(self, "dropout")
        one_of(self, "architecture", "transformer")
        one_of(self, "norm", *NORMS)
        one_of(self, "activation", *ACTIVATIONS)
        if self.d_model % self.heads:
            below = max(self.d_model // self.heads, 1) * self.heads
            nearest = min((below, below + self.heads), key=lambda size: abs(size - self.d_model))
            raise MtkitError(
                f"d_model {self.d_model} cannot be shared out among {self.heads} heads",
                f"d_model must be a multiple of heads: the nearest is --d-model {nearest}",
            )


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained.  Of the three limits, the first to be reached ends the run."""

    tokens_per_batch: int = 2048  # rows x longest side, padding included
    learning_rate: float = 5e-3  # what the warm-up rises to
    schedule: str = "linear"  # "linear" to zero at the end, or "inverse-sqrt"
    warmup_steps: int = 400
    label_smoothing: float = 0.1
    weight_decay: float = 0.01
    adam_beta2: float = 0.98
    clip_norm: float = 1.0
    ema_decay: float = 0.998  # of the averaged weights, which are validated and kept
    max_steps: int | None = None
    max_epochs: int | None = 20
    max_minutes: float | None = None
    validate_every: int = 500  # steps
    patience: int = 10  # validations without a better score before training stops
    seed: int = 1
    precision: str = "auto"  # bf16 on a GPU that has it, else fp32

    def __post_init__(self) -> None:
        at_least(self, 1, "tokens_per_batch", "warmup_steps", "validate_every", "patience")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise out_of_range(self, name, "above 0")
        at_least(self, 0, "weight_decay", "seed")
        if self.seed >= 2**32:
            raise out_of_range(self, "seed", "below 2^32")
        fraction(self, "label_smoothing", "ema_decay", "adam_beta2")
        one_of(self, "schedule", *SCHEDULES)
        one_of(self, "precision", *PRECISIONS)
        limits = [getattr(self, name) for name in LIMITS]
        if any(n is not None and not 0 < n < math.inf for n in limits) or not any(limits):
            found = ", ".join(f"{name} is {getattr(self, name)}" for name in LIMITS)
            raise MtkitError(
                f"training needs a finite limit above 0, but {found}",
                "give one of --max-steps, --max-epochs and --max-minutes",
            )


@dataclass(frozen=True)
class SearchConfig:
    """How a translation is searched for."""

    beam_size: int = 5  # 1 is greedy search
    length_penalty: float = 1.0  # alpha of Wu et al. (2016), eq. 14; 0 prefers short outputs
    n_best: int = 1
    batch_tokens: int = 4096  # source pieces in a batch, padding included, over all its rows

    def __post_init__(self) -> None:
        at_least(self, 1, "beam_size", "n_best", "batch_tokens")
        at_least(self, 0, "length_penalty")
        if self.n_best > self.beam_size:
            raise MtkitError(
                f"a beam of {self.beam_size} holds no {self.n_best} best translations",
                f"give --beam-size {self.n_best} or more, or a smaller --n-best",
            )


@dataclass(frozen=True)
class Preset:
    """A model and the way to train it, under one name."""

    model: TransformerConfig
    training: TrainConfig


PRESETS = {
    "tiny": Preset(TransformerConfig(), TrainConfig()),
    "small": Preset(
        TransformerConfig(vocab_size=8000, d_model=256, d_ff=1024, dropout=0.2),
        TrainConfig(tokens_per_batch=4096, learning_rate=2e-3, warmup_steps=1000),
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
PRESETS["base"] = Preset(_paper, _paper_training)
PRESETS["big"] = Preset(
    replace(_paper, d_model=1024, heads=16, d_ff=4096, dropout=0.3),
    replace(_paper_training, learning_rate=5e-4, max_steps=300_000),
)


@dataclass(frozen=True)
class DataSet:
    """A bitext that a model was trained on, or that belongs to the same corpus."""

    role: str  # train, valid, test, ...
    paths: tuple[str, ...]  # of the source and the target file, or of one TSV file
    sha256: tuple[str, ...]  # of the same files
    pairs: int

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DataSet:
        found = read(cls, values)
        return replace(found, paths=tuple(found.paths), sha256=tuple(found.sha256))


@dataclass(frozen=True)
class TokenizerCard:
    """Which tokenizer a model was trained with."""

    kind: str  # one of TOKENIZER_KINDS, or "given" for a file of the user's
    vocab_size: int
    sha256: str


@dataclass(frozen=True)
class ModelCard:
    """All that is known of a model: the `config.json` of its directory."""

    model: TransformerConfig
    training: TrainConfig
    source_language: str
    target_language: str
    tokenizer: TokenizerCard
    data: tuple[DataSet, ...] = ()
    history: Mapping[str, Any] = field(default_factory=dict)  # steps, minutes, tokens_per_second...
    scores: Mapping[str, Any] = field(default_factory=dict)  # by test set
    mtkit: str = ""  # the version that wrote it
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ModelCard:
        """Errors: MtkitError for a missing or unknown key, or a value out of range."""
        card = read(cls, values)
        return replace(
            card,
            model=read(TransformerConfig, values["model"]),
            training=read(TrainConfig, values["training"]),
            tokenizer=read(TokenizerCard, values["tokenizer"]),
            data=tuple(DataSet.from_json(found) for found in values["data"]),
        )


def read(kind: type[Config], values: Mapping[str, Any]) -> Config:
    """A configuration from JSON.

    Errors: MtkitError for a key it lacks or does not know, or a value of the wrong type.
    """
    types = {item.name: str(item.type) for item in fields(kind)}  # type: ignore[arg-type]
    wrong = [
        name
        for name, value in values.items()
        if name not in types or not isinstance(value, _TYPES.get(types[name], object))
    ]
    try:
        if wrong:
            raise TypeError(", ".join(wrong))
        return kind(**values)
    except TypeError as error:
        raise MtkitError(
            f"not a valid {kind.__name__}: {error}",
            "the file was changed by hand or written by another version of mtkit",
        ) from error


def override(config: Config, options: Mapping[str, Any]) -> Config:
    """`config` with the options that the user gave; None and names it does not have are left out.

    A limit that the user names takes the place of the limits that `config` has.
    """
    given = {
        item.name: options[item.name]
        for item in fields(config)  # type: ignore[arg-type]
        if options.get(item.name) is not None
    }
    if any(name in LIMITS for name in given):
        given = dict.fromkeys(LIMITS) | given
    return replace(config, **given)  # type: ignore[type-var]
