"""`mtkit download opus:NAME` through a package mtdata that is played here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from conftest import Command
from test_bad_input import assert_refused

from mtkit.corpus import corpus_in

PAIRS = [(f"Sentence {n} of all.", f"Satz {n} von allen.") for n in range(400)]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Downloads are kept in tmp_path."""
    monkeypatch.setenv("MTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


class Id(SimpleNamespace):
    """What mtdata calls a dataset."""

    def __str__(self) -> str:
        return f"OPUS-tatoeba-{self.version}-deu-eng"


@pytest.fixture
def mtdata(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A package mtdata that knows two versions of one corpus, and reads PAIRS from it."""
    entries = {}
    for version in ("v2", "v20190709"):
        did = Id(version=version, langs=("deu", "eng"))
        url = f"https://opus.org/{version}.zip"
        entries[str(did)] = SimpleNamespace(did=did, url=url, in_ext="txt")
    state: dict[str, Any] = {"rows": [(german, english) for english, german in PAIRS]}

    class Parser:
        def __init__(self, path: Path, ext: str | None, ent: Any) -> None:
            sys.stdout.write("mtdata talks to stdout")

        def read_segs(self) -> Iterator[tuple[str, ...]]:
            return iter(state["rows"])

    class Cache:
        def __init__(self, root: Path) -> None:
            state["cache"] = root

        def get_entry(self, entry: Any) -> Path:
            if "error" in state:
                raise state["error"]
            return Path("unused")

    def get_entries(langs: Any, names: list[str], groups: list[str]) -> list[Any]:
        right = set(langs) == {"deu", "eng"} and groups == ["OPUS"] and names == ["tatoeba"]
        return list(entries.values()) if right else []

    codes = {"de": "deu", "en": "eng", "fr": "fra"}
    parts = {
        "mtdata": {},
        "mtdata.iso": {},
        "mtdata.iso.bcp47": {"bcp47": lambda code: codes[code]},
        "mtdata.data": {"Cache": Cache, "Parser": Parser, "INDEX": entries},
        "mtdata.entry": {"DatasetId": SimpleNamespace(parse=lambda name: name)},
        "mtdata.index": {"get_entries": get_entries},
    }
    for name, content in parts.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return state


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("opus:Tatoeba", "v20190709"),
        ("opus:tatoeba/v2", "v2"),
        ("mtdata:OPUS-tatoeba-v2-deu-eng", "v2"),
    ],
)
@pytest.mark.parametrize("pair", ["en-de", "de-en"])
def test_corpora_of_opus_come_through_mtdata(
    mtkit: Command, mtdata: dict[str, Any], tmp_path: Path, name: str, version: str, pair: str
) -> None:
    done = mtkit("download", name, "--pair", pair, "--out", "new")
    assert (done.code, done.out) == (0, ""), done.err
    assert f"https://opus.org/{version}.zip" in (tmp_path / "new" / "SOURCE.txt").read_text()
    assert "mtdata checks none" in done.err
    assert mtdata["cache"] == tmp_path / "cache" / "downloads" / "mtdata"
    corpus = corpus_in(tmp_path / "new", "en-de")
    assert sorted(corpus.splits) == ["test", "train", "valid"]
    assert set(corpus.read("train").source) < {english for english, _ in PAIRS}
    again = mtkit("download", name, "--pair", pair, "--out", "new")
    assert "nothing to do" in again.err


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["opus:nothing"], ["OPUS has no corpus `nothing`", "mtdata list -g OPUS"]),
        (["opus:tatoeba/v9"], ["no corpus `tatoeba/v9`", "it has the versions v2, v20190709"]),
        (["opus:tatoeba", "--pair", "en-fr"], ["no corpus `tatoeba`"]),
        (["opus:tatoeba", "--pair", "en-xx"], ["mtdata could not get opus:tatoeba: 'xx'"]),
        (["mtdata:nothing"], ["no dataset of two languages `nothing`", "mtdata list"]),
        (["mtdata:OPUS-tatoeba-v3-deu-eng"], ["no dataset of two languages"]),
        (["mtdata:OPUS-tatoeba-v2-deu-eng", "--pair", "en-fr"], ["is not of en-fr", "--pair"]),
    ],
)
def test_what_mtdata_does_not_know(
    mtkit: Command, mtdata: dict[str, Any], tmp_path: Path, arguments: list[str], parts: list[str]
) -> None:
    assert_refused(mtkit("download", *arguments), *parts)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_inside_of_mtdata_is_one_error(
    mtkit: Command, mtdata: dict[str, Any], tmp_path: Path
) -> None:
    mtdata["error"] = AssertionError(404)
    assert_refused(mtkit("download", "opus:tatoeba"), "could not get OPUS-tatoeba", "404")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_without_mtdata_it_is_said_what_to_install(
    mtkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mtdata", None)
    refused = mtkit("download", "opus:tatoeba")
    assert_refused(refused, "need the package mtdata", "pip install 'mtkit[download]'")
