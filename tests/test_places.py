"""What appears when it is whole: of two writers at once, and of those that were killed."""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from mtkit.averaging import keep_checkpoint
from mtkit.checkpoint import CHECKPOINTS, write_bytes
from mtkit.cli.streams import output
from mtkit.errors import MtkitError
from mtkit.places import STALE, cannot_write, check_writable, unfinished, whole_directory


def test_of_two_files_that_are_written_at_once_both_become_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    with ExitStack() as other:
        first = other.enter_context(output(path))
        first.lines(["a", "b"])
        with output(path) as second:
            second.lines(["c"])
        assert path.read_text() == "c\n"
        first.lines(["d"])
    assert path.read_text() == "a\nb\nd\n"
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_directories_of_one_name_the_second_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(MtkitError, match="cannot be written: Directory not empty"):  # noqa: SIM117
        with whole_directory(out) as first:
            (first / "first").touch()
            with whole_directory(out) as second:
                (second / "second").touch()
    assert [path.name for path in out.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["config.json", "odd [name]*"])
def test_what_killed_writers_left_goes_when_it_is_old(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    file, folder, fresh = (unfinished(path) for _ in range(3))
    file.touch()
    folder.mkdir()
    (folder / "begun").touch()
    fresh.touch()
    of_another = unfinished(tmp_path / "other.json")
    of_another.touch()
    strangers = tmp_path / f".{name}.backup.tmp"
    strangers.touch()
    for old in (file, folder / "begun", folder, of_another, strangers):
        os.utime(old, (time.time() - 2 * STALE,) * 2)
    write_bytes(path, b"new")
    assert {*tmp_path.iterdir()} == {path, fresh, of_another, strangers}


def test_what_killed_writers_of_checkpoints_left_goes_with_the_next_one(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS).mkdir()
    left = unfinished(tmp_path / CHECKPOINTS / "000000100.pt")
    left.touch()
    os.utime(left, (time.time() - 2 * STALE,) * 2)
    keep_checkpoint(tmp_path, 200, [1.0], {"weight": torch.zeros(2)}, (1, 0))
    assert [path.name for path in (tmp_path / CHECKPOINTS).iterdir()] == ["000000200.pt"]


def test_a_directory_that_takes_the_place_of_another_waits_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(MtkitError, match="No space left"):
        patched.setattr("mtkit.places.os.fsync", full)
        with whole_directory(out, replace=True) as folder:
            (folder / "new").touch()
    assert [path.name for path in out.iterdir()] == ["old"]
    with whole_directory(out, replace=True) as folder:
        (folder / "new").touch()
    assert [path.name for path in out.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    check_writable(tmp_path)
    check_writable(tmp_path / "new" / "run")
    for place in ("plain/run", "plain/new/run"):
        with pytest.raises(MtkitError, match="cannot be written below `.*plain`: Not a directory"):
            check_writable(tmp_path / place)
    with pytest.raises(MtkitError, match="plain` cannot be written: Not a directory"):
        check_writable(tmp_path / "plain")


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space, or choose another place"),
        (errno.ENOENT, "make `new` first, or choose another place"),
        (errno.EACCES, "choose another place"),
    ],
)
def test_why_a_file_cannot_be_written_decides_what_to_do(number: int, hint: str) -> None:
    error = cannot_write(Path("new/report.html"), OSError(number, os.strerror(number)))
    assert error.message == f"`new/report.html` cannot be written: {os.strerror(number)}"
    assert error.hint == hint
