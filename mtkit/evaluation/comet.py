"""COMET (Rei et al., 2020) through the unbabel-comet package, with a model that is on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from mtkit.device import pick_device
from mtkit.errors import MtkitError
from mtkit.evaluation.metrics import Score
from mtkit.evaluation.report import EvaluationSet, Report

CHECKPOINT = "checkpoints/model.ckpt"  # in the folder of a published model


def checkpoint(model: str) -> Path:
    """The file of a model: named itself, or its folder, or as it is published (Unbabel/...).

    Errors: MtkitError where it is not on disk; nothing is downloaded.
    """
    path = Path(model)
    if path.is_dir():
        path = path / CHECKPOINT
    if path.is_file():
        return path
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(model, local_files_only=True)) / CHECKPOINT
    except (ImportError, OSError, ValueError) as error:
        raise MtkitError(
            f"the COMET model `{model}` is not on disk",
            "name its model.ckpt or its folder, or fetch it first: "
            f"huggingface-cli download {model}",
        ) from error


@dataclass(frozen=True)
class Comet:
    """A model that is loaded.  name: as it was asked for; gpus: 0 or 1."""

    name: str
    model: Any
    gpus: int

    @classmethod
    def load(cls, name: str, device: str = "auto") -> Comet:
        """Errors: MtkitError where the package or the model is not there, or is damaged."""
        try:
            from comet import load_from_checkpoint
        except ImportError as error:
            raise MtkitError(
                "COMET needs the package unbabel-comet",
                "pip install 'mtkit[comet]', if need be in an environment of its own",
            ) from error
        path = checkpoint(name)
        try:
            model = load_from_checkpoint(str(path))
        except Exception as error:  # whatever a file that is no such model makes of it
            raise MtkitError(f"`{path}` is no COMET model: {error}", "fetch it again") from error
        return cls(name, model, int(pick_device(device).type == "cuda"))

    def score(
        self, source: Sequence[str], hypotheses: Sequence[str], reference: Sequence[str]
    ) -> Score:
        """The system score, times 100, on one reference."""
        rows = [
            {"src": before, "mt": after, "ref": right}
            for before, after, right in zip(source, hypotheses, reference, strict=True)
        ]
        found = self.model.predict(rows, batch_size=16, gpus=self.gpus, progress_bar=False)
        version = metadata.version("unbabel-comet")
        signature = f"model:{self.name}|scale:100|refs:1|version:{version}"
        return Score("COMET", 100 * float(found.system_score), signature)


def with_comet(
    report: Report, systems: Mapping[str, Sequence[str]], what: EvaluationSet, comet: Comet
) -> Report:
    """The same, with the model's score beside the others; it sees the first reference only."""
    found = []
    for each in report.systems:
        score = comet.score(what.source or (), systems[each.name], what.references[0])
        found.append(replace(each, scores=[*each.scores, score]))
    return replace(report, systems=found)
