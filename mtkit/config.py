"""Every setting of mtkit, the only place where a default is written, and JSON in and out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from mtkit.errors import MtkitError
from mtkit.ranges import at_least, fraction, one_of, out_of_range

PAD, BOS, EOS, UNK = 0, 1, 2, 3  # ids in every vocabulary: padding, begin, end, unknown
TOKENIZER_KINDS = ("unigram", "bpe", "char", "word")  # the first is the default
ARCHITECTURES = ("transformer", "lstm-attention", "lstm")  # the first is the default
NORMS = ("pre", "post")
NORM_TYPES = ("layernorm", "rmsnorm", "batchnorm")
ACTIVATIONS = ("relu", "gelu", "tanh", "swiglu")
SCHEDULES = ("linear", "cosine", "inverse-sqrt", "constant", "plateau")
OPTIMIZERS = ("adamw", "muon")
PRECISIONS = ("auto", "fp32", "tf32", "bf16", "fp16")
SEARCH_PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")
NORMALISATIONS = ("wu", "average")  # of log-probabilities by length
LIMITS = ("max_steps", "max_epochs", "max_minutes")

Config = TypeVar("Config")
_TYPES: dict[str, tuple[type, ...]] = {  # of the fields that JSON must get right
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
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
    dropout: float = 0.15  # on what each sub-layer adds
    embedding_dropout: float | None = None  # on embedding plus position; None: as `dropout`
    attention_dropout: float = 0.0  # on the weights of attention
    activation_dropout: float = 0.0  # inside the feed-forward layers
    norm: str = "pre"  # "pre" trains without care; "post" is the paper's
    norm_type: str = "layernorm"
    activation: str = "relu"
    max_positions: int = 256  # subword pieces in a sentence, the end mark included

    def __post_init__(self) -> None:
        sizes = ("vocab_size", "d_model", "heads", "encoder_layers", "decoder_layers", "d_ff")
        at_least(self, 1, *sizes)
        at_least(self, 2, "max_positions")
        fraction(self, "dropout", "on_embeddings", "attention_dropout", "activation_dropout")
        one_of(self, "architecture", "transformer")
        one_of(self, "norm", *NORMS)
        one_of(self, "norm_type", *NORM_TYPES)
        one_of(self, "activation", *ACTIVATIONS)
        if self.d_model % self.heads:
            below = max(self.d_model // self.heads, 1) * self.heads
            nearest = min((below, below + self.heads), key=lambda size: abs(size - self.d_model))
            raise MtkitError(
                f"d_model {self.d_model} cannot be shared out among {self.heads} heads",
                f"d_model must be a multiple of heads: the nearest is --d-model {nearest}",
            )

    @property
    def on_embeddings(self) -> float:
        """The probability of dropout on the embeddings."""
        return self.dropout if self.embedding_dropout is None else self.embedding_dropout


@dataclass(frozen=True)
class LSTMConfig:
    """Sizes of the recurrent models: "lstm" has a vector of fixed size between its two sides."""

    architecture: str = "lstm-attention"
    vocab_size: int = 4000  # source, target and output share one vocabulary and one embedding
    d_model: int = 256  # of embeddings and states; each direction of the encoder has half of it
    encoder_layers: int = 2
    decoder_layers: int = 2  # as many: each starts from the state of the encoder's layer beside it
    dropout: float = 0.2  # between layers
    embedding_dropout: float | None = None  # None: as `dropout`
    max_positions: int = 256  # subword pieces in a sentence, the end mark included

    def __post_init__(self) -> None:
        at_least(self, 1, "vocab_size", "encoder_layers")
        at_least(self, 2, "d_model", "max_positions")
        fraction(self, "dropout", "on_embeddings")
        one_of(self, "architecture", "lstm", "lstm-attention")
        if self.d_model % 2:
            raise out_of_range(self, "d_model", "even: each direction of the encoder has half")
        if self.decoder_layers != self.encoder_layers:
            raise MtkitError(
                f"{self.encoder_layers} encoder layers and {self.decoder_layers} decoder layers",
                "an LSTM has as many of one as of the other: give both options",
            )

    @property
    def on_embeddings(self) -> float:
        """The probability of dropout on the embeddings."""
        return self.dropout if self.embedding_dropout is None else self.embedding_dropout


ModelConfig = TransformerConfig | LSTMConfig


@dataclass(frozen=True)
class TrainConfig:
    """How a model is trained.  Of the three limits, the first to be reached ends the run."""

    tokens_per_batch: int = 2048  # rows x longest side, padding included
    accumulate: int = 1  # batches whose gradients are added up for one step
    optimizer: str = "adamw"  # or "muon", for the matrices inside the blocks
    learning_rate: float = 5e-3  # what the warm-up rises to
    schedule: str = "linear"  # how it falls after the warm-up
    warmup_steps: int = 400
    plateau_patience: int = 2  # validations without a better score before "plateau" halves the rate
    label_smoothing: float = 0.1
    r_drop: float = 0.0  # weight of the consistency loss; 0 without
    subword_sampling: float | None = None  # alpha of the cuts drawn each epoch; None, 0 without
    bidirectional: bool = False  # learn both directions at once
    weight_decay: float = 0.01
    adam_beta2: float = 0.98
    clip_norm: float = 1.0
    ema_decay: float = 0.998  # of the averaged weights, which are validated and kept
    keep_last: int = 0  # checkpoints of the last so many validations, for `mtkit average`
    keep_best: int = 0
    max_steps: int | None = None
    max_epochs: int | None = 20
    max_minutes: float | None = None
    validate_every: int = 500  # steps
    patience: int = 10  # validations without a better score before training stops
    seed: int = 1
    precision: str = "auto"  # bf16 on a GPU that has it, or for a wide model on a CPU with AMX

    def __post_init__(self) -> None:
        at_least(self, 1, "tokens_per_batch", "accumulate", "warmup_steps", "plateau_patience")
        at_least(self, 1, "validate_every", "patience")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise out_of_range(self, name, "above 0")
        at_least(self, 0, "weight_decay", "r_drop", "keep_last", "keep_best", "seed")
        if self.subword_sampling is not None:
            at_least(self, 0, "subword_sampling")
            object.__setattr__(self, "subword_sampling", self.subword_sampling or None)
        if self.seed >= 2**32:
            raise out_of_range(self, "seed", "below 2^32")
        fraction(self, "label_smoothing", "ema_decay", "adam_beta2")
        one_of(self, "schedule", *SCHEDULES)
        one_of(self, "optimizer", *OPTIMIZERS)
        one_of(self, "precision", *PRECISIONS)
        limits = [getattr(self, name) for name in LIMITS]
        if any(n is not None and not 0 < n < math.inf for n in limits) or not any(limits):
            found = ", ".join(f"{name} is {getattr(self, name)}" for name in LIMITS)
            raise MtkitError(
                f"training needs a finite limit above 0, but {found}",
                "give one of --max-steps, --max-epochs and --max-minutes",
            )


@dataclass(frozen=True)
class SamplingConfig:
    """How translations are drawn at random."""

    samples: int = 1  # for each sentence
    temperature: float = 1.0  # below 1 the likely becomes likelier
    top_k: int = 0  # only so many words may come; 0: all
    top_p: float = 1.0  # only the likeliest words that together have this probability may come
    seed: int = 1

    def __post_init__(self) -> None:
        at_least(self, 1, "samples")
        at_least(self, 0, "top_k", "seed")
        if not 0 < self.temperature < math.inf:
            raise out_of_range(self, "temperature", "above 0")
        if not 0 < self.top_p <= 1:
            raise out_of_range(self, "top_p", "above 0 and at most 1")


@dataclass(frozen=True)
class SearchConfig:
    """How a translation is searched for.  Lengths are in pieces, the end mark left out."""

    beam_size: int = 5  # 1 is greedy search
    length_penalty: float = 1.0  # alpha of Wu et al. (2016), eq. 14; 0 prefers short outputs
    n_best: int = 1
    batch_tokens: int = 4096  # source pieces in a batch, padding included, over all its rows
    normalisation: str = "wu"  # or "average": ranked by the mean log-probability of a token
    min_length: int = 0
    max_length: int | None = None  # None: by the length of the source
    no_repeat_ngram: int = 0  # no sequence of so many pieces is said twice; 0: it may
    sampling: SamplingConfig | None = None  # instead of beam search
    mbr: bool = False  # rank samples by what they have in common
    split_sentences: bool = True  # translate the sentences of a line one by one
    shortlist: bool = False  # only words that may translate the source, by the model's lexicon
    precision: str = "auto"  # auto: what the model was trained in; int8: on a CPU

    def __post_init__(self) -> None:
        at_least(self, 1, "beam_size", "n_best", "batch_tokens")
        at_least(self, 0, "length_penalty", "min_length", "no_repeat_ngram")
        one_of(self, "normalisation", *NORMALISATIONS)
        one_of(self, "precision", *SEARCH_PRECISIONS)
        if self.max_length is not None:
            at_least(self, max(self.min_length, 1), "max_length")
        if self.n_best > self.width:
            what = "so few samples hold" if self.sampling else f"a beam of {self.beam_size} holds"
            raise MtkitError(
                f"{what} no {self.n_best} best translations",
                f"give --beam-size {self.n_best} or more, or a smaller --n-best",
            )

        if self.mbr and not self.sampling:
            raise MtkitError("minimum Bayes risk needs samples", "give a sampling configuration")

    def check_positions(self, positions: int) -> None:
        """Errors: MtkitError for a minimum length that a model of so many positions cannot say."""
        if self.min_length >= positions:
            raise MtkitError(
                f"--min-length {self.min_length} is more than the model can say",
                f"it must be below the model's {positions} positions",
            )

    @property
    def source_budget(self) -> int:
        """`batch_tokens`, less where more hypotheses than usual are kept of each sentence."""
        usual = SearchConfig.beam_size
        return max(self.batch_tokens * usual // max(self.width, usual), 1)

    @property
    def width(self) -> int:
        """Hypotheses that are kept of each sentence."""
        return self.sampling.samples if self.sampling else self.beam_size


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


def read_model(values: Mapping[str, Any]) -> ModelConfig:
    """The sizes of a model from JSON.  Errors: those of `read`."""
    lstm = str(values.get("architecture", "")).startswith("lstm")
    return read(LSTMConfig, values) if lstm else read(TransformerConfig, values)


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
