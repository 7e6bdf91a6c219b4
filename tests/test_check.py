"""`mtkit check`: each fault, planted at a known line of a clean corpus, is found there."""

from __future__ import annotations

import errno
import gzip
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import TOY_SIZES, Command, Outcome, refuse
from rich.cells import cell_len

from mtkit import console
from mtkit.cache import Cache
from mtkit.cli.preparation import TrainingData, data_sets
from mtkit.corpus import corpus_in, everyday
from mtkit.errors import MtkitError
from mtkit.places import whole_directory

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


STRANGERS = [(b"A stranger.", b"Ein Fremder kommt selten allein, und dieser hier schon gar nicht.")]


def lose(side: int, line: int, lines: int = 1) -> Plant:
    def planted(*sides: Lines) -> None:
        del sides[side][line - 1 : line - 1 + lines]

    return planted


def lose_and_gain(english: Lines, german: Lines) -> None:
    """Two slips that cancel out: 60 lines apart."""
    del german[AT - 1]
    german.insert(AT + 59, b"Das hier steht nur auf einer Seite, und niemand wei\xc3\x9f, warum.")


COUNTS = "line counts differ"


@pytest.mark.parametrize(
    ("change", "slips"),
    [
        (lose(1, AT), [("train.de", [AT])]),
        (lose(0, AT), [("train.en", [AT])]),
        (lose(1, AT, 3), [("train.de", [AT])]),
        (lose(0, AT, 50), [("train.en", [AT])]),
        (lose(1, 1), [("train.de", [1])]),
        (lose(1, PAIRS), [("train.de", [PAIRS])]),
        (lose(1, PAIRS - 19, 20), [("train.de", [PAIRS - 19])]),
        (lose_and_gain, [("train.en", [AT + 61]), ("train.de", [AT])]),
    ],
)
def test_the_place_is_found_where_two_files_slip(
    mtkit: Command, corpus: Path, change: Plant, slips: list[tuple[str, list[int]]]
) -> None:
    plant(corpus, change)
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert outcome.code == 1
    assert sorted((f.file, f.lines) for f in found if f.fault == "sides slip") == sorted(slips)
    assert [f.fault for f in found if f.fault != "sides slip"] == [COUNTS][
        : change is not lose_and_gain
    ]


def test_a_short_file_slips_somewhere(mtkit: Command, tmp_path: Path) -> None:
    write(tmp_path / "train.en", head("train.en", 12))
    write(tmp_path / "train.de", [*head("train.de", 12)[:5], *head("train.de", 12)[6:]])
    found, _ = checked(mtkit, tmp_path, "--pair", "en-de")
    assert [each.fault for each in found] == [COUNTS, "sides slip"]
    assert abs(found[1].lines[0] - 6) <= 6


def test_a_shuffled_side_is_no_translation(mtkit: Command, corpus: Path) -> None:
    plant(corpus, lambda english, german: random.Random(1).shuffle(german))
    found, _ = checked(mtkit, corpus, "--pair", "en-de")
    assert [each.fault for each in found] == ["sides unrelated"]


def test_files_in_the_wrong_language_are_an_error(mtkit: Command, corpus: Path) -> None:
    for split in ("train", "valid"):
        (corpus / f"{split}.en").rename(corpus / "other")
        (corpus / f"{split}.de").rename(corpus / f"{split}.en")
        (corpus / "other").rename(corpus / f"{split}.de")
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert {each.fault for each in found} == {"side in another language"}
    assert len(found) == 4
    assert outcome.code == 1
    refused = mtkit("check", corpus, "--pair", "en-de", "--fix", corpus.parent / "out")
    assert refused.code == 1
    assert "is in another language than its name says" in refused.err
    assert not (corpus.parent / "out").exists()


@pytest.mark.parametrize("direction", ["en-de", "en-zh", "de-zh"])
def test_the_corpus_that_comes_with_mtkit_is_clean(mtkit: Command, direction: str) -> None:
    """No error and no warning; its grammar makes some sentences that differ in one word only."""
    found, outcome = checked(mtkit, everyday(), "--pair", direction)
    assert outcome.code == 0
    assert {each.fault for each in found} <= {"nearly held out"}
    assert sum(len(each.lines) for each in found) <= 20


def test_a_mark_at_the_beginning_and_windows_line_ends_are_notes(
    mtkit: Command, corpus: Path
) -> None:
    file = corpus / "train.en"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert [(each.fault, each.severity, len(each.lines)) for each in found] == [
        ("Windows line end", "note", PAIRS), ("byte-order mark", "note", 1),
    ]  # fmt: skip
    assert outcome.code == 0


def test_a_tokenizer_tells_unknown_characters_and_long_lines(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    model = tmp_path / "tok.model"
    files = corpus / "train.en", corpus / "train.de"
    mtkit("tokenize", "--fit", *files, "--out", model, "--vocab-size", 300)
    plant(corpus, source(middle("щ")))
    options = "--pair", "en-de", "--tokenizer", model
    found, outcome = checked(mtkit, corpus, *options)
    assert [(each.fault, each.lines) for each in found] == [("unknown character", [AT])]
    assert json.loads(outcome.out)["skipped"] == []
    assert "щ (U+0449)" in outcome.out
    found, _ = checked(mtkit, corpus, *options, "--max-positions", 40)
    [too_long] = [
        each for each in found if each.fault == "longer than the model" if each.file == "train.en"
    ]
    pieces = mtkit("tokenize", "--model", model, corpus / "train.en").out.splitlines()
    expected = [n for n, line in enumerate(pieces, 1) if len(line.split()) > 39]
    assert too_long.lines == expected


def test_a_model_directory_brings_tokenizer_and_positions(
    mtkit: Command, toy_run: Path, toy_corpus: Path
) -> None:
    found, outcome = checked(mtkit, toy_corpus, "--pair", "en-de", "--tokenizer", toy_run)
    assert not {each.fault for each in found} & {"unknown character", "longer than the model"}
    assert json.loads(outcome.out)["skipped"] == []


def test_without_a_tokenizer_words_are_counted(mtkit: Command, corpus: Path) -> None:
    plant(corpus, pair("word " * 300, "Wort " * 300))
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert [(f.fault, f.file, f.lines) for f in found if f.fault == "longer than the model"] == [
        ("longer than the model", "train.en", [AT]), ("longer than the model", "train.de", [AT]),
    ]  # fmt: skip
    assert "unknown characters" in json.loads(outcome.out)["skipped"][0]


def test_without_the_extra_it_says_what_is_not_looked_for(
    mtkit: Command, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtkit.check.extras.find_spec", lambda name: None)
    plant(corpus, target(lambda line: FRENCH.encode()))
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert found == []
    skipped = json.loads(outcome.out)["skipped"]
    assert {each.split(":")[0] for each in skipped} >= {"mojibake", "wrong languages"}
    assert all("pip install 'mtkit[check]'" in each for each in skipped[:2])


def test_a_language_that_nobody_knows_is_not_looked_for(mtkit: Command, tmp_path: Path) -> None:
    for language in ("en", "xx"):
        write(tmp_path / f"train.{language}", head("train.en", 50))
    _, outcome = checked(mtkit, tmp_path, "--pair", "en-xx")
    assert "the identifier does not know `xx`" in outcome.out


def test_files_named_one_by_one_packed_files_and_tsv(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    plant(corpus, source(lambda line: b""))
    files = []
    for language in ("en", "de"):
        files.append(tmp_path / f"a.{language}.gz")
        files[-1].write_bytes(gzip.compress((corpus / f"train.{language}").read_bytes()))
    found, _ = checked(mtkit, "--source", files[0], "--target", files[1])
    assert [(each.fault, each.lines) for each in found] == [("empty side", [AT])]
    sides = [(corpus / f"train.{language}").read_bytes().split(b"\n") for language in ("en", "de")]
    rows = [b"\t".join(row) + b"\tmore" for row in zip(*sides, strict=True)][:-1]
    rows[9] = b"no tab in this line, which has some words"
    tsv = write(tmp_path / "pairs.tsv", rows)
    found, outcome = checked(mtkit, "--tsv", tsv, "--pair", "en-de")
    assert [(each.fault, each.lines) for each in found] == [
        ("no tab", [10]), ("empty side", [10, AT]),
    ]  # fmt: skip
    assert outcome.code == 1


def test_duplicates_are_found_across_the_files_of_a_set(mtkit: Command, tmp_path: Path) -> None:
    files = []
    for part in ("a", "b"):
        for option, language in (("--source", "en"), ("--target", "de")):
            file = write(tmp_path / f"{part}.{language}", head(f"train.{language}", 60))
            files += [option, file]
    found, _ = checked(mtkit, *files)
    assert [(each.fault, each.file, len(each.lines)) for each in found] == [
        ("duplicate pair", "b.en", 60)
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["/nowhere"], 1, "is not a directory"),
        (["--source", "/nowhere/a.en", "--target", "/nowhere/a.de"], 1, "is not there"),
        (["--source", "/dev/null", "--target", "/dev/null", "--pair", "en-de"], 1, "no regular"),
        (["--source", "a.en"], 2, "must both be given"),
        (["data", "--tsv", "a.tsv"], 2, "--tsv"),
        (["--tokenizer", "/nowhere/tok.model"], 1, "cannot be read"),
        (["--max-positions", "1"], 2, "max-positions"),
        (["--pair", "en-fr"], 1, "no language `fr`"),
    ],
)
def test_what_a_user_can_get_wrong(
    mtkit: Command, arguments: list[str], code: int, part: str
) -> None:
    refused = mtkit("check", *arguments)
    assert refused.code == code
    assert refused.out == ""
    assert part in refused.err


def test_a_damaged_packed_file_is_an_error(mtkit: Command, corpus: Path) -> None:
    packed = gzip.compress((corpus / "train.de").read_bytes())
    (corpus / "train.de").unlink()
    (corpus / "train.de.gz").write_bytes(packed[:9000])
    refused = mtkit("check", corpus, "--pair", "en-de")
    assert refused.code == 1
    assert re.search(r"train.de.gz`, after line [\d,]+: .*\nhint: the file is damaged", refused.err)


def test_an_empty_file_is_told(mtkit: Command, corpus: Path) -> None:
    (corpus / "train.de").write_bytes(b"")
    found, outcome = checked(mtkit, corpus, "--pair", "en-de")
    assert [each.fault for each in found][0] == COUNTS
    assert outcome.code == 1


def test_what_is_shown_is_safe_and_fits_into_80_columns(mtkit: Command, corpus: Path) -> None:
    plant(corpus, pair("\x1b[31mred\u202e " + "漢字" * 300, "rot " * 10))
    shown = mtkit("check", corpus, "--pair", "en-de")
    assert "<U+001B>[31mred<U+202E>" in shown.out
    assert "\x1b" not in shown.out
    assert max(map(cell_len, shown.out.splitlines())) <= 80
    assert "train.en:700" in shown.out
    assert "next: mtkit check" in shown.err


def test_a_clean_corpus_leads_to_training(mtkit: Command, corpus: Path) -> None:
    shown = mtkit("check", corpus, "--pair", "en-de")
    assert shown.code == 0
    assert shown.out.splitlines()[-1].endswith("nothing found")
    assert f"next: mtkit train {corpus} --pair en-de" in shown.err


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def all_faults(english: Lines, german: Lines) -> None:
    """One of many kinds, each at a line of its own."""
    for number, (name, (change, _, _)) in enumerate(FAULTS.items()):
        spoilt = list(english), list(german)
        change(*spoilt)
        at = 100 + 20 * number
        english[at - 1], german[at - 1] = spoilt[0][AT - 1], spoilt[1][AT - 1]
        assert name


def test_fix_writes_a_clean_copy_and_says_what_it_dropped(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    plant(corpus, all_faults)
    before, out = contents(corpus), tmp_path / "new" / "cleaned"
    fixed = mtkit("check", corpus, "--pair", "en-de", "--fix", out)
    assert fixed.code == 0, fixed.err
    assert contents(corpus) == before
    assert set(contents(out)) == {"train.en", "train.de", "valid.en", "valid.de", "changes.tsv"}
    assert [file.name for file in out.parent.iterdir()] == ["cleaned"]
    found, outcome = checked(mtkit, out, "--pair", "en-de")
    assert {each.severity for each in found} <= {"note"}, found
    rows = [line.split("\t") for line in (out / "changes.tsv").read_text().splitlines()]
    assert rows[0] == ["file", "line", "fault", "done", "text"]
    done = {(Path(file).name, int(line), fault): how for file, line, fault, how, _ in rows[1:]}
    for number, (_, fault, file) in enumerate(FAULTS.values()):
        if not fault.startswith("near"):
            assert (file, 100 + 20 * number, fault) in done
    dropped = {line for (_, line, _), how in done.items() if how == "dropped"}
    assert len((out / "train.en").read_bytes().split(b"\n")) - 1 == PAIRS - len(dropped)
    assert f"next: mtkit train {out} --pair en-de" in fixed.err


def test_fix_mends_what_can_be_mended(mtkit: Command, corpus: Path, tmp_path: Path) -> None:
    def planted(english: Lines, german: Lines) -> None:
        german[9] = GERMAN.encode().decode("cp1252").encode()
        english[19] = "\ufeffA line\u2028and\tanother\0.\r".encode()

    plant(corpus, planted)
    mtkit("check", corpus, "--pair", "en-de", "--fix", tmp_path / "out")
    assert (tmp_path / "out" / "train.de").read_text().split("\n")[9] == GERMAN
    assert (tmp_path / "out" / "train.en").read_text().split("\n")[19] == "A line and another."


def test_fix_puts_the_sides_together_again_after_a_slip(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    plant(corpus, lose(1, AT, 3))
    mtkit("check", corpus, "--pair", "en-de", "--fix", tmp_path / "out")
    kept = [*range(AT - 2), *range(AT + 3, PAIRS)]  # nor the pairs beside the slip
    for language in ("en", "de"):
        original = head(f"train.{language}", PAIRS)
        fixed = (tmp_path / "out" / f"train.{language}").read_bytes().split(b"\n")[:-1]
        assert fixed == [original[row] for row in kept]
    changes = (tmp_path / "out" / "changes.tsv").read_text()
    assert len(re.findall(r"train.en\t70[0-2]\tsides slip\tdropped", changes)) == 3


def test_fix_lists_each_change_once_and_in_the_order_of_the_lines(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    def planted(english: Lines, german: Lines) -> None:
        for line in (99, 1199):
            english[line] = b"\xef\xbb\xbf" + english[line]
        del german[AT : AT + 3], english[400:402]

    plant(corpus, planted)
    mtkit("check", corpus, "--pair", "en-de", "--fix", tmp_path / "out")
    changes = (tmp_path / "out" / "changes.tsv").read_text().splitlines()[1:]
    rows = [line.split("\t")[:3] for line in changes]
    assert len(set(map(tuple, rows))) == len(rows)
    for name in ("train.en", "train.de"):
        lines = [int(line) for file, line, _ in rows if Path(file).name == name]
        assert len(lines) >= 2
        assert lines == sorted(lines)
    assert {line for _, line, fault in rows if fault != "sides slip"} == {"100", "1198"}


def test_fix_never_writes_where_something_is(mtkit: Command, corpus: Path) -> None:
    before = contents(corpus)
    for place in (corpus, corpus / "train.en"):
        refused = mtkit("check", corpus, "--pair", "en-de", "--fix", place)
        assert refused.code == 1
        assert "exists already" in refused.err
    assert contents(corpus) == before


def test_fix_leaves_nothing_half_written(mtkit: Command, tmp_path: Path) -> None:
    for language in ("en", "de"):
        write(tmp_path / f"train.{language}", [b""] * 20)
    refused = mtkit("check", tmp_path, "--pair", "en-de", "--fix", tmp_path / "out")
    assert refused.code == 1
    assert "nothing is left of the train set" in refused.err
    assert {file.name for file in tmp_path.iterdir()} == {"train.en", "train.de"}


QUICK = [*TOY_SIZES[2:], "--vocab-size", "300", "--max-steps", "1", "--validate-every", "1"]


def warned(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the preparation of a training run warns of; the second time from the cache."""
    told: list[str] = []
    monkeypatch.setattr(console, "warn", told.append)
    cache = Cache(refuse)
    for _ in range(2):
        found = corpus_in(corpus, "en-de")
        TrainingData(found, data_sets(found, cache), cache)
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert all(line.endswith("; `mtkit check` shows where") for line in told)
    return told[: len(told) // 2]


def test_training_on_a_clean_corpus_warns_of_nothing(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warned(corpus, monkeypatch) == []
    assert warned(everyday(), monkeypatch) == []


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (pair(NAMES, NAMES), "1 of 1,500 training pairs: untranslated copies"),
        (source(middle("\u2028")), "1 of 1,500 training pairs: control characters"),
        (source(lambda line: line + LONG * 2), "1 of 1,500 training pairs: one side more than 6"),
        (held_out(b".", b"."), "1 valid sentence stands in the training set too"),
        (lose_and_gain, "from about line 6"),
    ],
)
def test_training_warns_in_one_line_of_what_the_quick_part_sees(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, change: Plant, warning: str
) -> None:
    plant(corpus, change)
    [told] = warned(corpus, monkeypatch)
    assert told.startswith(warning)


def test_training_warns_of_swapped_sides(mtkit: Command, corpus: Path) -> None:
    for split in ("train", "valid"):
        (corpus / f"{split}.en").rename(corpus / "other")
        (corpus / f"{split}.de").rename(corpus / f"{split}.en")
        (corpus / "other").rename(corpus / f"{split}.de")
    out = corpus.parent / "run"
    shown = mtkit("train", corpus, "--pair", "en-de", "--out", out, "--dry-run", *QUICK)
    assert shown.code == 0, shown.err
    for one, other in (("en", "de"), ("de", "en")):
        warning = f"warning: the {one} side is in another language (`{other}`); `mtkit check` shows"
        assert warning in shown.err


def test_files_of_different_length_point_to_the_check(mtkit: Command, corpus: Path) -> None:
    plant(corpus, lose(1, AT))
    refused = mtkit("train", corpus, "--pair", "en-de", "--out", corpus.parent / "run", *QUICK)
    assert refused.code == 1
    assert "`mtkit check` finds where they slip" in refused.err


def test_training_does_not_warn_of_what_the_check_lets_pass(
    mtkit: Command, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence that many say may stand in both sets, and numbers are the same in any language."""
    numbers = b"2001 / 2002 / 2003 / 2004 / 2005"

    def change(english: Lines, german: Lines) -> None:
        english[10], german[10] = b"Yes, fine.", b"Ja, gut."
        english[11], german[11] = numbers, numbers

    plant(corpus, change)
    for language, line in (("en", b"Yes, fine."), ("de", b"Ja, ja.")):
        write(corpus / f"valid.{language}", [*head(f"valid.{language}", 100), line])
    assert warned(corpus, monkeypatch) == []
    checked = mtkit("check", corpus, "--pair", "en-de", "--json")
    assert [found["severity"] for found in json.loads(checked.out)["findings"]] == []


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_a_few_lines_do_not_tell_the_language_of_a_side(
    mtkit: Command, tmp_path: Path, pairs: int
) -> None:
    write(tmp_path / "train.en", [b"hello world there"] * pairs)
    write(tmp_path / "train.de", [b"hallo welt da"] * pairs)
    found = mtkit("check", tmp_path, "--pair", "en-de")
    assert found.code == 0
    assert "another language" not in found.out


def test_without_a_pair_the_other_way_is_told_as_train_does(mtkit: Command, corpus: Path) -> None:
    found = mtkit("check", corpus)
    assert "no --pair: taking de-en; for the other way give --pair en-de" in found.err


def test_an_empty_set_is_an_error(mtkit: Command, corpus: Path) -> None:
    for language in ("en", "de"):
        write(corpus / f"valid.{language}", [])
    found = mtkit("check", corpus, "--pair", "en-de")
    assert found.code == 1
    assert "error: no lines: give files with a sentence on each line" in found.out


def test_a_place_that_cannot_be_written_is_told_before_the_pass(
    mtkit: Command, corpus: Path, tmp_path: Path
) -> None:
    write(tmp_path / "plain", [])
    found = mtkit("check", corpus, "--pair", "en-de", "--fix", tmp_path / "plain" / "out")
    assert found.code == 1
    assert found.out == ""
    assert re.search("cannot be written below `.*plain`: Not a directory", found.err)


def test_a_full_disk_leaves_no_directory(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    wanted = pytest.raises(MtkitError, match="cannot be written")
    with wanted as raised, whole_directory(tmp_path / "out") as folder:
        (folder / "begun").touch()
        raise full
    assert "free some space" in raised.value.hint
    assert list(tmp_path.iterdir()) == []
