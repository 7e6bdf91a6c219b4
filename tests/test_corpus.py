"""Reading bitext: what a line is, which files belong together, and what is refused."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest

from mtkit.bitext import Bitext, clean, hold_out, read_files, read_lines
from mtkit.corpus import corpus_in, corpus_of, corpus_of_tsv, everyday
from mtkit.errors import MtkitError


def test_lines_end_at_newlines_only_and_wc_counts_the_same(tmp_path: Path) -> None:
    file = tmp_path / "odd.en"
    file.write_bytes("a\x00b\nc\u2028d\x85e\nf\rg\nh\x0ci\n\n".encode())
    lines = read_lines(file)
    assert lines == ["a\x00b", "c\u2028d\x85e", "f\rg", "h\x0ci", ""]
    counted = subprocess.run(["wc", "-l", file], capture_output=True, text=True, check=True)
    assert int(counted.stdout.split()[0]) == len(lines)


def test_windows_line_ends_and_byte_order_marks_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "windows.en"
    file.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert read_lines(file) == ["one", "two"]


def test_a_last_line_without_newline_counts(tmp_path: Path) -> None:
    file = tmp_path / "short.en"
    file.write_bytes(b"one\ntwo")
    assert read_lines(file) == ["one", "two"]


def test_gz_files_read_like_plain_ones(tmp_path: Path) -> None:
    file = tmp_path / "train.en.gz"
    file.write_bytes(gzip.compress("schön\nzwei\n".encode()))
    assert read_lines(file) == ["schön", "zwei"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"good\nbad \xff\n", "line 2: not UTF-8 (byte 0xff)"),
        (b"good\nhalf \xe2\x82", "line 2: not UTF-8 (byte 0xe2)"),
    ],
)
def test_bytes_that_are_not_utf8_are_located(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "latin.en"
    file.write_bytes(content)
    with pytest.raises(MtkitError) as caught:
        read_lines(file)
    assert message in caught.value.message
    assert "iconv" in caught.value.hint


def test_a_damaged_gz_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "train.en.gz"
    file.write_bytes(gzip.compress(b"one\n" * 1000)[:-20])
    with pytest.raises(MtkitError, match="train.en.gz"):
        read_lines(file)
    file.write_bytes(b"not packed at all\n")
    with pytest.raises(MtkitError, match="train.en.gz"):
        read_lines(file)


def test_files_of_different_length_are_refused_with_both_lengths(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\ntwo\n")
    (tmp_path / "a.de").write_text("eins\n")
    with pytest.raises(MtkitError, match="differ in length: 2 and 1 lines"):
        read_files((tmp_path / "a.en", tmp_path / "a.de"))


def test_tsv_needs_a_tab_in_every_line(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text("one\teins\tignored\ntwo\tzwei\n")
    assert read_files((file,)) == Bitext(["one", "two"], ["eins", "zwei"])
    file.write_text("one\teins\ntwo zwei\n")
    with pytest.raises(MtkitError, match="line 2: no tab"):
        read_files((file,))


@pytest.mark.parametrize(
    ("pair", "message", "hint"),
    [
        ("en-fr", "no language `fr`", "it has de, en, zh"),
        ("en", "no pair of languages", "--pair en-de"),
        ("en-en", "no pair of languages", "--pair en-de"),
    ],
)
def test_an_unknown_pair_is_refused(pair: str, message: str, hint: str) -> None:
    with pytest.raises(MtkitError) as caught:
        corpus_in(everyday(), pair)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_pair_is_guessed_only_between_two_languages(tmp_path: Path) -> None:
    for language in ("en", "de"):
        (tmp_path / f"train.{language}").write_text("x\n")
    assert corpus_in(tmp_path).pair == "de-en"
    assert corpus_in(everyday()).pair == "en-de"
    (tmp_path / "train.zh").write_text("x\n")
    with pytest.raises(MtkitError, match="more than two languages: de, en, zh"):
        corpus_in(tmp_path)


def test_a_directory_lists_every_set_that_has_both_sides(tmp_path: Path) -> None:
    for name in ("train.de", "test.en", "test.de", "extra.en", "README.md", "train.log"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "train.en.gz").write_bytes(gzip.compress(b"packed\n"))
    corpus = corpus_in(tmp_path, "en-de")
    assert sorted(corpus.splits) == ["test", "train"]
    assert corpus.splits["train"] == [(tmp_path / "train.en.gz", tmp_path / "train.de")]
    assert corpus.read("train") == Bitext(["packed"], ["x"])


def test_the_same_side_twice_is_refused(tmp_path: Path) -> None:
    for name in ("train.en", "train.de", "train.en.gz"):
        (tmp_path / name).write_text("x\n")
    with pytest.raises(MtkitError, match="the same side of the same set"):
        corpus_in(tmp_path, "en-de")


def test_languages_of_single_files_come_from_their_names(tmp_path: Path) -> None:
    corpus = corpus_of([Path("news.en.gz")], [Path("news.de")], None)
    assert (corpus.name, corpus.pair) == ("news", "en-de")
    with pytest.raises(MtkitError, match="cannot be told"):
        corpus_of([Path("source")], [Path("target")], None)
    with pytest.raises(MtkitError, match="cannot be told"):
        corpus_of([Path("source.txt")], [Path("target.txt")], None)
    with pytest.raises(MtkitError, match="cannot be told"):
        corpus_of_tsv([Path("pairs.tsv")], None)
    with pytest.raises(MtkitError, match="2 files for --source, but 1 for --target"):
        corpus_of([Path("a.en"), Path("b.en")], [Path("a.de")], None)


def test_empty_sides_are_cleaned_away_and_nothing_left_is_an_error() -> None:
    assert clean(Bitext(["a", " ", "c"], ["x", "y", ""]), "training") == Bitext(["a"], ["x"])
    with pytest.raises(MtkitError, match="none of the 2 training pairs is left"):
        clean(Bitext(["", "b"], ["x", "\t"]), "training")


def test_held_out_sentences_are_always_the_same_and_leave_others_to_train_on() -> None:
    pairs = [(f"sentence {i % 90}", f"Satz {i}") for i in range(200)]
    valid = hold_out(lambda: iter(pairs), 200)
    assert len(valid) == 4
    assert set(zip(valid.source, valid.target, strict=True)) <= set(pairs)
    assert valid == hold_out(lambda: iter(pairs), 200)
    with pytest.raises(MtkitError, match="2 pairs are too few"):
        hold_out(lambda: iter([("a", "b"), ("a", "c")]), 2)
