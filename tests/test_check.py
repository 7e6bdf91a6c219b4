"""`mtkit check`: each fault, planted at a known line of a clean corpus, is found there."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Command, Outcome
from rich.cells import cell_len

from mtkit.corpus import everyday

Lines = list[bytes]
Plant = Callable[[Lines, Lines], None]  # changes the lines of train.en and train.de
AT = 700  # the line, from 1, that most faults are planted at
PAIRS = 1500


def head(file: str, lines: int) -> Lines:
    return (everyday() / file).read_bytes().split(b"\n")[:lines]


def write(path: Path, lines: Lines) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A clean corpus, to be spoilt."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for language in ("en", "de"):
        write(folder / f"train.{language}", head(f"train.{language}", PAIRS))
        write(folder / f"valid.{language}", head(f"valid.{language}", 100))
    return folder


def plant(corpus: Path, change: Plant) -> None:
    files = corpus / "train.en", corpus / "train.de"
    sides = [file.read_bytes().split(b"\n")[:-1] for file in files]
    change(*sides)
    for file, lines in zip(files, sides, strict=True):
        write(file, lines)


@dataclass(frozen=True)
class Found:
    fault: str
    severity: str
    file: str
    lines: list[int]


def checked(mtkit: Command, *arguments: object) -> tuple[list[Found], Outcome]:
    outcome = mtkit("check", *arguments, "--json")
    found = json.loads(outcome.out)["findings"]
    return [
        Found(each["fault"], each["severity"], Path(each["file"]).name, each["lines"])
        for each in found
    ], outcome


def source(change: Callable[[bytes], bytes]) -> Plant:
    def planted(english: Lines, german: Lines) -> None:
        english[AT - 1] = change(english[AT - 1])

    return planted


def target(change: Callable[[bytes], bytes]) -> Plant:
    def planted(english: Lines, german: Lines) -> None:
        german[AT - 1] = change(german[AT - 1])

    return planted


def middle(character: str) -> Callable[[bytes], bytes]:
    return lambda line: line[:9] + character.encode() + line[9:]


def pair(english: str, german: str) -> Plant:
    def planted(first: Lines, second: Lines) -> None:
        first[AT - 1], second[AT - 1] = english.encode(), german.encode()

    return planted


def again(change: Callable[[bytes], bytes]) -> Plant:
    """A pair from further up once more."""

    def planted(english: Lines, german: Lines) -> None:
        english[AT - 1], german[AT - 1] = change(english[9]), german[9]

    return planted


def swapped(english: Lines, german: Lines) -> None:
    english[AT - 1], german[AT - 1] = german[AT - 1], english[AT - 1]


def held_out(english_end: bytes, german_end: bytes) -> Plant:
    """A pair of valid, with other ends."""

    def planted(english: Lines, german: Lines) -> None:
        english[AT - 1] = head("valid.en", 42)[41].removesuffix(b".") + english_end
        german[AT - 1] = head("valid.de", 42)[41].removesuffix(b".") + german_end

    return planted


GERMAN = "Über den Bäumen schwebt ein schöner großer Ballon."
FRENCH = "Les enfants ont mangé une pomme dans le jardin hier soir."
NAMES = "Anna, Max, Peter and Felix, Berlin, Hamburg, Paris, London."
LONG = b" and then we walked home" * 12
FAULTS: dict[str, tuple[Plant, str, str]] = {
    "empty source": (source(lambda line: b""), "empty side", "train.en"),
    "blank target": (target(lambda line: b" \xe3\x80\x80 "), "empty side", "train.de"),
    "NUL": (source(middle("\0")), "NUL character", "train.en"),
    "escape": (source(middle("\x1b")), "control character", "train.en"),
    "tab": (target(middle("\t")), "control character", "train.de"),
    "C1 control": (target(middle("\x99")), "control character", "train.de"),
    "U+2028": (source(middle("\u2028")), "line separator", "train.en"),
    "U+2029": (target(middle("\u2029")), "line separator", "train.de"),
    "U+0085": (source(middle("\x85")), "line separator", "train.en"),
    "CR inside": (source(middle("\r")), "carriage return", "train.en"),
    "CR at the end": (target(lambda line: line + b"\r"), "Windows line end", "train.de"),
    "mark inside": (source(middle("\ufeff")), "byte-order mark inside", "train.en"),
    "lost character": (target(middle("\ufffd")), "lost characters", "train.de"),
    "not UTF-8": (target(lambda line: line + b" gr\xfc\xdfe"), "not UTF-8", "train.de"),
    "Latin-1": (target(lambda line: GERMAN.encode().decode("latin1").encode()), "mojibake",
                "train.de"),
    "Windows-1252": (target(lambda line: GERMAN.encode().decode("cp1252").encode()), "mojibake",
                     "train.de"),
    "Mac OS": (target(lambda line: GERMAN.encode().decode("macroman").encode()), "mojibake",
               "train.de"),
    "duplicate": (again(lambda line: line), "duplicate pair", "train.en"),
    "capitals": (again(bytes.upper), "near-duplicate pair", "train.en"),
    "digits": (again(lambda line: line[:-1] + b" 12 !"), "near-duplicate pair", "train.en"),
    "French": (target(lambda line: FRENCH.encode()), "wrong language", "train.de"),
    "copy": (pair(NAMES, NAMES.upper()), "untranslated copy", "train.en"),
    "swapped": (swapped, "swapped sides", "train.en"),
    "ratio": (source(lambda line: line + LONG), "extreme length ratio", "train.en"),
    "leak": (held_out(b".", b"."), "held-out pair in train", "train.en"),
    "leak but for marks": (held_out(b"!", b" !"), "held-out sentence in train", "train.en"),
    "leak of a target": (held_out(b" and now it is late.", b"."), "held-out sentence in train",
                         "train.en"),
    "near leak": (held_out(b" today.", b" heute."), "nearly held out", "train.en"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_at_its_line_and_no_other_is(
    mtkit: Command, corpus: Path, name: str
) -> None:
    change, fault, file = FAULTS[name]
    plant(corpus, change)
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert [(each.fault, each.file, each.lines) for each in found] == [(fault, file, [AT])]
    assert outcome.code == (found[0].severity == "error")
