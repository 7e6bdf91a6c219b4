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

from mtkit.bitext import read_lines
from mtkit.cli import main
from mtkit.corpus import everyday

ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
GERMAN = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
TOY_SIZES = [
    "--vocab-size", "40", "--d-model", "64", "--d-ff", "128", "--heads", "4",
    "--encoder-layers", "2", "--decoder-layers", "2", "--dropout", "0",
    "--tokens-per-batch", "512", "--warmup-steps", "100",
]  # fmt: skip


pytest_plugins = ["report_pages"]

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


def worse(lines: list[str], seed: int, share: float = 0.5) -> list[str]:
    """The lines, of some of which a word is gone and two have changed places."""
    draw, found = random.Random(seed), []
    for line in lines:
        words = line.split() if " " in line else list(line)
        if len(words) > 3 and draw.random() < share:
            del words[draw.randrange(len(words))]
            words[0], words[1] = words[1], words[0]
        found.append((" " if " " in line else "").join(words))
    return found


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of references and of the translations of two systems, in three languages."""
    folder = tmp_path_factory.mktemp("systems")
    for language in ("de", "zh"):
        lines = read_lines(everyday() / f"test.{language}")[:120]
        write_lines(folder / f"ref.{language}", lines)
        write_lines(folder / f"other.{language}", [f"{line} " for line in worse(lines, 3, 0.1)])
        write_lines(folder / f"one.{language}", worse(lines, 1, 0.8))
        write_lines(folder / f"two.{language}", worse(lines, 2, 0.4))
    japanese = [
        "私は日本語を話します。",
        "今日は天気がいいですね。",
        "彼女は駅で友達を待っている。",
    ] * 4
    write_lines(folder / "ref.ja", japanese)
    write_lines(folder / "one.ja", worse(japanese, 1))
    korean = [
        "저는 한국어를 말합니다.",
        "오늘은 날씨가 참 좋네요.",
        "그녀는 역에서 친구를 기다린다.",
    ] * 4
    write_lines(folder / "ref.ko", korean)
    write_lines(folder / "one.ko", worse(korean, 1))
    write_lines(folder / "source.en", read_lines(everyday() / "test.en")[:120])
    return folder


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
