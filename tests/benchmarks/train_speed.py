"""Target tokens a second in training: mtkit and its peers on the same pieces, with the same sizes.

    python tests/benchmarks/train_speed.py [../shared/bitext/multi30k] [--size tiny small]
        [--peer eole fairseq hf joeynmt] [--rounds 5] [--seconds 40] [--threads 2]

Each peer gets an environment of its own (pinned, `runs/train-speed/NAME`, made once) and reads
the pieces of one SentencePiece model (8,000, joint); all train with Adam, dropout 0.3, label
smoothing 0.1 and about 4,096 target tokens a step.  A round is mtkit and then each peer twice: as
it ships, and with glibc told to keep freed memory, as mtkit tells it for itself.  A run counts
after a third of its seconds, by the median of the rates that the peer itself prints: target
tokens that are no padding.  Shown are the medians of all rounds, mtkit's rate as a multiple of the
peer's in each round, and the most memory that was resident.  Skips cleanly without the corpus.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from peers import PEERS, SIZES, Peer, Work

PLACE = Path("runs/train-speed")
PIECES = 8000
KEEP_FREED = {  # what `keep_freed_memory` of mtkit/device.py asks of glibc
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
}


def main() -> None:
    options = parsed()
    if not options.corpus.is_dir():
        print(f"skipped: there is no {options.corpus}")
        return
    work = Work(options.corpus.resolve(), PLACE.resolve(), options.threads)
    prepare(work)
    peers = {name: PEERS[name] for name in options.peer}
    for name, peer in peers.items():
        peer.install(work.place / name)
        peer.prepare(work)
    for size in options.size:
        compare(peers, work, size, options.rounds, options.seconds)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/bitext/multi30k"))
    parser.add_argument("--size", nargs="+", choices=SIZES, default=list(SIZES))
    others = [name for name in PEERS if name != "mtkit"]
    parser.add_argument("--peer", nargs="+", choices=others, default=others)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def prepare(work: Work) -> None:
    """One tokenizer, and the training and validation pairs as its pieces."""
    if work.tokenizer.exists():
        return
    work.place.mkdir(parents=True, exist_ok=True)
    sides = [work.corpus / f"train.{language}" for language in ("en", "de")]
    command = [sys.executable, "-m", "mtkit", "tokenize"]
    fit = ["--fit", *map(str, sides), "--vocab-size", str(PIECES), "--out", str(work.tokenizer)]
    subprocess.run([*command, *fit], check=True)
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=str(work.tokenizer))
    for name in ("train.en", "train.de", "valid.en", "valid.de"):
        lines = (work.corpus / name).read_text("utf-8").splitlines()
        text = "\n".join(" ".join(model.encode(line, out_type=str)) for line in lines)
        (work.place / name).write_text(text + "\n", "utf-8")


def compare(peers: dict[str, Peer], work: Work, size: str, rounds: int, seconds: float) -> None:
    own = PEERS["mtkit"]
    sides: dict[str, tuple[Peer, dict[str, str]]] = {"mtkit": (own, {})}
    for name, peer in peers.items():
        sides |= {name: (peer, {}), f"{name}, keeping memory": (peer, KEEP_FREED)}
    rates: dict[str, list[float]] = {name: [] for name in sides}
    memory = dict.fromkeys(sides, 0.0)
    for number in range(rounds):
        for name, (peer, environment) in sides.items():
            rate, resident = measured(peer, work, size, environment, seconds)
            rates[name].append(rate)
            memory[name] = max(memory[name], resident)
            print(f"  {size}, round {number + 1}, {name}: {rate:,.0f} tokens/s", flush=True)
    print(f"\n{size}: target tokens a second, median of {rounds}; mtkit's as a multiple; memory")
    for name in sides:
        ratios = [ours / theirs for ours, theirs in zip(rates["mtkit"], rates[name], strict=True)]
        print(
            f"{name:24} {statistics.median(rates[name]):6,.0f}   {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f})   {memory[name]:.2f} GiB",
            flush=True,
        )


def measured(
    peer: Peer, work: Work, size: str, environment: dict[str, str], seconds: float
) -> tuple[float, float]:
    """Train for so long: the steady rate, tokens a second, and the peak of memory, GiB."""
    threads = {"OMP_NUM_THREADS": str(work.threads), "CUDA_VISIBLE_DEVICES": ""}
    log = work.place / "last.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            peer.command(work, size), env=os.environ | threads | environment, cwd=work.place,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        found: list[tuple[float, float]] = []  # when, how fast
        resident = 0.0
        for line in lines_of(process):
            said.write(line)
            if match := re.search(peer.rate, line):
                found.append((time.monotonic(), float(match[1].replace(",", ""))))
                resident = max(resident, peak(process.pid))
            if found and time.monotonic() - found[0][0] > seconds:
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    steady = [rate for when, rate in found[1:] if when - found[0][0] > seconds / 3]
    if not steady:
        sys.exit(f"{peer.name} said no rate: see {log}")
    return statistics.median(steady), resident


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout
    yield from process.stdout


def peak(group: int) -> float:
    """The most that any process of the group has had resident, in GiB."""
    found = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                found.append(int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 2**20)  # type: ignore[index]
        except (ProcessLookupError, FileNotFoundError, TypeError):
            continue  # it has ended meanwhile
    return max(found)


if __name__ == "__main__":
    main()
