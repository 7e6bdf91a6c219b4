"""A toy corpus, a model trained on it, and a way to call the command line as a user does."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from mtkit.cli import main

ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
GERMAN = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
TOY_SIZES = [
    "--vocab-size", "40", "--d-model", "64", "--d-ff", "128", "--heads", "4",
    "--encoder-layers", "2", "--decoder-layers", "2", "--dropout", "0",
    "--tokens-per-batch", "512", "--warmup-steps", "100",
]  # fmt: skip


settings.register_profile("mtkit", deadline=None)  # a test never fails for being slow
settings.load_profile("mtkit")
torch.set_num_threads(1)  # the models are tiny: a second thread would only wait for the first


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is written into the user's own cache, by subprocesses neither."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def refuse(text: str) -> None:
    """To be called by nobody."""
    raise AssertionError(f"a warning where none should be: {text}")


def toy_pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Numbers spelt out, none twice in a line, and their translation word by word."""
    draw = random.Random(seed)
    rows = [draw.sample(range(10), draw.randint(3, 8)) for _ in range(count)]
    return [
        (" ".join(ENGLISH[i] for i in row) + ".", " ".join(GERMAN[i] for i in row) + ".")
        for row in rows
    ]


def write_lines(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def toy_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of {train,valid,test}.{en,de}."""
    directory = tmp_path_factory.mktemp("toy")
    for seed, (split, count) in enumerate({"train": 3000, "valid": 50, "test": 50}.items()):
        pairs = toy_pairs(count, seed)
        write_lines(directory / f"{split}.en", [pair[0] for pair in pairs])
        write_lines(directory / f"{split}.de", [pair[1] for pair in pairs])
    return directory


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit status."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def mtkit(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run `mtkit ARGS` in this process: mtkit("translate", "--model", run, stdin=b"...")"""

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["mtkit", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capfd.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run


def run_main(*arguments: object) -> None:
    """`mtkit ARGS` in this process, for fixtures that outlive a test."""
    before, sys.argv = sys.argv, ["mtkit", *map(str, arguments)]
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, f"mtkit {arguments} exited with {stop.code}"
    finally:
        sys.argv = before


@pytest.fixture(scope="session")
def toy_run(toy_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory, trained until it can translate numbers.  Only to be read."""
    run = tmp_path_factory.mktemp("runs") / "toy"
    run_main(
        "train", toy_corpus, "--pair", "en-de", "--out", run, *TOY_SIZES,
        "--max-steps", 600, "--validate-every", 200,
    )  # fmt: skip
    return run
