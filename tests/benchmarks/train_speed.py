"""Target tokens a second of training: mtkit beside JoeyNMT, fairseq, eole and Transformers.

    python tests/benchmarks/train_speed.py [../shared/bitext/multi30k] [--rounds 5]
        [--models tiny small] [--only NAME ...] [--seconds 20] [--environments runs/peers]

Each peer has an environment of its own, which is made if it is missing, and its own trainer, in a
process of two threads.  All learn en-de from the same 8,000 joint pieces with the same sizes,
dropout, label smoothing and Adam or AdamW, in batches that have at most 4,096 target tokens with
padding (of Transformers on average); the modules in peers/ say what differs.  mtkit is shown with
Muon and in bfloat16, too.  Counted are the target tokens that the decoder has to say, with EOS,
without BOS and padding.  All trainers are started, and stand still but when it is their turn, for
`--seconds`.  A peer runs twice: as it is shipped, and with freed memory kept, as mtkit has it.
Memory is the most that the trainer's process had.  Needs Linux, and memory for all of them: about
24 GiB, or less with `--only`.  Skips cleanly without the corpus.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from peers.arithmetic import operations, product_rate
from peers.common import MODELS, THREADS, VOCABULARY, Sizes
from peers.environments import PEERS, environment
from peers.side import Side

from mtkit.bitext import clean, read_files
from mtkit.tokenizer import Tokenizer

WORK = Path("runs/train-speed")
VARIANTS = {
    "mtkit": ("--optimizer", "adamw", "--precision", "fp32"),
    "mtkit, Muon": ("--optimizer", "muon", "--precision", "fp32"),
    "mtkit, bf16": ("--optimizer", "adamw", "--precision", "bf16"),
}


def main() -> None:
    options = parsed()
    if not options.corpus.is_dir():
        print(f"skipped: there is no {options.corpus}")
        return
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that no side lives on
        signal.signal(number, lambda *_: sys.exit("terminated"))
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
    WORK.mkdir(parents=True, exist_ok=True)
    train, valid = (
        clean(read_files((corpus / f"{split}.en", corpus / f"{split}.de")), split)
        for split in ("train", "valid")
    )
    tokenizer = Tokenizer.fit([*train.source, *train.target], VOCABULARY)
    (WORK / "tokenizer.model").write_bytes(tokenizer.model)
    for split, bitext in (("valid", valid), ("train", train)):
        counts = [
            cut(tokenizer, lines, WORK / f"{split}.{language}")
            for language, lines in (("en", bitext.source), ("de", bitext.target))
        ]
    words = [piece for piece, _ in sum(counts, Counter()).most_common()]
    (WORK / "vocabulary.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    source, target = (count.total() + len(train) for count in counts)
    return source / target


def cut(tokenizer: Tokenizer, lines: Sequence[str], file: Path) -> Counter[str]:
    """Write the lines in pieces, and count these."""
    pieces = [tokenizer.pieces(line) for line in lines]
    file.write_text("".join(f"{' '.join(some)}\n" for some in pieces), encoding="utf-8")
    return Counter(piece for some in pieces for piece in some)


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
    try:
        for side in rows:
            if not side.trouble:
                side.start(model, WORK)
            print(f"{model}: {side.label}: {side.trouble or 'started'}", flush=True)
        for _ in range(options.rounds):
            products.append(product_rate())
            for side in rows:
                side.turn(options.seconds)
    finally:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for side in rows:
            side.end()
        signal.signal(signal.SIGINT, before)
    show(model, rows, options)
    show_share(MODELS[model], rows[0], products, ratio)


def show(model: str, rows: list[Side], options: argparse.Namespace) -> None:
    """The table of a model; a ratio is that of mtkit's tokens a second to the side's, a round."""
    print(f"\n{model}: {options.rounds} rounds of {options.seconds:g} seconds, {THREADS} threads\n")
    print("| side | allocator | target tokens/s | mtkit's ratio to it | batch | peak memory |")
    print("|---|---|---|---|---|---|")
    for side in rows:
        both = [(a, b) for a, b in zip(rows[0].rates, side.rates, strict=True) if a and b]
        start = f"| {side.name} | {side.allocator}"
        if not both:
            why = side.trouble or rows[0].trouble or "no two steps in a turn"
            print(f"{start} | failed: {why} | | | |")
            continue
        ratios = [own / other for own, other in both]
        print(
            f"{start} | {statistics.median(rate for _, rate in both):,.0f} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) "
            f"| {statistics.mean(side.batches):,.0f} | {side.memory:.2f} GiB"
            + (f"; {len(ratios)} rounds only |" if len(ratios) < options.rounds else " |")
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
