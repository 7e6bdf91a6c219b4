"""The model card: all that is known of a model, in the `config.json` of its directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from mtkit.config import ModelConfig, TrainConfig, read, read_model

FORMAT = 1  # of a model directory; the changelog says what a bump means for old models


@dataclass(frozen=True)
class DataSet:
    """A bitext that a model was trained on, or that belongs to the same corpus."""

    role: str  # train, valid, test, ...
    paths: tuple[str, ...]  # of the source and the target file, or of one TSV file
    sha256: tuple[str, ...]  # of the same files
    pairs: int
    weight: float = 1.0  # how often a pair is seen in an epoch
    tag: str = ""  # put before each source

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
class Start:
    """The file whose weights or word vectors a run began with."""

    path: str
    sha256: str


@dataclass(frozen=True)
class ModelCard:
    """All that is known of a model: the `config.json` of its directory."""

    model: ModelConfig
    training: TrainConfig
    source_language: str
    target_language: str
    tokenizer: TokenizerCard
    data: tuple[DataSet, ...] = ()
    start: Start | None = None  # None: fresh weights, or it is not known, since the card is old
    history: Mapping[str, Any] = field(default_factory=dict)  # steps, minutes, tokens_per_second...
    scores: Mapping[str, Any] = field(default_factory=dict)  # by test set
    mtkit: str = ""  # the version that wrote it
    format: int = FORMAT

    @property
    def tag(self) -> str:
        """What stands before the sources of the first corpus, and of its validation set."""
        return next((found.tag for found in self.data if found.role == "train"), "")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ModelCard:
        """Errors: MtkitError for a missing or unknown key, or a value out of range."""
        card = read(cls, values)
        return replace(
            card,
            model=read_model(values["model"]),
            training=read(TrainConfig, values["training"]),
            tokenizer=read(TokenizerCard, values["tokenizer"]),
            data=tuple(DataSet.from_json(found) for found in values["data"]),
            start=read(Start, values["start"]) if values.get("start") else None,
        )
