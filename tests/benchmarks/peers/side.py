"""A side of the benchmark: a toolkit's trainer in a process that stands still between its turns."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from peers.common import THREADS, Task

PREPARATION = 600  # seconds that a side may take until it has settled
SETTLING = 10.0, 5  # seconds and steps that are not measured
WAKING = 1.5  # seconds of each turn, likewise
KEEPING = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}  # as mtkit does


@dataclass
class Side:
    """A row of the table, and the process behind it."""

    name: str
    allocator: str
    python: Path
    module: str
    options: tuple[str, ...] = ()
    rates: list[float | None] = field(default_factory=list)  # of each round
    batches: list[float] = field(default_factory=list)  # tokens, the mean
    memory: float = 0.0  # GiB, the most
    trouble: str = ""
    task: Task | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def label(self) -> str:
        return f"{self.name}, {self.allocator}"

    def environment(self) -> dict[str, str]:
        benchmarks = str(Path(__file__).parents[1].absolute())
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(THREADS))
        own = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
        paths = [benchmarks]
        if self.module.endswith("mtkit"):
            paths.append(str(Path(__file__).absolute().parents[3]))
        own |= threads | {"PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1"}
        return own | (KEEPING if self.allocator == "memory kept" else {})

    def start(self, model: str, work: Path) -> None:
        """Up to where it has settled; then it stands still."""
        place = (work / model / self.label.replace(", ", "-").replace(" ", "-")).absolute()
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        self.task = Task(model, work.absolute(), place, self.options)
        command = [self.python, "-m", f"peers.{self.module}", *self.task.arguments()]
        with (place / "log.txt").open("w") as said:
            self.process = subprocess.Popen(
                command, cwd=place, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        seconds, steps = SETTLING
        until = time.monotonic() + PREPARATION
        while not (done := self.steps()) or len(done) < steps or done[-1][0] < done[0][0] + seconds:
            time.sleep(0.2)
            if time.monotonic() > until:
                self.trouble = f"not settled in {PREPARATION} seconds, see {place / 'log.txt'}"
            elif self.process.poll() is not None:
                self.trouble = self.last_word()
            if self.trouble:
                self.end()
                return
        self.signal(signal.SIGSTOP)

    def turn(self, seconds: float) -> None:
        """Let it train for so long, and count what it did between the ends of two steps."""
        self.rates.append(None)
        if self.trouble:
            return
        began = time.monotonic()
        self.signal(signal.SIGCONT)
        time.sleep(WAKING + seconds)
        self.signal(signal.SIGSTOP)
        steps = [step for step in self.steps() if step[0] > began + WAKING]
        if self.process.poll() is not None:
            self.trouble = self.last_word()
        if self.trouble or len(steps) < 2:  # a very slow one has no rate in this round
            return
        times, tokens = zip(*steps, strict=True)
        self.rates[-1] = sum(tokens[1:]) / (times[-1] - times[0])
        self.batches.append(statistics.mean(tokens))
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        self.memory = int(status.split("VmHWM:")[1].split()[0]) / 2**20

    def steps(self) -> list[tuple[float, int]]:
        """When each was done, and its target tokens."""
        if not self.task.steps.exists():
            return []
        *lines, _ = self.task.steps.read_text("utf-8").split("\n")
        return [(float(when), int(tokens)) for when, tokens in map(str.split, lines)]

    def last_word(self) -> str:
        log = self.task.place / "log.txt"
        lines = log.read_text("utf-8", errors="replace").split("\n")
        return f"{next((line for line in reversed(lines) if line.strip()), 'no word')}, see {log}"

    def signal(self, number: int) -> None:
        """To the process and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self) -> None:
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
