"""Seconds of training until a cased BLEU on Multi30k's valid set: mtkit beside JoeyNMT and eole.

    python tests/benchmarks/time_to_quality.py [../shared/bitext/multi30k] [--minutes 12]
        [--every 60] [--beam 5] [--only NAME ...] [--environments runs/peers]

One after the other, each side learns en-de with two threads: mtkit by the recipe of speedrun.py,
whose end may come before `--minutes`, the peers by the one in peers/timer.py.  Seconds run from
the first step; saving is not counted.  Once the training is over, the side's own search translates
with each checkpoint, and the pieces are joined back.  When a side first had a BLEU is read from
straight lines between its checkpoints, from 0 BLEU at the start.  Peers keep freed memory, as mtkit
does.  Skips cleanly without the corpus.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import sacrebleu
from peers.common import Task
from peers.environments import environment
from peers.side import Side
from train_speed import WORK as PIECES
from train_speed import prepare

from mtkit.tokenizer import Tokenizer

WORK = Path("runs/time-to-quality").absolute()
LEVELS = 10, 15, 20, 25, 30  # BLEU
PEERS = "eole", "joeynmt"
SLACK = 900  # seconds that a side may take for all but training, and for each translation

Curve = list[tuple[float, float]]  # seconds of training, BLEU


def main() -> None:
    options = parsed()
    if not options.corpus.is_dir():
        print(f"skipped: there is no {options.corpus}")
        return
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that no side lives on
        signal.signal(number, lambda *_: sys.exit("terminated"))
    prepare(options.corpus)
    curves = {}
    for side in sides(options):
        print(f"\n{side.name}: seconds of training, valid BLEU (beam {options.beam}):", flush=True)
        curves[side.name] = curve(side, options)
        compare(curves)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/bitext/multi30k"))
    parser.add_argument("--minutes", type=float, default=12, help="of training, at most")
    parser.add_argument("--every", type=float, default=60, help="seconds of it, a checkpoint")
    parser.add_argument("--beam", type=int, default=5, help="of all sides; 1 is greedy search")
    parser.add_argument("--only", nargs="+", choices=["mtkit", *PEERS], default=["mtkit", *PEERS])
    parser.add_argument("--environments", type=Path, default=Path("runs/peers"))
    return parser.parse_args()


def sides(options: argparse.Namespace) -> Iterator[Side]:
    for name in options.only:
        python, trouble, allocator = Path(sys.executable), "", "its own"
        if name in PEERS:
            python, trouble = environment(options.environments, name)
            allocator = "memory kept"
        yield Side(name, allocator, python, f"quality_{name}", trouble=trouble)


def curve(side: Side, options: argparse.Namespace) -> Curve:
    """Train, translate and print; whatever fails is said, and left out."""
    place, found = WORK / side.name, []
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    data = options.corpus if side.name == "mtkit" else PIECES
    side.task = Task("tiny", data.absolute(), place)
    seconds = options.minutes * 60
    if trouble := side.trouble or job(side, "train", seconds, options.every, limit=seconds + SLACK):
        print(f"training failed: {trouble}", flush=True)
    for trained, checkpoint in checkpoints(side.task):
        output = place / f"{Path(checkpoint).stem}.de"
        trouble = job(side, "translate", checkpoint, output, options.beam)
        score = None if trouble else bleu(output, side, options.corpus)
        if score is None:
            print(f"{trained:7.1f} failed: {trouble or f'see {output}'}", flush=True)
            continue
        print(f"{trained:7.1f} {score:6.2f}", flush=True)
        found.append((trained, score))
    return found


def job(side: Side, *options: object, limit: float = SLACK) -> str:
    """Have the side do it; why it failed, if it did."""
    task = replace(side.task, options=tuple(map(str, options)))
    command = [side.python, "-m", f"peers.{side.module}", *task.arguments()]
    with (task.place / "log.txt").open("a") as said:
        try:
            subprocess.run(
                command, cwd=task.place, env=side.environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, timeout=limit, check=True,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            return f"{type(error).__name__}, {side.last_word()}"
    return ""


def checkpoints(task: Task) -> list[tuple[float, str]]:
    """Seconds of training, and where the checkpoint is."""
    if not task.checkpoints.exists():
        return []
    lines = [line.split(" ", 1) for line in task.checkpoints.read_text("utf-8").split("\n")[:-1]]
    return [(float(trained), checkpoint) for trained, checkpoint in lines]


def bleu(output: Path, side: Side, corpus: Path) -> float | None:
    """Cased, by sacreBLEU's own tokenizer; None if the output has not a line for each reference."""
    lines = output.read_text("utf-8").split("\n")[:-1] if output.exists() else []
    references = (corpus / "valid.de").read_text("utf-8").split("\n")[:-1]
    if len(lines) != len(references):
        return None
    if side.name in PEERS:
        tokenizer = Tokenizer((PIECES / "tokenizer.model").read_bytes())
        lines = [tokenizer.decode_pieces(line.split()) for line in lines]
    return float(sacrebleu.corpus_bleu(lines, [references]).score)


def compare(curves: dict[str, Curve]) -> None:
    """When each side first had a BLEU, and how many times mtkit's time that is."""
    print("\n| BLEU |", *(f"{name}, s |" for name in curves))
    print("|---" * (len(curves) + 1) + "|")
    for level in LEVELS:
        times = {name: first(found, level) for name, found in curves.items()}
        print(f"| {level} |", *(f"{shown(times, name)} |" for name in times), flush=True)


def shown(times: dict[str, float | None], name: str) -> str:
    time, own = times[name], times.get("mtkit")
    if time is None:
        return "not reached"
    return f"{time:.0f}" + (f" ({time / own:.1f} times)" if own and name != "mtkit" else "")


def first(found: Curve, level: float) -> float | None:
    """Seconds until the BLEU, on straight lines from 0 at the start."""
    for (before, low), (after, high) in pairwise([(0.0, 0.0), *found]):
        if high >= level:
            return before + (after - before) * (level - low) / (high - low)
    return None


if __name__ == "__main__":
    main()
