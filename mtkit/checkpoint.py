"""A model is a directory: save, load, resume.

config.json      the model card: architecture, languages, data hashes, scores, version, format
weights.pt       the best weights, a plain state dict
tokenizer.model  the SentencePiece file itself
training.pt      all that a resume needs; may be deleted
log.jsonl        one event a line
lexicon.pt       which pieces translate which, if `mtkit shortlist` was run
checkpoints/     weights of other validations, if they are to be kept
tensorboard/     the same for TensorBoard, if that is wanted; may be deleted

Each file is written under a temporary name, synced and renamed, so that a crash at any moment
leaves the old file or the new one.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

from mtkit.card import FORMAT, ModelCard
from mtkit.errors import MtkitError
from mtkit.models import Seq2Seq, build_model
from mtkit.places import TOKEN, UNFINISHED, cannot_write, unfinished
from mtkit.tokenizer import Tokenizer

CONFIG, WEIGHTS, TRAINING, LOG = "config.json", "weights.pt", "training.pt", "log.jsonl"
LEXICON, CHECKPOINTS, TENSORBOARD = "lexicon.pt", "checkpoints", "tensorboard"
UNFINISHED_CHECKPOINT = f".*.pt.{TOKEN}{UNFINISHED}"
TOKENIZER = Tokenizer.FILE_NAME
EXPORTED = "mtkit.json"  # engine.py's, in a model for CTranslate2
FILES = (CONFIG, WEIGHTS, TOKENIZER, TRAINING, LOG, LEXICON)


@dataclass
class TrainingState:
    """Where a run stands: with it, it goes on as if it had never stopped."""

    learner: dict[str, Any]  # weights, their average, the optimizers
    position: list[int]  # in the training data
    clock: list[float]
    counters: dict[str, Any]  # step, best score, patience, length of the log


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """The whole file or, on any failure, what was there before.  Errors: MtkitError."""
    temporary = unfinished(path)
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise cannot_write(path, error) from error


def run_in(path: Path) -> list[str]:
    """The names of the files of a run that are in a directory."""
    return [name for name in FILES if (path / name).exists()]


def new_directory(path: Path) -> None:
    """An empty place for a model: makes the directory, and removes an earlier run from it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (path / name).unlink(missing_ok=True)
        for folder, files in (
            (CHECKPOINTS, "*.pt"),
            (CHECKPOINTS, UNFINISHED_CHECKPOINT),
            (TENSORBOARD, "events.out.tfevents.*"),
        ):
            for file in (path / folder).glob(files):
                file.unlink()
            with contextlib.suppress(OSError):  # there is none, or something else is in it
                (path / folder).rmdir()
    except OSError as error:
        raise cannot_write(path, error) from error


def save_card(directory: Path, card: ModelCard) -> None:
    text = json.dumps(card.to_json(), indent=2, ensure_ascii=False)
    write_bytes(directory / CONFIG, text.encode() + b"\n")


def save_model(
    directory: Path, card: ModelCard, tokenizer: Tokenizer, weights: Mapping[str, Any]
) -> None:
    """A model that can be translated with; config.json comes last and makes it one."""
    write_bytes(directory / TOKENIZER, tokenizer.model)
    save_tensors(directory / WEIGHTS, weights)
    save_card(directory, card)


def save_training(directory: Path, state: TrainingState) -> None:
    values = {item.name: getattr(state, item.name) for item in fields(state)}
    save_tensors(directory / TRAINING, values)


def load_card(directory: Path) -> ModelCard:
    """Errors: MtkitError where it is no model directory, damaged, or of another format."""
    path = directory / CONFIG
    if not path.is_file():
        raise MtkitError(
            f"`{directory}` is not a model directory: no `{CONFIG}`", advice(directory)
        )
    if (directory / EXPORTED).exists():
        raise MtkitError(
            f"`{directory}` is written for CTranslate2",
            "mtkit translate --engine ctranslate2 reads it; all else needs the run it was made of",
        )
    try:
        values = json.loads(path.read_bytes())
        found = values["format"]
        if found != FORMAT:
            raise MtkitError(
                f"`{directory}` has model format {found}; this mtkit reads format {FORMAT}",
                f"it was written by mtkit {values.get('mtkit')}: "
                "install that version, or train the model again",
            )
        return ModelCard.from_json(values)
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        raise MtkitError(
            f"`{path}` is damaged: {error!r}", "copy the model again, or train it again"
        ) from error


def load_tokenizer(directory: Path, card: ModelCard) -> Tokenizer:
    """Errors: MtkitError if it is not the one that the model was trained with."""
    tokenizer = Tokenizer.load(directory)
    if tokenizer.sha256 != card.tokenizer.sha256:
        raise MtkitError(
            f"`{directory / TOKENIZER}` is not the tokenizer that the model was trained with",
            "copy the model again, or train it again",
        )
    return tokenizer


def load_model(
    directory: Path, device: torch.device | str = "cpu"
) -> tuple[Seq2Seq, Tokenizer, ModelCard]:
    """A model ready to translate.  Errors: MtkitError for whatever is missing or damaged."""
    card = load_card(directory)
    tokenizer = load_tokenizer(directory, card)
    weights = load_tensors(directory / WEIGHTS)
    try:
        model = build_model(card.model)
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise MtkitError(
            f"`{directory / WEIGHTS}` does not fit `{directory / CONFIG}`",
            "the two belong to different models: copy the model again, or train it again",
        ) from error
    return model.to(device).eval(), tokenizer, card


def load_training(directory: Path) -> TrainingState:
    """Errors: MtkitError where there is nothing to resume."""
    if not (directory / TRAINING).is_file():
        raise MtkitError(
            f"`{directory}` holds no training state to resume: no `{TRAINING}`",
            "start again with --overwrite, or with another --out",
        )
    try:
        return TrainingState(**load_tensors(directory / TRAINING))
    except TypeError as error:
        raise _damaged(directory / TRAINING, error) from error


def latest_run(runs: Path = Path("runs"), holding: str = WEIGHTS) -> Path:
    """The model directory in `runs` whose file `holding` is the youngest.

    Errors: MtkitError if there is none.
    """
    found = [path for path in runs.glob(f"*/{holding}") if path.with_name(CONFIG).is_file()]
    if not found:
        raise MtkitError(
            f"there is no trained model in `{runs}`",
            "train one with `mtkit train`, or name the directory of one",
        )
    return max(found, key=lambda path: path.stat().st_mtime_ns).parent


def save_tensors(path: Path, values: Mapping[str, Any]) -> None:
    buffer = io.BytesIO()
    torch.save(dict(values), buffer)
    write_bytes(path, buffer.getbuffer())


def load_tensors(path: Path) -> dict[str, Any]:
    """A dict of tensors and plain values; checks the checksums inside, and runs no code."""
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise ValueError(f"wrong checksum of {damaged}")
        values = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise MtkitError(
            f"`{path.parent}` is not a whole model: no `{path.name}`",
            f"if its training was interrupted: mtkit train --resume --out {path.parent}",
        ) from error
    except Exception as error:  # a damaged file makes torch.load raise almost anything
        raise _damaged(path, error) from error
    if not isinstance(values, dict):
        raise _damaged(path, TypeError("it holds no dict"))
    return values


def _damaged(path: Path, error: Exception) -> MtkitError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return MtkitError(
        f"`{path}` is truncated or damaged: {reason}", "copy the model again, or train it again"
    )


def advice(directory: Path) -> str:
    """Where else the model might be."""
    siblings = [path.parent.name for path in directory.parent.glob(f"*/{CONFIG}")]
    if close := difflib.get_close_matches(directory.name, siblings, n=1):
        return f"did you mean `{directory.parent / close[0]}`?"
    return f"train one with `mtkit train --out {directory}`, or name another directory"
