"""Target tokens a second of training: mtkit beside JoeyNMT, fairseq, eole and Transformers.

    python tests/benchmarks/train_speed.py [../shared/bitext/multi30k] [--rounds 5]
        [--models tiny small] [--only NAME ...] [--seconds 20] [--environments runs/peers]

Each peer has an environment of its own, which is made if it is missing, and its own trainer, in a
process of two threads.  All learn en-de from the same 8,000 joint pieces with the same sizes,
dropout, label smoothing and AdamW, in batches of about 4,096 target tokens; the modules in peers/
say what differs.  Counted are the target tokens that the decoder has to say, with EOS, without BOS
and padding, over a window that begins when the trainer has run for 10 seconds.  All sides take
turns.  A peer runs twice: as it is shipped, and with freed memory kept, as mtkit has it; peak
resident memory is that of the trainer's process, which has no others.  Skips cleanly without the
corpus.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from peers.arithmetic import operations, product_rate
from peers.common import MODELS, SETTLING, THREADS, VOCABULARY, Sizes, Task
from peers.environments import PEERS, environment

PREPARATION = 600  # seconds that a side may take until it has settled
WORK = Path("runs/train-speed")
KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}  # as mtkit does
VARIANTS = {
    "mtkit": ("--optimizer", "adamw"),
    "mtkit, Muon": ("--optimizer", "muon"),
    "mtkit, bf16": ("--optimizer", "adamw", "--precision", "bf16"),
}


@dataclass
class Side:
    """A row of the table."""

    name: str
    allocator: str
    python: Path
    module: str
    options: tuple[str, ...] = ()
    rates: list[float | None] = field(default_factory=list)  # of each round
    batches: list[float] = field(default_factory=list)  # tokens, the mean
    memory: float = 0.0  # GiB, the most
    trouble: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}, {self.allocator}"

    def environment(self) -> dict[str, str]:
        benchmarks = str(Path(__file__).parent.absolute())
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(THREADS))
        own = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
        paths = [benchmarks]
        if self.module == "mtkit":
            paths.append(str(Path(__file__).absolute().parents[2]))
        own |= threads | {"PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1"}
        return own | (KEEPING if self.allocator == "memory kept" else {})


def main() -> None:
    options = parsed()
    if not options.corpus.is_dir():
        print(f"skipped: there is no {options.corpus}")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that no side lives on
    ratio = prepare(options.corpus)
    wanted = options.only or [*VARIANTS, *PEERS]
    pythons = {name: environment(options.environments, name) for name in PEERS if name in wanted}
    for model in options.models:
        compare(model, list(sides(options.corpus, wanted, pythons)), options, ratio)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/bitext/multi30k"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--only", nargs="+", choices=[*VARIANTS, *PEERS], help="beside mtkit")
    parser.add_argument("--seconds", type=float, default=20, help="that are measured each time")
    parser.add_argument("--environments", type=Path, default=Path("runs/peers"))
    return parser.parse_args()


def prepare(corpus: Path) -> float:
    """The text in pieces, for all sides the same; source tokens per target token, with EOS."""
    from mtkit.bitext import clean, read_files
    from mtkit.tokenizer import Tokenizer

    WORK.mkdir(parents=True, exist_ok=True)
    train, valid = (
        clean(read_files((corpus / f"{split}.en", corpus / f"{split}.de")), split)
        for split in ("train", "valid")
    )
    tokenizer = Tokenizer.fit([*train.source, *train.target], VOCABULARY)
    (WORK / "tokenizer.model").write_bytes(tokenizer.model)
    counts: list[Counter[str]] = []
    for split, bitext in (("valid", valid), ("train", train)):
        counts = []  # of the training set in the end
        for language, lines in (("en", bitext.source), ("de", bitext.target)):
            cut = [tokenizer.pieces(line) for line in lines]
            text = "".join(f"{' '.join(pieces)}\n" for pieces in cut)
            (WORK / f"{split}.{language}").write_text(text, encoding="utf-8")
            counts.append(Counter(piece for pieces in cut for piece in pieces))
    words = [piece for piece, _ in sum(counts, Counter()).most_common()]
    (WORK / "vocabulary.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    source, target = (count.total() + len(train) for count in counts)
    return source / target


def sides(corpus: Path, wanted: list[str], pythons: dict[str, tuple[Path, str]]) -> Iterator[Side]:
    """mtkit with AdamW first, which the others are compared with."""
    for name, options in VARIANTS.items():
        if name in wanted or name == "mtkit":
            files = (str(corpus.absolute()), *options)
            yield Side(name, "its own", Path(sys.executable), "mtkit", files)
    for name, (python, trouble) in pythons.items():
        for allocator in ("as shipped", "memory kept"):
            yield Side(name, allocator, python, PEERS[name][0], trouble=trouble)


def compare(model: str, rows: list[Side], options: argparse.Namespace, ratio: float) -> None:
    products = []
    for number in range(1, options.rounds + 1):
        began = time.perf_counter()
        products.append(product_rate())
        for side in rows:
            measure(side, model, options.seconds)
        seconds = time.perf_counter() - began
        print(f"{model}: round {number} took {seconds / 60:.1f} minutes", flush=True)
    show(model, rows, options)
    show_share(MODELS[model], rows[0], products, ratio)


def measure(side: Side, model: str, seconds: float) -> None:
    """One turn of a side, in a process of its own; what goes wrong stands in its row."""
    side.rates.append(None)
    if side.trouble:
        return
    place = (WORK / model / side.label.replace(", ", "-").replace(" ", "-")).absolute()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    task = Task(model, WORK.absolute(), place, seconds, side.options)
    if trouble := run(side, task):
        side.trouble = trouble
        print(f"{model}: {side.label} failed: {trouble}", flush=True)
        return
    found = json.loads(task.result.read_text("utf-8"))
    side.rates[-1] = found["tokens"] / found["seconds"]
    side.batches.append(found["tokens"] / found["steps"])
    side.memory = max(side.memory, found["memory"])


def run(side: Side, task: Task) -> str:
    """What failed, or nothing."""
    log, limit = task.place / "log.txt", PREPARATION + SETTLING[0] + 3 * task.seconds
    command = [side.python, "-m", f"peers.{side.module}", *task.arguments()]
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=task.place, env=side.environment(), stdin=subprocess.DEVNULL,
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return f"no result in {limit:.0f} seconds, see {log}"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also what it has started
            process.wait()
    if task.result.exists():
        return ""
    lines = log.read_text("utf-8", errors="replace").split("\n")
    return f"{next((line for line in reversed(lines) if line.strip()), 'no word')}, see {log}"


def show(model: str, rows: list[Side], options: argparse.Namespace) -> None:
    """The table of a model; a ratio is that of mtkit's tokens a second to the side's, a round."""
    print(f"\n{model}: {options.rounds} rounds of {options.seconds:g} seconds, {THREADS} threads\n")
    print("| side | allocator | target tokens/s | mtkit's ratio to it | batch | peak memory |")
    print("|---|---|---|---|---|---|")
    for side in rows:
        both = [(a, b) for a, b in zip(rows[0].rates, side.rates, strict=True) if b]
        start = f"| {side.name} | {side.allocator}"
        ratios = [own / other for own, other in both if own]
        if not ratios:
            print(f"{start} | failed: {side.trouble} | | | |")
            continue
        print(
            f"{start} | {statistics.median(rate for _, rate in both):,.0f} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {statistics.mean(side.batches):,.0f} | {side.memory:.2f} GiB"
            + (f"; {len(ratios)} rounds, then {side.trouble} |" if side.trouble else " |")
        )
    print(flush=True)


def show_share(sizes: Sizes, mtkit: Side, products: list[float], ratio: float) -> None:
    """How much of what the machine can multiply mtkit's training reaches."""
    if not (rates := [rate for rate in mtkit.rates if rate]):
        return
    peak, needed = statistics.median(products), operations(sizes, ratio)
    reached = needed * statistics.median(rates)
    print(
        f"float32 matrix products: {peak / 1e9:,.1f} GFLOP/s ({min(products) / 1e9:,.1f} to "
        f"{max(products) / 1e9:,.1f}); mtkit's training does {reached / 1e9:,.1f}, a share of "
        f"{reached / peak:.2f}: {needed / 1e6:.2f} MFLOP for each target token with its "
        f"{ratio:.2f} source tokens, 6 for each weight that multiplies it\n",
        flush=True,
    )


if __name__ == "__main__":
    main()
