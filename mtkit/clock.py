"""How long a run has taken, and how fast it is."""

from __future__ import annotations

import time


class Clock:
    """Seconds and target tokens of a run; validating and saving are not counted as work."""

    def __init__(self) -> None:
        self.seconds = 0.0  # in all
        self.paused = 0.0  # of them for validating and saving
        self.tokens = 0
        self.start()

    def start(self, done: float = 0.0) -> None:
        """Time begins to run, from now on; done: how much of the run lies behind it, 0 to 1."""
        self._begun = self.seconds, done
        self._now = time.perf_counter()
        self._lap()

    def work(self, tokens: int) -> None:
        """The time since the last call was spent on so many tokens."""
        self.tokens += tokens
        self._tick()

    def rest(self) -> None:
        """The time since the last call was spent on something else."""
        self.paused += self._tick()
        self._lap()

    def lap(self) -> float:
        """Tokens a second since the last lap or rest."""
        rate = (self.tokens - self._before[0]) / max(self.seconds - self._before[1], 1e-9)
        self._lap()
        return rate

    def left(self, done: float) -> float:
        """Seconds to the end of the run, of which `done` is more than at the start.

        By the speed since then: before a resume, it may have been that of another machine.
        """
        seconds, before = self._begun
        return (self.seconds - seconds) * (1 - done) / (done - before)

    @property
    def worked(self) -> float:
        """Seconds without the pauses."""
        return self.seconds - self.paused

    @property
    def tokens_per_second(self) -> float:
        """Over the whole run."""
        return self.tokens / max(self.worked, 1e-9)

    def state(self) -> list[float]:
        return [self.seconds, self.paused, self.tokens]

    def load_state(self, state: list[float]) -> None:
        self.seconds, self.paused, self.tokens = state[0], state[1], int(state[2])
        self._lap()

    def _lap(self) -> None:
        self._before = self.tokens, self.seconds

    def _tick(self) -> float:
        now = time.perf_counter()
        elapsed, self._now = now - self._now, now
        self.seconds += elapsed
        return elapsed
