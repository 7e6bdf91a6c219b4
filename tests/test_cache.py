"""Entries of the cache: whole or not there at all, whoever is killed and whatever is damaged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import refuse

from mtkit.cache import HEADER, Cache, Entry
from mtkit.places import STALE, UNFINISHED


def make(folder: Path) -> dict[str, str]:
    (folder / "content").write_text("whole")
    return {"what": "kept"}


def entry(root: Path) -> Entry:
    return Cache(refuse, root).entry("thing", {"name": 1}, make)


@pytest.mark.parametrize("spoil", ["truncated", "gone", "header truncated", "header gone"])
def test_a_damaged_entry_is_noticed_and_made_anew(tmp_path: Path, spoil: str) -> None:
    assert entry(tmp_path).made
    assert not entry(tmp_path).made
    file = entry(tmp_path).folder / (HEADER if "header" in spoil else "content")
    if "gone" in spoil:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-2])
    again = entry(tmp_path)
    assert again.made
    assert (again.folder / "content").read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == [again.folder.name]


def test_a_killed_writer_leaves_no_entry_and_its_remains_are_swept_up(tmp_path: Path) -> None:
    script = f"""
import time
from pathlib import Path
from mtkit.cache import Cache
def make(folder):
    (folder / "content").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
Cache(print, Path({str(tmp_path)!r})).entry("thing", {{"name": 1}}, make)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    [remains] = tmp_path.iterdir()
    assert remains.name.endswith(UNFINISHED)
    assert entry(tmp_path).made
    assert remains.exists()  # as far as anyone knows, somebody is writing it
    for path in (*remains.iterdir(), remains):
        os.utime(path, (time.time() - 2 * STALE,) * 2)
    stranger = tmp_path / "thesis.tmp"
    stranger.touch()
    os.utime(stranger, (time.time() - 2 * STALE,) * 2)
    Cache(refuse, tmp_path).entry("thing", {"name": 2}, make)
    assert not remains.exists()
    assert stranger.exists()


def test_a_failure_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    def fail(folder: Path) -> dict[str, str]:
        (folder / "content").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Cache(refuse, tmp_path).entry("thing", {"name": 1}, fail)
    assert list(tmp_path.iterdir()) == []


def test_of_two_that_make_the_same_at_once_both_have_it(tmp_path: Path) -> None:
    inner: list[Entry] = []

    def overtaken(folder: Path) -> dict[str, str]:
        inner.append(entry(tmp_path))  # another process, which is quicker
        return make(folder)

    outer = Cache(refuse, tmp_path).entry("thing", {"name": 1}, overtaken)
    assert outer.folder == inner[0].folder
    assert (outer.folder / "content").read_text() == "whole"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_folder_for_the_time_being_goes_at_the_end(tmp_path: Path) -> None:
    script = """
from mtkit.cache import Cache
cache = Cache(lambda _: None)
print(cache.entry("thing", {}, lambda folder: {}).folder)
"""
    environment = os.environ | {"MTKIT_CACHE": "/dev/null/cache"}
    found = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    folder = Path(found.stdout.strip())
    assert folder.parent.name.startswith("mtkit-")
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"MTKIT_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"MTKIT_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/mtkit"),
        ({"MTKIT_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/c"}, "/c/.cache/mtkit"),
    ],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], place: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Cache(refuse).root == Path(place)
