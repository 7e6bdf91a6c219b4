"""What a recipe is worth on little data: valid BLEU of two seeds, beside that without it.

    python tests/benchmarks/recipes.py ../shared/bitext/multi30k [RECIPE ...]

Trains on the first 10,000 pairs of Multi30k, one process and one thread a run, as many at once as
there are cores, and prints a table.  Runs that are complete in runs/recipes are not made again.
Skips cleanly without the corpus.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from pathlib import Path
from typing import Any

PAIRS = 10_000
SEEDS = 1, 2
RUNS = Path("runs/recipes")
COMMON = (
    "--optimizer", "muon", "--dropout", "0.2", "--tokens-per-batch", "1024", "--learning-rate",
    "4e-3", "--warmup-steps", "200", "--max-epochs", "12", "--validate-every", "500",
    "--keep-last", "5",
)  # fmt: skip
RECIPES = {  # what each has instead of, or beside, the common options
    "base": (),
    "adamw": ("--optimizer", "adamw"),
    "subword-sampling": ("--subword-sampling", "0.3"),
    "r-drop": ("--r-drop", "5"),
    "bidirectional": ("--bidirectional", "--max-epochs", "6"),  # as many steps as the others
    "no-label-smoothing": ("--label-smoothing", "0"),
    "cosine": ("--schedule", "cosine"),
    "inverse-sqrt": ("--schedule", "inverse-sqrt"),
    "constant": ("--schedule", "constant"),
    "plateau": ("--schedule", "plateau"),
    "attention-dropout": ("--attention-dropout", "0.1"),
    "activation-dropout": ("--activation-dropout", "0.1"),
    "no-embedding-dropout": ("--embedding-dropout", "0"),
    "weight-decay-0.1": ("--weight-decay", "0.1"),
    "dropout-0.1": ("--dropout", "0.1"),
}


def subset(corpus: Path) -> Path:
    """The first pairs of the training set, and the whole validation set."""
    folder = RUNS / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "de"):
        with (corpus / f"train.{language}").open(encoding="utf-8") as lines:
            first = "".join(islice(lines, PAIRS))
        (folder / f"train.{language}").write_text(first, encoding="utf-8")
        valid = (corpus / f"valid.{language}").read_text(encoding="utf-8")
        (folder / f"valid.{language}").write_text(valid, encoding="utf-8")
    return folder


def events(run: Path) -> list[dict[str, Any]]:
    """The run's log, or nothing where there is none."""
    log = run / "log.jsonl"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    return [json.loads(line) for line in lines]


def last_validation(corpus: Path, recipe: str, seed: int) -> dict[str, Any]:
    """Of the run, which is made if it is not there, or was made with other options."""
    run = RUNS / f"{recipe}-{seed}"
    options = [*COMMON, *RECIPES[recipe], "--seed", str(seed), "--out", str(run), "--overwrite"]
    command = ["train", str(corpus), "--pair", "en-de", *options]
    log = events(run)
    ended = log and log[-1].get("reason", "interrupted") != "interrupted"
    if not ended or log[0]["command"][1:] != command:
        mtkit = [sys.executable, "-m", "mtkit", *command]
        with Path(f"{run}.out").open("w") as said:
            one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
            subprocess.run(mtkit, check=True, env=one_thread, stdout=said, stderr=said)
    return [event for event in events(run) if event["event"] == "validation"][-1]


def main() -> None:
    [corpus, *names] = sys.argv[1:] or ["../shared/bitext/multi30k"]
    if not Path(corpus).is_dir():
        print(f"skipped: there is no {corpus}")
        return
    if unknown := set(names) - set(RECIPES):
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(RECIPES)}")
    folder, base = subset(Path(corpus)), 0.0
    recipes = ["base", *(name for name in names or RECIPES if name != "base")]
    wanted = list(product(recipes, SEEDS))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda run: last_validation(folder, *run), wanted)
        validations = dict(zip(wanted, found, strict=True))
    print(
        "| recipe | valid BLEU, seeds 1 and 2 | mean | against base | valid perplexity | minutes |"
    )
    print("|---|---|---|---|---|---|")
    for recipe in recipes:
        last = [validations[recipe, seed] for seed in SEEDS]
        scores = [event["bleu"] for event in last]
        mean = statistics.mean(scores)
        base = mean if recipe == "base" else base
        perplexity = statistics.mean(event["perplexity"] for event in last)
        minutes = statistics.mean(event["minutes"] for event in last)
        print(
            f"| {recipe} | {' / '.join(f'{score:.1f}' for score in scores)} | {mean:.1f} "
            f"| {mean - base:+.1f} | {perplexity:.2f} | {minutes:.1f} |"
        )


if __name__ == "__main__":
    main()
