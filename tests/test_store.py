"""Pairs as ids in files: the same as encoding one by one, made once, and never half-made."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY_SIZES, Command, refuse, toy_pairs, write_lines

from mtkit.batches import EncodedPair, encode_bitext
from mtkit.bitext import Bitext, Pair
from mtkit.cache import Cache
from mtkit.cli import preparation
from mtkit.cli.preparation import TrainingData, data_sets
from mtkit.config import BOS, EOS
from mtkit.corpus import Corpus, corpus_in
from mtkit.errors import MtkitError
from mtkit.store import CHUNK, IDS, Store, write_store
from mtkit.tokenizer import Tokenizer

PAIRS = toy_pairs(CHUNK + 100, seed=3)  # more than one chunk
TOKENIZER = Tokenizer.fit([line for pair in PAIRS for line in pair], 40)
QUICK = [*TOY_SIZES, "--max-steps", "2", "--validate-every", "2"]


def written(folder: Path, pairs: list[Pair], longest: int = 100) -> Store:
    folder.mkdir(exist_ok=True)
    return Store(folder, write_store(folder, pairs, TOKENIZER, longest, "training"))


def write_corpus(directory: Path, pairs: list[Pair], role: str = "train") -> Corpus:
    for language, lines in zip(("en", "de"), zip(*pairs, strict=True), strict=True):
        write_lines(directory / f"{role}.{language}", list(lines))
    return corpus_in(directory, "en-de")


def training_data(corpus: Corpus, root: Path) -> TrainingData:
    cache = Cache(refuse, root)
    return TrainingData(corpus, data_sets(corpus, cache), cache)


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each call that encodes lines or learns a tokenizer."""
    calls: list[int] = []

    def counting(method: Any) -> Any:
        def counted(*arguments: Any, **named: Any) -> Any:
            calls.append(1)
            return method(*arguments, **named)

        return counted

    monkeypatch.setattr(Tokenizer, "encode_lines", counting(Tokenizer.encode_lines))
    monkeypatch.setattr(Tokenizer, "fit", counting(Tokenizer.fit))
    return calls


def test_lines_are_encoded_together_as_they_are_one_by_one() -> None:
    lines = [
        *(pair[1] for pair in PAIRS[:500]),
        "",
        "  ",
        "u\u0308ber\tein\x00s",
        "日本語",
        "🐈 zwei",
    ]
    assert TOKENIZER.encode_lines(lines) == [TOKENIZER.encode(line) for line in lines]
    assert TOKENIZER.encode_lines([]) == []


def test_a_store_holds_what_encoding_pair_by_pair_gives(tmp_path: Path) -> None:
    store = written(tmp_path, PAIRS)
    assert len(store) == len(PAIRS)
    for row in random.Random(1).sample(range(len(PAIRS)), 300):
        source, target = (TOKENIZER.encode(line) for line in PAIRS[row])
        assert store[row] == EncodedPair([*source, EOS], [BOS, *target, EOS])
    assert list(store) == encode_bitext(Bitext.of(PAIRS), TOKENIZER, 100, "training")[0]
    for row in (-1, len(store)):
        with pytest.raises(IndexError):
            store[row]


def test_empty_and_too_long_pairs_are_left_out_and_counted(tmp_path: Path) -> None:
    odd = [("", "null."), ("one.", " \t"), *PAIRS[:50], ("one " * 40, "eins."), ("", "")]
    store = written(tmp_path, odd, longest=12)
    kept, too_long = encode_bitext(Bitext.of(PAIRS[:50]), TOKENIZER, 12, "training")
    assert 0 < len(kept) < 50
    assert list(store) == kept
    assert (store.empty, store.too_long) == (3, too_long + 1)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("", "a"), ("b", " ")], "none of the 2 training pairs is left: in each, a side is empty"),
        ([("", "a"), *PAIRS[:5]], "none of the 5 training pairs is left: each has over 2 pieces"),
    ],
)
def test_a_store_without_pairs_is_an_error(tmp_path: Path, pairs: list[Pair], message: str) -> None:
    with pytest.raises(MtkitError, match=message):
        written(tmp_path, pairs, longest=2)


def test_ids_take_16_bits_where_they_can_and_else_32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = written(tmp_path / "small", PAIRS[:100])
    monkeypatch.setattr(Tokenizer, "vocab_size", 2**16 + 1)
    monkeypatch.setattr(Tokenizer, "encode_lines", lambda _, lines: [[2**16, 7]] * len(lines))
    large = written(tmp_path / "large", PAIRS[:100])
    assert (small.bits, large.bits) == (16, 32)
    assert large[99] == EncodedPair([2**16, 7, EOS], [BOS, 2**16, 7, EOS])
    assert (tmp_path / "large" / IDS).stat().st_size == 100 * 5 * 4


def test_a_second_opening_encodes_and_learns_nothing(tmp_path: Path, encodings: list[int]) -> None:
    corpus, root = write_corpus(tmp_path, PAIRS), tmp_path / "cache"
    first = training_data(corpus, root)
    tokenizer = first.learn_tokenizer(40)
    store = first.store(tokenizer, 100)
    assert encodings
    encodings.clear()
    second = training_data(corpus, root)
    assert second.learn_tokenizer(40).model == tokenizer.model
    assert list(second.store(tokenizer, 100)) == list(store)
    assert not encodings
    assert len(second.store(tokenizer, 12)) < len(store)  # another length: another entry
    write_corpus(tmp_path, PAIRS[1:])
    assert len(training_data(corpus, root).store(tokenizer, 100)) < len(store)


def test_warnings_are_the_same_cold_and_warm(mtkit: Command, tmp_path: Path) -> None:
    write_corpus(tmp_path, [*PAIRS, ("", "eins."), ("one " * 500, "eins.")])
    command = ["train", tmp_path, "--pair", "en-de", "--overwrite", "--out", tmp_path / "run"]
    cold, warm = (
        [line for line in mtkit(*command, *QUICK).err.splitlines() if "/s" not in line]
        for _ in range(2)
    )
    assert cold == warm
    assert "warning: 1 of 4,198 training pairs has an empty side: left out" in cold
    assert "no validation set: 83 training pairs are held out for it" in cold
    assert "warning: 1 training pair is longer than 256 pieces: left out" in cold


def test_a_resumed_run_finds_what_was_prepared(
    mtkit: Command, tmp_path: Path, encodings: list[int]
) -> None:
    write_corpus(tmp_path, PAIRS)
    run = tmp_path / "run"
    assert mtkit("train", tmp_path, "--pair", "en-de", "--out", run, *QUICK).code == 0
    encodings.clear()
    resumed = mtkit("train", "--resume", "--out", run, "--max-steps", 4)
    assert resumed.code == 0, resumed.err
    assert "going on" in resumed.err
    assert not encodings


def test_held_out_pairs_are_equal_cold_and_warm_and_no_source_of_theirs_is_trained_on(
    tmp_path: Path,
) -> None:
    pairs = [*PAIRS[:90], ("", "leer"), *PAIRS[:90]]
    corpus, root = write_corpus(tmp_path, pairs), tmp_path / "cache"
    cold, warm = training_data(corpus, root), training_data(corpus, root)
    assert cold.valid == warm.valid
    assert len(cold.valid) == 3
    assert set(cold.valid.source) <= {pair[0] for pair in PAIRS[:90]}
    trained = list(warm.whole_pairs("reading"))
    assert not {source for source, _ in trained} & set(cold.valid.source)
    assert list(cold.whole_pairs("reading")) == trained
    assert len(warm.store(TOKENIZER, 100)) == len(trained) == 180 - 2 * 3


def test_several_files_go_into_one_store_in_their_order(tmp_path: Path) -> None:
    files = []
    for name, pairs in (("a", PAIRS[:5]), ("b", PAIRS[5:9])):
        (tmp_path / name).mkdir()
        files += write_corpus(tmp_path / name, pairs).splits["train"]
    write_corpus(tmp_path / "a", PAIRS[9:10], "valid")
    valid = corpus_in(tmp_path / "a", "en-de").splits["valid"]
    corpus = Corpus("both", "en", "de", {"train": files, "valid": valid})
    data = training_data(corpus, tmp_path / "cache")
    expected, _ = encode_bitext(Bitext.of(PAIRS[:9]), TOKENIZER, 100, "training")
    assert list(data.store(TOKENIZER, 100)) == expected
    assert data.valid == Bitext.of(PAIRS[9:10])


def test_files_of_different_length_are_refused_also_when_a_part_is_prepared(
    tmp_path: Path,
) -> None:
    corpus = write_corpus(tmp_path, PAIRS)
    training_data(corpus, tmp_path / "cache")
    write_lines(tmp_path / "train.de", [target for _, target in PAIRS[:7]])
    with pytest.raises(MtkitError, match="differ in length: 4,196 and 7 lines"):
        training_data(corpus, tmp_path / "cache")


def test_much_text_is_thinned_out_evenly_before_a_tokenizer_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encodings: list[int]
) -> None:
    data = training_data(write_corpus(tmp_path, PAIRS), tmp_path / "cache")
    monkeypatch.setattr(preparation, "LEARNT_FROM", data.counts.bytes // 3 + 1)
    seen: list[str] = []
    monkeypatch.setattr(Tokenizer, "fit", lambda lines, _, tags: seen.extend(lines) or TOKENIZER)
    data.learn_tokenizer(40)
    trained = list(data.whole_pairs("reading"))[::3]
    assert seen == [source for source, _ in trained] + [target for _, target in trained]


def test_a_vocabulary_too_large_for_the_text_is_an_error_only_if_it_was_asked_for(
    mtkit: Command, tmp_path: Path
) -> None:
    write_corpus(tmp_path, PAIRS)
    sizes = [*QUICK[2:], "--overwrite", "--out", tmp_path / "run"]
    for _ in ("cold", "warm"):
        trained = mtkit("train", tmp_path, "--pair", "en-de", *sizes)
        assert "as many as this text allows for" in trained.err
    refused = mtkit("train", tmp_path, "--pair", "en-de", *sizes, "--vocab-size", 4000)
    assert refused.code == 1
    assert "too small for a vocabulary of 4,000 pieces" in refused.err


def test_a_truncated_store_is_prepared_again(tmp_path: Path, encodings: list[int]) -> None:
    data = training_data(write_corpus(tmp_path, PAIRS), tmp_path / "cache")
    expected = list(data.store(TOKENIZER, 100))
    [file] = (tmp_path / "cache").glob(f"*/{IDS}")
    os.truncate(file, file.stat().st_size - 2)
    encodings.clear()
    assert list(data.store(TOKENIZER, 100)) == expected
    assert encodings


def test_a_cache_that_cannot_be_written_is_one_warning_and_a_folder_for_the_time_being(
    mtkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path, PAIRS)
    monkeypatch.setenv("MTKIT_CACHE", str(write_lines(tmp_path / "file", []) / "cache"))
    trained = mtkit("train", tmp_path, "--pair", "en-de", "--out", tmp_path / "run", *QUICK)
    assert trained.code == 0, trained.err
    assert trained.err.count("no cache") == 1
    assert f"{tmp_path / 'file' / 'cache'}`: Not a directory" in trained.err


def test_the_place_of_a_large_entry_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preparation, "LARGE", 1000)
    data = training_data(write_corpus(tmp_path, PAIRS), tmp_path / "cache")
    told = [(data.store(TOKENIZER, 100), capfd.readouterr().err)[1] for _ in range(2)]
    assert f"`{tmp_path / 'cache'}`" in told[0]
    assert told[1] == ""
