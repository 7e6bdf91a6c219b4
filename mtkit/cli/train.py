"""`mtkit train`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mtkit.config import PRESETS

PresetName = StrEnum("PresetName", list(PRESETS))  # type: ignore[misc]
DEFAULT_PRESET = PresetName("tiny")


class Schedule(StrEnum):
    linear = "linear"
    inverse_sqrt = "inverse-sqrt"


class Norm(StrEnum):
    pre = "pre"
    post = "post"


class Activation(StrEnum):
    relu = "relu"
    gelu = "gelu"


class Precision(StrEnum):
    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


def option(panel: str, help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel, show_default=False)


DATA, RUN, MODEL, TRAINING = "Data", "Run", "Model", "Training"


def train(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A directory of {train,valid,test}.{language}.  "
            "Without: the corpus that comes with mtkit.",
            show_default=False,
        ),
    ] = None,
    pair: Annotated[
        str | None, option(DATA, "The direction, such as en-de; guessed if there is but one.")
    ] = None,
    source: Annotated[
        list[Path] | None, option(DATA, "Source sentences, plain or .gz; may be repeated.")
    ] = None,
    target: Annotated[
        list[Path] | None, option(DATA, "Their translations, line by line; may be repeated.")
    ] = None,
    tsv: Annotated[
        list[Path] | None, option(DATA, "Pairs in one file: source, tab, target; may be repeated.")
    ] = None,
    valid_source: Annotated[
        Path | None, option(DATA, "Validation sentences; without, some are held out.")
    ] = None,
    valid_target: Annotated[Path | None, option(DATA, "Their translations.")] = None,
    tokenizer: Annotated[
        Path | None, option(DATA, "A tokenizer to use; without, one is learnt from the pairs.")
    ] = None,
    out: Annotated[Path | None, option(RUN, "The model directory (runs/<corpus>-<pair>).")] = None,
    overwrite: Annotated[
        bool, option(RUN, "Replace the run that is there.", "--overwrite")
    ] = False,
    resume: Annotated[
        bool, option(RUN, "Go on with the run in --out, or with the last one.", "--resume")
    ] = False,
    device: Annotated[
        str, option(RUN, "auto (cuda, then mps, then cpu), or one of them.")
    ] = "auto",
    preset: Annotated[
        PresetName,
        option(MODEL, "Sizes and recipe; tiny is the default, base and big the paper's."),
    ] = DEFAULT_PRESET,
    vocab_size: Annotated[int | None, option(MODEL, "Pieces, shared by both languages.")] = None,
    d_model: Annotated[int | None, option(MODEL, "Width.")] = None,
    heads: Annotated[int | None, option(MODEL, "Attention heads.")] = None,
    encoder_layers: Annotated[int | None, option(MODEL, "Blocks of the encoder.")] = None,
    decoder_layers: Annotated[int | None, option(MODEL, "Blocks of the decoder.")] = None,
    d_ff: Annotated[int | None, option(MODEL, "Width inside the feed-forward layers.")] = None,
    dropout: Annotated[float | None, option(MODEL, "Share of numbers dropped, 0 to 1.")] = None,
    norm: Annotated[Norm | None, option(MODEL, "LayerNorm before or after a sub-layer.")] = None,
    activation: Annotated[Activation | None, option(MODEL, "Of the feed-forward layers.")] = None,
    max_positions: Annotated[
        int | None, option(MODEL, "Pieces in the longest sentence; longer pairs are dropped.")
    ] = None,
    tokens_per_batch: Annotated[
        int | None, option(TRAINING, "Rows x longest side of a batch.")
    ] = None,
    learning_rate: Annotated[float | None, option(TRAINING, "The peak rate of AdamW.")] = None,
    schedule: Annotated[Schedule | None, option(TRAINING, "How the rate falls.")] = None,
    warmup_steps: Annotated[int | None, option(TRAINING, "Steps until the peak rate.")] = None,
    label_smoothing: Annotated[float | None, option(TRAINING, "Share of probability.")] = None,
    weight_decay: Annotated[float | None, option(TRAINING, "Of the matrices.")] = None,
    adam_beta2: Annotated[float | None, option(TRAINING, "Memory of squared gradients.")] = None,
    clip_norm: Annotated[float | None, option(TRAINING, "Longest gradient.")] = None,
    ema_decay: Annotated[float | None, option(TRAINING, "Of the averaged weights.")] = None,
    max_steps: Annotated[int | None, option(TRAINING, "End after so many steps.")] = None,
    max_epochs: Annotated[int | None, option(TRAINING, "End after so many epochs.")] = None,
    max_minutes: Annotated[float | None, option(TRAINING, "End after so many minutes.")] = None,
    validate_every: Annotated[int | None, option(TRAINING, "Steps between validations.")] = None,
    patience: Annotated[
        int | None, option(TRAINING, "Validations without a better BLEU before the end.")
    ] = None,
    precision: Annotated[Precision | None, option(TRAINING, "auto, fp32 or bf16.")] = None,
    seed: Annotated[int | None, option(TRAINING, "Of everything that is random.")] = None,
) -> None:
    """Train a translator on sentence pairs.

    Sizes and settings that are not named come from the preset.

    [bold]mtkit train[/bold]  English to German, on the corpus that comes with mtkit

    [bold]mtkit train my-corpus --pair de-en --max-minutes 30[/bold]

    [bold]mtkit train --source a.en --target a.de --preset small --out runs/mine[/bold]

    [bold]mtkit train --resume[/bold]
    """
    from mtkit.cli.run import resume_run, start_run

    if bool(source) != bool(target) or bool(valid_source) != bool(valid_target):
        raise typer.BadParameter("the source side and the target side must both be given")
    if sum(map(bool, (data, source, tsv))) > 1:
        raise typer.BadParameter("give DATA, or --source and --target, or --tsv: one of them")
    if resume and overwrite:
        raise typer.BadParameter("--resume goes on with a run, --overwrite throws it away")
    options = {name: getattr(value, "value", value) for name, value in context.params.items()}
    (resume_run if resume else start_run)(options)
