"""The options of `mtkit train`: what may be chosen, and how their help tells the default."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import typer

from mtkit.config import (
    ACTIVATIONS,
    ARCHITECTURES,
    NORM_TYPES,
    NORMS,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
    SEARCH_PRECISIONS,
)
from mtkit.presets import DEFAULT_PRESET, PRESETS

DATA, RUN, MODEL, TRAINING = "Data", "Run", "Model", "Training"  # panels of the help
SIDES = {"source", "target"}, {"valid_source", "valid_target"}
PresetName = StrEnum("PresetName", list(PRESETS))  # type: ignore[misc]
Architecture = StrEnum("Architecture", list(ARCHITECTURES))  # type: ignore[misc]
Norm = StrEnum("Norm", list(NORMS))  # type: ignore[misc]
NormType = StrEnum("NormType", list(NORM_TYPES))  # type: ignore[misc]
Activation = StrEnum("Activation", list(ACTIVATIONS))  # type: ignore[misc]
Optimizer = StrEnum("Optimizer", list(OPTIMIZERS))  # type: ignore[misc]
Schedule = StrEnum("Schedule", list(SCHEDULES))  # type: ignore[misc]
Precision = StrEnum("Precision", list(PRECISIONS))  # type: ignore[misc]
SearchPrecision = StrEnum("SearchPrecision", list(SEARCH_PRECISIONS))  # type: ignore[misc]
AUTO = SearchPrecision("auto")
PRECISION = typer.Option(  # its choices side by side would take the help's room
    metavar="<name>",
    help="What it computes in: auto (as trained), fp32, fp16, bf16 (faster on a CPU with AMX) "
    "or int8 (faster with AMX or VNNI).",
    rich_help_panel="Search",
    show_default=True,
)


def option(panel: str, help: str, *names: str, show_default: bool = False) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=show_default)


def setting(panel: str, name: str, help: str, *flags: str) -> Any:
    """An option whose default comes from the preset; the help tells that of the default one."""
    preset = PRESETS[DEFAULT_PRESET]
    value = getattr(preset.model, name, getattr(preset.training, name, None))
    return option(panel, help if value is None else f"{help}  ({DEFAULT_PRESET}: {value})", *flags)


def check_usage(options: Mapping[str, Any]) -> None:
    """Errors: typer.BadParameter for options that contradict each other."""
    given = {name for name, value in options.items() if value}
    if any(len(given & sides) == 1 for sides in SIDES):
        raise typer.BadParameter("the source side and the target side must both be given")
    if len(given & {"data", "mix", "source", "tsv"}) > 1:
        raise typer.BadParameter(
            "give DATA, or --data, or --source and --target, or --tsv: one of them"
        )
    if given >= {"tokenizer", "vocab_size"}:
        raise typer.BadParameter("--tokenizer brings its own vocabulary: leave out --vocab-size")
    if given >= {"resume", "overwrite"}:
        raise typer.BadParameter("--resume goes on with a run, --overwrite throws it away")
    if "resume" in given and given & {"init_from", "init_embeddings", "dry_run", "show_config"}:
        raise typer.BadParameter(
            "--resume goes on with a run as it is: leave out --init-from, --init-embeddings, "
            "--dry-run and --show-config"
        )
    if "init_from" in given and given & {"tokenizer", "preset", "vocab_size", "init_embeddings"}:
        raise typer.BadParameter(
            "--init-from brings model, tokenizer and embeddings: "
            "leave out --tokenizer, --preset, --vocab-size and --init-embeddings"
        )
