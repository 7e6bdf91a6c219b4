"""Minutes of training on this CPU until a cased sacreBLEU of 36 on Multi30k's valid set.

    python tests/benchmarks/speedrun.py [../shared/bitext/multi30k]

The record's recipe is below; greedy search, validation time not counted.  Records, dated, with the
change that made them, are in NOTES.md.  Skips cleanly where the corpus is absent.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

GOAL = 36.0  # BLEU
RECIPE = (
    "--optimizer", "muon", "--vocab-size", "8000", "--decoder-layers", "4", "--d-ff", "256",
    "--dropout", "0.15", "--max-steps", "2000", "--warmup-steps", "200", "--validate-every", "200",
)  # fmt: skip


def main() -> None:
    [corpus] = sys.argv[1:] or ["../shared/bitext/multi30k"]
    if not Path(corpus).is_dir():
        print(f"skipped: there is no {corpus}")
        return
    out = Path("runs/speedrun")
    train = ["train", corpus, "--pair", "en-de", *RECIPE, "--out", str(out), "--overwrite"]
    subprocess.run([sys.executable, "-m", "mtkit", *train], check=True)
    events = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    validations = [event for event in events if event["event"] == "validation"]
    print("minutes of training, steps, valid BLEU:")
    for event in validations:
        print(f"{event['minutes']:6.2f} {event['step']:6,} {event['bleu']:6.2f}")
    reached = next((event for event in validations if event["bleu"] >= GOAL), None)
    print(f"{GOAL} " + (f"after {reached['minutes']:.2f} minutes" if reached else "not reached"))


if __name__ == "__main__":
    main()
