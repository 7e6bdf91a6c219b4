"""The best model of Multi30k from its own pairs alone: data diversification (Nguyen et al., 2020).

    python tests/benchmarks/diversified.py ../shared/bitext/multi30k [SEED ...]

Two models of each direction translate the training set; the translations of both sides are added
to it, and for each seed a model is trained on the whole.  One process and one thread a run; the
seeds take about two hours each on a core.  What is complete in runs/diversified is not made
again.  Skips cleanly without the corpus.  Score the students with published.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = Path("runs/diversified")
STEPS = 8000
TEACHERS = {  # name: direction, beam that its translations are made with, options
    "forward-1": ("en-de", 5, ("--dropout", "0.2", "--max-epochs", "28")),
    "forward-2": ("en-de", 1, ("--max-steps", "2600", "--warmup-steps", "200")),
    "back-1": ("de-en", 5, ("--max-epochs", "14", "--warmup-steps", "200")),
    "back-2": (
        "de-en", 1,
        ("--max-epochs", "14", "--warmup-steps", "200", "--vocab-size", "8000", "--seed", "2"),
    ),
}  # fmt: skip
STUDENT = ("--vocab-size", "8000", "--max-steps", str(STEPS), "--validate-every", "1500")


def mtkit(*arguments: object) -> None:
    command = [sys.executable, "-m", "mtkit", *map(str, arguments)]
    print("$", *command[1:], flush=True)
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def trained(run: Path, *options: object) -> None:
    """A run that is complete; one that was interrupted goes on."""
    if (run / "training.pt").exists():
        mtkit("train", "--resume", "--out", run)
    else:
        mtkit("train", *options, "--out", run, "--overwrite")


def translated(corpus: Path, name: str) -> Path:
    """A corpus one side of which is what the teacher makes of the other."""
    direction, beam, options = TEACHERS[name]
    source, target = direction.split("-")
    run, folder = PLACE / name, PLACE / f"{name}-pairs"
    made = folder / f"train.{target}"
    if not made.exists():
        trained(run, corpus, "--pair", direction, *options)
        folder.mkdir(exist_ok=True)
        shutil.copy(corpus / f"train.{source}", folder)
        search = "--beam-size", beam, "--whole-lines", "--workers", 1
        files = "--input", corpus / f"train.{source}", "--output", made
        mtkit("translate", "--model", run, *search, *files)
    return folder


def main() -> None:
    corpus, *seeds = sys.argv[1:] or ["../shared/bitext/multi30k"]
    if not Path(corpus).is_dir():
        print(f"skipped: there is no {corpus}")
        return
    PLACE.mkdir(parents=True, exist_ok=True)
    data = [f"{corpus}:2", *(translated(Path(corpus), name) for name in TEACHERS)]
    mixed = [part for path in data for part in ("--data", path)]
    for seed in seeds or ["1", "2", "3"]:
        run = PLACE / f"student-{seed}"
        trained(run, *mixed, "--pair", "en-de", *STUDENT, "--seed", seed)


if __name__ == "__main__":
    main()
