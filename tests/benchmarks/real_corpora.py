"""Train and score on real corpora: the rows of the README's results table.

    python tests/benchmarks/real_corpora.py ../shared/bitext [NAME ...]

The folder holds multi30k/ and tatoeba-en-zh/, each with {train,valid,test}.{language}.  Corpora
that are not there are skipped.  Each run's options are those that its row of the table shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A corpus, a direction, and the options of `mtkit train`."""

    corpus: str
    pair: str
    options: tuple[str, ...]


ADAMW = "--optimizer", "adamw"
RUNS = {
    "multi30k": Run("multi30k", "en-de", ("--dropout", "0.2", "--max-minutes", "28", *ADAMW)),
    "multi30k-muon": Run("multi30k", "en-de", ("--dropout", "0.2", "--max-epochs", "28")),
    "en-zh": Run("tatoeba-en-zh", "en-zh", ("--vocab-size", "6000", "--max-minutes", "10", *ADAMW)),
    "zh-en": Run("tatoeba-en-zh", "zh-en", ("--vocab-size", "6000", "--max-minutes", "10", *ADAMW)),
}


def measure(bitext: Path, name: str, run: Run) -> str:
    """Train, evaluate with a beam of 5, and return the row of the table."""
    out = Path("runs") / f"benchmark-{name}"
    train = ["train", str(bitext / run.corpus), "--pair", run.pair, *run.options]
    mtkit = [sys.executable, "-m", "mtkit"]
    subprocess.run([*mtkit, *train, "--out", str(out), "--overwrite"], check=True)
    scored = subprocess.run(
        [*mtkit, "evaluate", str(out), "--json"], check=True, stdout=subprocess.PIPE, text=True
    )
    scores = {score["name"]: score for score in json.loads(scored.stdout)["test"]["scores"]}
    *_, finished = map(json.loads, (out / "log.jsonl").read_text(encoding="utf-8").splitlines())
    bleu = scores["BLEU"]
    return (
        f"| {run.corpus} {run.pair} | {bleu['value']:.2f} | {scores['chrF2']['value']:.2f} "
        f"| {finished['minutes']:.1f} | {finished['tokens_per_second']:,.0f} "
        f"| {finished['peak_memory']:.1f} GiB "
        f"| `mtkit {' '.join(train)}` | {datetime.now(UTC):%Y-%m-%d} |\n  {bleu['signature']}"
    )


def main() -> None:
    bitext, *names = sys.argv[1:] or ["../shared/bitext"]
    rows = []
    for name in names or RUNS:
        run = RUNS[name]
        if (Path(bitext) / run.corpus).is_dir():
            rows.append(measure(Path(bitext), name, run))
        else:
            print(f"skipped {name}: there is no {Path(bitext) / run.corpus}")
    print("| corpus | BLEU | chrF2 | minutes | target tokens/s | memory | command | date |")
    print("|---|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
