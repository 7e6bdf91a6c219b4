"""What happens to text around search: sentences, phrases, unknown characters, alignments."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtkit.alignment import copy_unknown, links, word_numbers
from mtkit.bitext import count_lines
from mtkit.consensus import consensus
from mtkit.constraints import Constraints, occurs
from mtkit.parts import cuts, has_spaces
from mtkit.sentences import split_sentences


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Mr. Smith met Dr. A. Jones.", ["Mr. Smith met Dr. A. Jones."]),
        ("Am 3. Mai kam er, z.B. Anna.", ["Am 3. Mai kam er, z.B. Anna."]),
        ("no capital. here", ["no capital. here"]),
        ("Er kam. Ärger gab es.", ["Er kam.", "Ärger gab es."]),
        ("Он здесь. там", ["Он здесь. там"]),
        ("Version 1.2 is out", ["Version 1.2 is out"]),
        ("你好。我很好！你呢？", ["你好。", "我很好！", "你呢？"]),
        ("他说：“好。”他走了。", ["他说：“好。”", "他走了。"]),
        ("Wait... What? !", ["Wait...", "What? !"]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_line_is_split_after_each_sentence(line: str, sentences: list[str]) -> None:
    assert split_sentences(line) == sentences


@given(st.text(alphabet='aB. !?。"3Dr', max_size=60))
def test_splitting_loses_nothing_but_spaces(line: str) -> None:
    assert "".join(split_sentences(line)).replace(" ", "") == line.replace(" ", "")


def test_a_phrase_occurs_as_whole_words_where_there_are_spaces() -> None:
    assert occurs("dog", "The dog, he", spaced=True)
    assert not occurs("dog", "The dogs", spaced=True)
    assert not occurs("кот", "который", spaced=True)
    assert occurs("长城", "我去长城了", spaced=False)
    assert occurs("A座", "在A座里", spaced=False)


def test_constraints_are_normalised() -> None:
    found = Constraints(" a  b", ["c\u00a0d"], ["e▁f"], {" g  h": "i\tj"})
    assert (found.prefix, found.required, found.forbidden) == ("a b", ["c d"], ["e f"])
    assert found.glossary == {"g h": "i j"}


SOURCE = ["▁a", "▁man", "▁", "🙂", "."]
LOOKS = torch.tensor([[9.0, 0, 0, 0, 0], [0, 2, 1, 7, 0], [0, 0, 0, 0, 9]])  # of three pieces


def test_an_unknown_character_goes_behind_the_word_that_looks_at_it() -> None:
    pieces, looks = copy_unknown(["▁ein", "▁Mann", "."], SOURCE, [3], LOOKS)
    assert pieces == ["▁ein", "▁Mann", "▁", "🙂", "."]
    assert looks[2:4].argmax(1).tolist() == [3, 3]
    assert copy_unknown(["我", "人", "。"], SOURCE, [3], LOOKS, spaced=False)[0] == [
        "我", "人", "🙂", "。",
    ]  # fmt: skip
    assert copy_unknown([], SOURCE, [3], LOOKS[:0])[0] == ["▁", "🙂"]


def test_where_the_model_says_something_unknown_it_is_copied_in_place() -> None:
    assert copy_unknown(["▁ein", "", "."], SOURCE, [3], LOOKS)[0] == ["▁ein", "🙂", "."]


def test_words_are_linked_to_the_word_that_their_pieces_look_at_most() -> None:
    assert word_numbers(["▁a", "b", "▁c"], spaced=True) == [0, 0, 1]
    assert word_numbers([",", "a", "▁b"], spaced=True) == [0, 0, 1]
    assert word_numbers(["▁a", "b"], spaced=False) == [0, 1]
    weights = torch.tensor([[0.1, 0.2, 0.7], [0.4, 0.3, 0.3], [0.0, 0.0, 1.0]])
    assert links(weights, [0, 0, 1], [0, 0, 1]) == [(0, 0), (1, 1)]
    assert links(weights[:, :0], [], [0, 0, 1]) == []


def test_what_most_samples_say_has_most_in_common() -> None:
    scores = consensus(["a cat sat", "a cat sat", "a cat sits", "something else"])
    assert scores[0] == scores[1] == max(scores)
    assert scores[3] == min(scores)


def test_parts_are_cut_between_words_if_that_can_be() -> None:
    assert cuts(["▁a", "▁b", "c", "▁d"], 3) == [3, 4]
    assert cuts(["▁a", "▁b", "c", "d", "▁e"], 3) == [3, 5]  # else the first would be too short
    assert cuts(["a"] * 7, 3) == [3, 6, 7]
    assert cuts([], 3) == []


def test_chinese_and_japanese_have_no_spaces() -> None:
    assert [has_spaces(name) for name in ("de", "zh", "zh-CN", "ja_JP", "")] == [
        True, False, False, False, True,
    ]  # fmt: skip


def test_lines_are_counted_where_a_file_can_be_read_twice(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo")
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"one\ntwo\n")[:-9])
    names = "a", "b.gz", "c.gz"
    assert [count_lines(tmp_path / name) for name in names] == [2, 2, None]
    assert count_lines(Path("/dev/null")) is None
