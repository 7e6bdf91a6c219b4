"""Several processes that translate one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Command, toy_pairs, write_lines

from mtkit.errors import MtkitError
from mtkit.parts import WINDOW
from mtkit.workers import shared_out, windows_of

LINES = [str(n) for n in range(3 * WINDOW + 7)]


def process_of(lines: Sequence[str]) -> list[tuple[str, int]]:
    return [(line, os.getpid()) for line in lines]


def test_lines_keep_their_order_and_are_read_little_by_little() -> None:
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in LINES * 10:
            read += 1
            yield line

    found = shared_out(process_of, lines(), 2)
    first = next(found)
    assert read == 4 * WINDOW
    rest = list(found)
    assert [line for line, _ in [first, *rest]] == LINES * 10
    assert os.getpid() not in {process for _, process in rest}


def test_a_few_lines_are_shared_out_evenly() -> None:
    assert [len(window) for window in windows_of(LINES[:1001], 3)] == [334, 334, 333]
    sizes = [len(window) for window in windows_of(LINES, 2)]
    assert sizes == [WINDOW, WINDOW, WINDOW // 2 + 4, WINDOW // 2 + 3]
    assert list(windows_of([], 2)) == []


def test_a_mistake_found_by_a_worker_is_the_users_error() -> None:
    def refuse(lines: Sequence[str]) -> list[str]:
        raise MtkitError("what is wrong", "what to do")

    with pytest.raises(MtkitError) as caught:
        list(shared_out(refuse, LINES, 2))
    assert (caught.value.message, caught.value.hint) == ("what is wrong", "what to do")


def test_a_worker_that_dies_ends_the_work_with_advice() -> None:
    def die(lines: Sequence[str]) -> list[str]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    with pytest.raises(MtkitError, match="a worker process died"):
        list(shared_out(die, LINES, 2))


def test_any_number_of_workers_translates_alike(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "some.en", [line for line, _ in toy_pairs(1100, seed=2)] + [""])
    run = "translate", "--model", toy_run, "--beam-size", 2, "--input", source, "--scores"
    one, two, three = (mtkit(*run, "--workers", n) for n in (1, 2, 3))
    assert one.code == two.code == three.code == 0
    texts = [
        [line.split("\t")[1] for line in found.out.splitlines()] for found in (one, two, three)
    ]
    assert len(texts[0]) == 1101
    assert texts[0] == texts[1] == texts[2]


def test_ctrl_c_ends_all_of_them(toy_run: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "big.en", ["one two three four five six."] * 200_000)
    command = [sys.executable, "-m", "mtkit", "translate", "--model", str(toy_run), "--input"]
    process = subprocess.Popen(
        [*command, str(source), "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("eins")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
