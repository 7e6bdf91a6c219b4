"""Whether training is as fast on many pairs as on few, and how long its loop waits for batches.

    python tests/benchmarks/growth.py [PAIRS ...] [--rounds 5] [--seconds 20] [--folder FOLDER]
        [--clock wall|processor]

The same tiny model learns from 10 thousand, 100 thousand, 1 million and 10 million pairs, drawn
from data/everyday and cut by one tokenizer.  Each size is a process of its own, and all stand still
but when it is their turn.  A turn is the start of an epoch, timed in parts: the order of its pairs,
reading the first pool of them, and then steps, for `--seconds` or to the end of the pool.  The time
for the order is shared out among the tokens of the epoch, and that for the pool among its own.
The ids are made before, in a folder below runs/ which is deleted, or in `--folder`, where the next
run finds them: 10 million pairs take 0.6 GB and some minutes.  Where other work uses the cores too,
`--clock processor` with one thread counts what the process itself computes, but no disk.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from mtkit.cache import Cache, Entry
from mtkit.cli.preparation import as_many_pieces
from mtkit.config import TrainConfig, TransformerConfig
from mtkit.corpus import corpus_in, everyday
from mtkit.device import keep_freed_memory, peak_memory
from mtkit.feed import Feed, Portion
from mtkit.learner import Learner
from mtkit.models import build_model
from mtkit.store import Store, write_store

Result = TypeVar("Result")
PAIRS = [10_000, 100_000, 1_000_000, 10_000_000]
MODEL = TransformerConfig(vocab_size=8000, encoder_layers=4, decoder_layers=4, d_ff=256)
RATE = 1e-3  # of learning
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
WARM_UP = 3  # seconds of a first turn that is not counted
SPAWN = multiprocessing.get_context("spawn")  # no process begins with the memory of another


@dataclass(frozen=True)
class Turn:
    """Seconds that a target token takes, by what they are spent on."""

    order: float  # of an epoch
    pool: float  # its reading and sorting
    batches: float  # put together from it
    updates: float
    memory: float  # GiB, the most that the process has had so far

    @property
    def waiting(self) -> float:
        return self.order + self.pool + self.batches

    @property
    def seconds(self) -> float:
        return self.waiting + self.updates


class Training:
    """A model that learns from so many pairs."""

    def __init__(self, pairs: int, folder: Path, clock: str) -> None:
        keep_freed_memory()
        entry = prepared(pairs, folder)
        self.portions = [Portion(Store(entry.folder, entry.values))]
        self.clock, self.updates = CLOCKS[clock], 0
        self.learner = Learner(build_model(MODEL), TrainConfig())

    def turn(self, seed: int, seconds: float) -> Turn:
        """The start of the epoch that is drawn with the seed."""
        feed, order = self.timed(Feed, self.portions, TrainConfig(seed=seed))
        tokens, pool = self.timed(getattr, feed, "tokens_per_epoch")  # the first to need a pool
        learnt, batches, updates = 0, 0.0, 0.0
        while batches + updates < seconds and feed.position[:2] == (0, 0):
            self.updates += 1
            step, batch = self.timed(feed.next_step)
            _, update = self.timed(self.learner.update, step, self.updates, RATE)
            learnt, batches, updates = learnt + step.tokens, batches + batch, updates + update
        shares = order / tokens, pool * feed.pools / tokens, batches / learnt, updates / learnt
        return Turn(*shares, peak_memory(self.learner.device))

    def timed(self, work: Callable[..., Result], *arguments: Any) -> tuple[Result, float]:
        """What it returns, and the seconds it took."""
        began = self.clock()
        return work(*arguments), self.clock() - began


def prepared(pairs: int, folder: Path) -> Entry:
    """So many pairs as ids, made if they are not there."""

    def make(entry: Path) -> dict[str, int]:
        train = corpus_in(everyday(), "en-de").read("train")
        tokenizer = as_many_pieces(train.source + train.target, MODEL.vocab_size)
        lines, draw = list(zip(train.source, train.target, strict=True)), Random(1)
        drawn = (draw.choice(lines) for _ in range(pairs))
        return write_store(entry, drawn, tokenizer, MODEL.max_positions, "training")

    key = {"pairs": pairs, "pieces": MODEL.vocab_size, "positions": MODEL.max_positions}
    return Cache(print, folder).entry("pairs", key, make)


def take_turns(pipe: Connection, pairs: int, folder: Path, clock: str) -> None:
    """A turn whenever one is asked for, until nobody can ask any more."""
    training = Training(pairs, folder, clock)
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(training.turn(*pipe.recv()))


def start(pairs: int, folder: Path, clock: str) -> Connection:
    """A process that takes turns, and ends with this one."""
    with ProcessPoolExecutor(1, SPAWN) as once:  # whose memory is not counted
        once.submit(prepared, pairs, folder).result()
    here, there = SPAWN.Pipe()
    SPAWN.Process(target=take_turns, args=(there, pairs, folder, clock), daemon=True).start()
    return here


def measure(options: argparse.Namespace, folder: Path) -> list[list[Turn]]:
    """The turns of each size."""
    pipes = [start(pairs, folder, options.clock) for pairs in options.pairs]
    found: list[list[Turn]] = [[] for _ in pipes]
    for number in range(options.rounds + 1):
        for pipe, turns in zip(pipes, found, strict=True):
            pipe.send((number, options.seconds if number else WARM_UP))
            turns.append(pipe.recv())
    return [turns[1:] for turns in found]


def show(sizes: list[int], found: list[list[Turn]]) -> None:
    """Medians of the rounds; a ratio is that of the rates in a round."""
    print(
        "| pairs | target tokens/s | ratio to the first | waits, % | order | pool | batches "
        "| memory |\n|---|---|---|---|---|---|---|---|"
    )
    for pairs, turns in zip(sizes, found, strict=True):
        ratios = [first.seconds / turn.seconds for first, turn in zip(found[0], turns, strict=True)]
        shares = [
            statistics.median(100 * getattr(turn, name) / turn.seconds for turn in turns)
            for name in ("waiting", "order", "pool", "batches")
        ]
        print(
            f"| {pairs:,} | {1 / statistics.median(turn.seconds for turn in turns):,.0f} "
            f"| {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}) | "
            f"{' | '.join(f'{share:.2f}' for share in shares)} | {turns[-1].memory:.2f} GiB |"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pairs", type=int, nargs="*", default=PAIRS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20, help="of steps in a turn")
    parser.add_argument("--folder", type=Path, help="of the ids, which are kept there")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    options = parser.parse_args()
    Path("runs").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir="runs") as name:
        found = measure(options, options.folder or Path(name))
    print(f"{options.rounds} rounds of {options.seconds:g} seconds ({options.clock})\n")
    show(options.pairs, found)


if __name__ == "__main__":
    main()
