"""Text to pieces and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtkit.bitext import read_lines
from mtkit.config import TOKENIZER_KINDS, UNK
from mtkit.corpus import everyday
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer, VocabularyTooLargeError, default_coverage, normalise

TEXT = [f"the {word} number {i} sat on the mat" for i in range(20) for word in ("cat", "dog")]


@pytest.fixture(scope="module", params=["en", "de", "zh"])
def lines(request: pytest.FixtureRequest) -> list[str]:
    return read_lines(everyday() / f"train.{request.param}")[:9000]


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char"])
def test_decoding_gives_the_text_back(lines: list[str], kind: str) -> None:
    tokenizer = Tokenizer.fit(lines, 900, kind)
    assert [tokenizer.decode(tokenizer.encode(line)) for line in lines] == lines
    assert [tokenizer.decode_pieces(tokenizer.pieces(line)) for line in lines] == lines


def test_words_are_pieces_of_a_word_vocabulary() -> None:
    tokenizer = Tokenizer.fit(TEXT, 20, "word")
    assert tokenizer.pieces("the dog sat") == ["▁the", "▁dog", "▁sat"]


@pytest.mark.parametrize("kind", ["unigram", "bpe", "word"])
def test_too_large_a_vocabulary_names_the_largest_that_works(kind: str) -> None:
    with pytest.raises(VocabularyTooLargeError) as caught:
        Tokenizer.fit(TEXT, 4000, kind)
    largest = caught.value.largest
    assert str(largest) in caught.value.hint
    assert Tokenizer.fit(TEXT, largest, kind).vocab_size == largest


def test_a_vocabulary_smaller_than_the_alphabet_names_the_smallest_that_works() -> None:
    with pytest.raises(MtkitError, match="cannot hold every character") as caught:
        Tokenizer.fit(TEXT, 10)
    smallest = int(caught.value.hint.split("--vocab-size ")[1].split(";")[0])
    assert Tokenizer.fit(TEXT, smallest).vocab_size == smallest


def test_no_text_is_an_error() -> None:
    with pytest.raises(MtkitError, match="no text"):
        Tokenizer.fit(["", "  "], 100)


def test_controls_and_line_separators_become_spaces() -> None:
    assert normalise("a\x00b\u2028c\rd\x85e") == "a b c d e"
    assert normalise("u\u0308") == "ü"
    tokenizer = Tokenizer.fit(TEXT, 30)
    assert tokenizer.encode("the\u2028cat") == tokenizer.encode("the cat")


def test_chinese_punctuation_survives() -> None:
    tokenizer = Tokenizer.fit(["你好，世界！你好吗？"] * 3, 20, "char")
    assert tokenizer.decode(tokenizer.encode("你好，世界！")) == "你好，世界！"


def test_a_strange_character_is_unknown() -> None:
    tokenizer = Tokenizer.fit(TEXT, 30)
    assert UNK in tokenizer.encode("the 猫")
    assert "⁇" in tokenizer.decode(tokenizer.encode("the 猫"))


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_the_ids_of_pieces_are_those_of_the_text(kind: str) -> None:
    tokenizer = Tokenizer.fit(TEXT, 30, kind, tags=["news"])
    for line in (
        "",
        "the dog sat",
        "  the 猫猫 ☃ sat\u3000on ▁ it",
        "<news> the <s> </s> <unk> cat",
    ):
        pieces = tokenizer.pieces(line)
        assert tokenizer.ids(pieces) == tokenizer.encode(line)
        assert all(tokenizer.piece(n) == piece for n, piece in
                   zip(tokenizer.ids(pieces), pieces, strict=True) if n != UNK)  # fmt: skip


def test_sampling_cuts_one_line_in_many_ways_that_all_spell_it() -> None:
    tokenizer = Tokenizer.fit(TEXT, 30)
    cuts = {tuple(tokenizer.sample("the dog sat on the mat", 0.1)) for _ in range(50)}
    assert len(cuts) > 2
    assert {tokenizer.decode(cut) for cut in cuts} == {"the dog sat on the mat"}


def test_coverage_follows_the_script() -> None:
    assert default_coverage(["abc äöü"]) == 1.0
    assert default_coverage(["".join(chr(0x4E00 + i) for i in range(1500))]) < 1.0


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tok.model"
    with pytest.raises(MtkitError, match="cannot be read"):
        Tokenizer.load(file)
    for content in (b"", b"something else", Tokenizer.fit(TEXT, 30).model[:300]):
        file.write_bytes(content)
        with pytest.raises(MtkitError, match="tok.model"):
            Tokenizer.load(file)


@pytest.mark.parametrize("kind", TOKENIZER_KINDS)
def test_every_kind_cuts_words_as_it_should(kind: str) -> None:
    pieces = Tokenizer.fit(TEXT, 30, kind).pieces("the dog")
    assert "".join(pieces) == "▁the▁dog"
    assert len(pieces) == {"char": 8, "word": 2}.get(kind, len(pieces))


def test_a_tokenizer_that_cannot_sample_says_so() -> None:
    tokenizer = Tokenizer.fit(TEXT, 30, "word")
    assert tokenizer.sample(" ", 0.1) == []
    with pytest.raises(MtkitError, match="cannot sample"):
        tokenizer.sample("the dog", 0.1)


def test_an_absurd_vocabulary_is_an_error() -> None:
    with pytest.raises(MtkitError):
        Tokenizer.fit(TEXT, 10**11)
