"""From the options of `mtkit train` to settings: a preset or an earlier run, and what is named."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

from mtkit.card import ModelCard
from mtkit.checkpoint import load_card
from mtkit.cli.chosen import Options
from mtkit.config import LIMITS, ModelConfig, TrainConfig, TransformerConfig, override
from mtkit.errors import MtkitError
from mtkit.presets import DEFAULT_PRESET, PRESETS
from mtkit.tokenizer import Tokenizer

RAISABLE = (*LIMITS, "patience")  # what decides the end of a run, and nothing before it
DROPOUTS = ("dropout", "embedding_dropout", "attention_dropout", "activation_dropout")


def new_settings(options: Options) -> tuple[ModelConfig, TrainConfig]:
    """Those of the preset, or with --init-from the sizes of that model, and what is named.

    Errors: MtkitError for a value out of range, sizes other than those of the model, or settings
    that its architecture does not have.
    """
    preset = PRESETS[options["preset"] or DEFAULT_PRESET]
    training = override(preset.training, options)
    if not options["init_from"]:
        return sized(preset.sizes(options["architecture"]), options), training
    sizes = load_card(options["init_from"]).model
    model = sized(sizes, options)
    if changed := [name for name in differing(sizes, model) if name not in DROPOUTS]:
        raise MtkitError(
            f"`{options['init_from']}` has other values of {option_names(changed)}",
            "a model that starts from another has its sizes: leave them out",
        )
    return model, training


def sized(model: ModelConfig, options: Options) -> ModelConfig:
    """The sizes with those that the options name.

    Errors: MtkitError for another architecture, or a setting that this one does not have.
    """
    if options["architecture"] not in (None, model.architecture):
        raise MtkitError(
            f"--arch {options['architecture']}, but the model is of architecture "
            f"{model.architecture}",
            "leave out --arch, or start another run with another --out",
        )
    unknown = [item.name for item in fields(TransformerConfig) if not hasattr(model, item.name)]
    if given := [name for name in unknown if options[name] is not None]:
        raise MtkitError(
            f"{option_names(given)}: not a setting of --arch {model.architecture}",
            "leave it out; --d-model, --encoder-layers and --decoder-layers make its size",
        )
    return override(model, options)


def settings_as_json(options: Options) -> str:
    """The whole recipe, for --show-config."""
    model, training = new_settings(options)
    return json.dumps({"model": asdict(model), "training": asdict(training)}, indent=2)


def resumed_settings(card: ModelCard, options: Options) -> tuple[ModelConfig, TrainConfig]:
    """The run's own settings; limits may be named anew, and others with --allow-changes.

    Errors: MtkitError for any other change.
    """
    model, training = card.model, card.training
    if options["preset"]:
        preset = PRESETS[options["preset"]]
        sizes = preset.sizes(options["architecture"] or model.architecture)
        model = replace(sizes, vocab_size=model.vocab_size)
        training = replace(preset.training, **{name: getattr(training, name) for name in RAISABLE})
    model, training = sized(model, options), override(training, options)
    fixed = [name for name in differing(card.model, model) if name not in DROPOUTS]
    pair = f"{card.source_language}-{card.target_language}"
    fixed += ["pair"] if options["pair"] not in (None, pair) else []
    given = options["tokenizer"]
    if given and Tokenizer.load(given).sha256 != card.tokenizer.sha256:
        fixed.append("tokenizer")
    if fixed:
        raise MtkitError(
            f"the run was started with other values of {option_names(fixed)}",
            "leave them out to go on with it, or start another run with another --out",
        )
    if (changes := recipe_changes(card, model, training)) and not options["allow_changes"]:
        raise MtkitError(
            f"the run was started with other values: {changes}",
            "leave them out to go on with it as it was, or tell it so with --allow-changes",
        )
    return model, training


def recipe_changes(card: ModelCard, model: ModelConfig, training: TrainConfig) -> str:
    """What a resumed run would do otherwise than before, but for when it ends."""
    pairs = [(card.model, model), (card.training, training)]
    changed = [
        f"--{name.replace('_', '-')} {getattr(old, name)}, not {getattr(new, name)}"
        for old, new in pairs
        for name in differing(old, new)
        if name not in RAISABLE
    ]
    return "; ".join(changed)


def differing(one: object, other: object) -> list[str]:
    """The names of the settings in which two configurations of a kind differ."""
    return [name for name, value in vars(one).items() if value != getattr(other, name, None)]


def option_names(settings: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in settings)
