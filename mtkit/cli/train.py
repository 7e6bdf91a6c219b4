"""`mtkit train`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtkit.cli.options import (
    DATA,
    MODEL,
    RUN,
    TRAINING,
    Activation,
    Architecture,
    Norm,
    NormType,
    Optimizer,
    Precision,
    PresetName,
    Schedule,
    check_usage,
    option,
    setting,
)


def train(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A directory of {train,valid,test}.{language}.  "
            "Without: the corpus that comes with mtkit.",
            show_default=False,
        ),
    ] = None,
    mix: Annotated[
        list[str] | None,
        option(
            DATA,
            "PATH[:WEIGHT[:TAG]], several times: corpora to mix, how often a pair is seen in an "
            "epoch, and a tag before each source.",
            "--data",
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
    init_from: Annotated[
        Path | None, option(DATA, "A model to start from, with its sizes and its tokenizer.")
    ] = None,
    init_embeddings: Annotated[
        Path | None, option(DATA, "Word vectors to start from, in word2vec's text format.")
    ] = None,
    out: Annotated[Path | None, option(RUN, "The model directory (runs/<corpus>-<pair>).")] = None,
    overwrite: Annotated[
        bool, option(RUN, "Replace the run that is there.", "--overwrite")
    ] = False,
    resume: Annotated[
        bool, option(RUN, "Go on with the run in --out, or with the last one.", "--resume")
    ] = False,
    allow_changes: Annotated[
        bool, option(RUN, "With --resume: go on with other settings.", "--allow-changes")
    ] = False,
    show_config: Annotated[
        bool, option(RUN, "Print the whole recipe as JSON, and stop.", "--show-config")
    ] = False,
    dry_run: Annotated[
        bool, option(RUN, "Say what would be done and how long it takes, and stop.", "--dry-run")
    ] = False,
    device: Annotated[
        str, option(RUN, "auto (cuda, then mps, then cpu), or one of them.")
    ] = "auto",
    tensorboard: Annotated[
        bool, option(RUN, "Mirror the log in the folder tensorboard of --out.", "--tensorboard")
    ] = False,
    preset: Annotated[
        PresetName | None,
        option(MODEL, "Sizes and recipe; base and big are those of Vaswani et al. (2017).  (tiny)"),
    ] = None,
    architecture: Annotated[
        Architecture | None,
        setting(MODEL, "architecture", "lstm: Seq2Seq through a vector of fixed length.", "--arch"),
    ] = None,
    vocab_size: Annotated[
        int | None, setting(MODEL, "vocab_size", "Subword pieces, shared by both languages.")
    ] = None,
    d_model: Annotated[
        int | None, setting(MODEL, "d_model", "Width of the model; a multiple of --heads.")
    ] = None,
    heads: Annotated[int | None, setting(MODEL, "heads", "Attention heads.")] = None,
    encoder_layers: Annotated[
        int | None, setting(MODEL, "encoder_layers", "Blocks of the encoder.")
    ] = None,
    decoder_layers: Annotated[
        int | None, setting(MODEL, "decoder_layers", "Blocks of the decoder.")
    ] = None,
    d_ff: Annotated[
        int | None, setting(MODEL, "d_ff", "Width inside the feed-forward layers.")
    ] = None,
    dropout: Annotated[
        float | None, setting(MODEL, "dropout", "On what each sub-layer adds: share of zeros.")
    ] = None,
    embedding_dropout: Annotated[
        float | None, setting(MODEL, "embedding_dropout", "On the embeddings  (as --dropout)")
    ] = None,
    attention_dropout: Annotated[
        float | None, setting(MODEL, "attention_dropout", "On the weights of attention.")
    ] = None,
    activation_dropout: Annotated[
        float | None, setting(MODEL, "activation_dropout", "Inside the feed-forward layers.")
    ] = None,
    norm: Annotated[
        Norm | None, setting(MODEL, "norm", "The norm before or after a sub-layer.")
    ] = None,
    norm_type: Annotated[
        NormType | None, setting(MODEL, "norm_type", "What normalises; batchnorm to see why not.")
    ] = None,
    activation: Annotated[
        Activation | None, setting(MODEL, "activation", "Inside the feed-forward layers.")
    ] = None,
    max_positions: Annotated[
        int | None,
        setting(MODEL, "max_positions", "Pieces in a sentence; longer pairs are left out."),
    ] = None,
    tokens_per_batch: Annotated[
        int | None, setting(TRAINING, "tokens_per_batch", "Rows times longest side of a batch.")
    ] = None,
    accumulate: Annotated[
        int | None, setting(TRAINING, "accumulate", "Batches whose gradients make one step.")
    ] = None,
    optimizer: Annotated[
        Optimizer | None,
        setting(TRAINING, "optimizer", "muon takes the matrices of the blocks (Jordan, 2024)."),
    ] = None,
    learning_rate: Annotated[
        float | None, setting(TRAINING, "learning_rate", "What the warm-up rises to.")
    ] = None,
    schedule: Annotated[
        Schedule | None, setting(TRAINING, "schedule", "How the rate falls.")
    ] = None,
    plateau_patience: Annotated[
        int | None,
        setting(TRAINING, "plateau_patience", "With plateau: bad validations before it halves."),
    ] = None,
    warmup_steps: Annotated[
        int | None, setting(TRAINING, "warmup_steps", "Steps until the peak rate.")
    ] = None,
    label_smoothing: Annotated[
        float | None,
        setting(TRAINING, "label_smoothing", "Probability shared out among all pieces."),
    ] = None,
    r_drop: Annotated[
        float | None,
        setting(TRAINING, "r_drop", "Weight of the consistency loss of Liang et al. (2021)."),
    ] = None,
    subword_sampling: Annotated[
        float | None,
        setting(TRAINING, "subword_sampling", "Alpha of cuts drawn anew (Kudo, 2018); 0: none."),
    ] = None,
    bidirectional: Annotated[
        bool | None,
        option(
            TRAINING,
            "Learn both ways in one model (Gao et al., 2022).  Off: --no-bidirectional.",
            "--bidirectional",
        ),
    ] = None,
    one_way: Annotated[bool, typer.Option("--no-bidirectional", hidden=True)] = False,
    weight_decay: Annotated[
        float | None, setting(TRAINING, "weight_decay", "Of AdamW, for matrices.")
    ] = None,
    adam_beta2: Annotated[
        float | None,
        setting(TRAINING, "adam_beta2", "Of AdamW, for the mean of squared gradients."),
    ] = None,
    clip_norm: Annotated[
        float | None, setting(TRAINING, "clip_norm", "Gradients longer than this are scaled down.")
    ] = None,
    ema_decay: Annotated[
        float | None, setting(TRAINING, "ema_decay", "Of the averaged weights.")
    ] = None,
    keep_last: Annotated[
        int | None, setting(TRAINING, "keep_last", "Keep the weights of the last N validations.")
    ] = None,
    keep_best: Annotated[
        int | None, setting(TRAINING, "keep_best", "Keep the weights of the best N validations.")
    ] = None,
    max_steps: Annotated[
        int | None, setting(TRAINING, "max_steps", "End after so many steps.")
    ] = None,
    max_epochs: Annotated[
        int | None, setting(TRAINING, "max_epochs", "End after so many passes over the data.")
    ] = None,
    max_minutes: Annotated[
        float | None, setting(TRAINING, "max_minutes", "End after so many minutes.")
    ] = None,
    validate_every: Annotated[
        int | None, setting(TRAINING, "validate_every", "Steps between validations.")
    ] = None,
    patience: Annotated[
        int | None,
        setting(TRAINING, "patience", "Validations without a better BLEU before the end."),
    ] = None,
    precision: Annotated[
        Precision | None,
        setting(TRAINING, "precision", "auto: bf16 on a GPU that has it, and if wide with AMX."),
    ] = None,
    seed: Annotated[int | None, setting(TRAINING, "seed", "Of everything that is random.")] = None,
) -> None:
    """Train a translator on sentence pairs.

    What is not named comes from the preset; the values of the default one are in brackets.

    [bold]mtkit train[/bold]  English to German, on the corpus that comes with mtkit

    [bold]mtkit train my-corpus --pair de-en --max-minutes 30[/bold]

    [bold]mtkit train --source a.en --target a.de --preset small --out runs/mine[/bold]

    [bold]mtkit train --resume[/bold]
    """
    if bidirectional and one_way:
        raise typer.BadParameter("--bidirectional and --no-bidirectional contradict each other")
    bidirectional = False if one_way else bidirectional  # a second name would widen the help
    options = {name: getattr(value, "value", value) for name, value in locals().items()}
    from mtkit.cli.run import run
    from mtkit.mirror import check_installed

    check_usage(options)
    if tensorboard:
        check_installed()
    run(options)
