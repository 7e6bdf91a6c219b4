"""What the preparation of a large corpus costs: time, and memory above an empty process.

    python tests/benchmarks/preparation.py [PAIRS]

Pairs (10 million, if not said otherwise) are drawn from data/everyday into a temporary folder,
which needs 100 bytes of disk for each of them and is deleted.  Each start is a process of its own;
the first finds no cache, the second one what the first has left.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
PAIRS = 10_000_000
READ = 1_000_000  # rows that are read at random, to touch what an epoch touches
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PHASES = {
    "data": "hash, count, hold out",
    "tokenizer": "tokenizer",
    "store": "encode and write",
    "feed": "first batch",
    "read": f"read {READ:,} rows at random",
}


def make_corpus(folder: Path, pairs: int) -> None:
    """train.en and train.de, drawn with replacement."""
    from mtkit.corpus import corpus_in, everyday

    bitext = corpus_in(everyday(), "en-de").read("train")
    lines = [(f"{a}\n", f"{b}\n") for a, b in zip(bitext.source, bitext.target, strict=True)]
    draw = random.Random(1)
    with (folder / "train.en").open("w") as english, (folder / "train.de").open("w") as german:
        for source, target in (draw.choice(lines) for _ in range(pairs)):
            english.write(source)
            german.write(target)


def memory(name: str) -> float:
    """VmRSS or VmHWM (its peak) of this process, in MiB."""
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) / 1024


def start(folder: Path) -> dict[str, Any]:
    """What `mtkit train` does up to its first step; seconds and peak memory of each phase."""
    began = time.perf_counter()
    from mtkit import console
    from mtkit.cache import Cache
    from mtkit.cli.preparation import TrainingData, data_sets
    from mtkit.config import TrainConfig
    from mtkit.corpus import corpus_in
    from mtkit.feed import Feed, Portion

    found: dict[str, Any] = {"import": time.perf_counter() - began}
    empty = memory("VmRSS")

    def phase(name: str, work: Callable[[], Result]) -> Result:
        CLEAR.write_text("5")  # the peak starts again from here
        begun = time.perf_counter()
        result = work()
        found[name] = {"seconds": time.perf_counter() - begun, "peak": memory("VmHWM") - empty}
        return result

    def prepared() -> TrainingData:
        corpus, cache = corpus_in(folder, "en-de"), Cache(console.warn)
        return TrainingData(corpus, data_sets(corpus, cache), cache)

    data = phase("data", prepared)
    tokenizer = phase("tokenizer", lambda: data.learn_tokenizer(2000))
    store = phase("store", lambda: data.store(tokenizer, 256))
    phase("feed", lambda: Feed([Portion(store)], TrainConfig()).next_step())
    draw, last = random.Random(1), len(store) - 1
    phase("read", lambda: sum(store[draw.randint(0, last)].length for _ in range(READ)))
    return found | {"pairs": len(store), "resident": memory("VmRSS") - empty}


def in_a_process(folder: Path) -> dict[str, Any]:
    environment = os.environ | {"MTKIT_CACHE": str(folder / "cache")}
    command = [sys.executable, __file__, "--start", str(folder)]
    shown = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(shown.stdout)


def main() -> None:
    if sys.argv[1:2] == ["--start"]:
        print(json.dumps(start(Path(sys.argv[2]))))
        return
    pairs = int(sys.argv[1]) if sys.argv[1:] else PAIRS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_corpus(folder, pairs)
        text = sum(file.stat().st_size for file in folder.iterdir())
        cold, warm = in_a_process(folder), in_a_process(folder)
        kept = sum(file.stat().st_size for file in (folder / "cache").glob("*/*"))
    print(f"{pairs:,} pairs, {text / 2**20:,.0f} MiB of text, {kept / 2**20:,.0f} MiB of cache\n")
    print("| | cold, s | peak, MiB | warm, s | peak, MiB |\n|---|---|---|---|---|")
    for phase, what in PHASES.items():
        cells = [f"{run[phase]['seconds']:.1f} | {run[phase]['peak']:.0f}" for run in (cold, warm)]
        print(f"| {what} | {' | '.join(cells)} |")
    names = [name for name in PHASES if name != "read"]
    totals = [
        f"{run['import'] + sum(run[name]['seconds'] for name in names):.1f} | "
        f"{max(run[name]['peak'] for name in PHASES):.0f}"
        for run in (cold, warm)
    ]
    print(f"| start-up, imports too | {' | '.join(totals)} |")
    speed = pairs / (cold["data"]["seconds"] + cold["store"]["seconds"])
    print(
        f"\nprepared, without the tokenizer: {speed:,.0f} pairs/s; resident at the end of the "
        f"warm run: {warm['resident']:.0f} MiB above an empty process"
    )


if __name__ == "__main__":
    main()
