"""A lexicon learnt from pairs, and translation with the words that it allows."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import torch
from conftest import Command, toy_pairs, write_lines
from test_bad_input import assert_refused
from test_laws import CONFIGS, make_model, sentences

from mtkit import Constraints, SearchConfig, Translator
from mtkit.batches import EncodedPair
from mtkit.checkpoint import LEXICON, TOKENIZER, save_tensors
from mtkit.config import BOS, EOS, PAD, UNK
from mtkit.errors import MtkitError
from mtkit.lexicon import FREQUENT, Lexicon
from mtkit.search import beam_search, shortlisted_search
from mtkit.tokenizer import Tokenizer

LINES = [english for english, _ in toy_pairs(20, seed=5)]


@pytest.fixture(scope="module")
def run(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy model, to be given a lexicon."""
    return Path(shutil.copytree(toy_run, tmp_path_factory.mktemp("shortlist") / "run"))


def test_pieces_that_translate_each_other_are_found() -> None:
    size, generator = 3000, torch.Generator().manual_seed(1)
    rows = [torch.randperm(180, generator=generator)[:6] for _ in range(600)]
    pairs = [
        EncodedPair([*(row + 10).tolist(), EOS], [BOS, *(row.flip(0) + 200).tolist(), EOS])
        for row in rows
    ]
    pairs.insert(1, EncodedPair([7, EOS], [BOS, EOS]))  # whose target is nothing to the tokenizer
    lexicon = Lexicon.fit(pairs, size)
    assert lexicon.translations[10:190, 0].tolist() == list(range(200, 380))
    assert (lexicon.translations[10:190, 1:] == EOS).all()  # nothing else is probable
    assert (lexicon.translations[395] == EOS).all()  # a piece that was never seen
    source = torch.tensor([[10, 20, 395, EOS], [30, EOS, PAD, PAD]])
    may = lexicon.words(source)
    assert may.shape == (2, size)
    assert may[:, [PAD, BOS, EOS, UNK]].all()
    assert may[0, [200, 210, 395]].all()
    assert may[1, 220]
    assert may[:, lexicon.frequent].all()
    assert len(lexicon.frequent) == FREQUENT
    assert may.sum(1).max() < size // 2


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_list_of_all_words_changes_nothing(config) -> None:  # type: ignore[no-untyped-def]
    model, source = make_model(config), sentences(5, 2, 9)
    search = SearchConfig(beam_size=3, n_best=3)
    may = torch.ones(3, config.vocab_size, dtype=torch.bool)
    seen: list[list[int]] = []
    found = shortlisted_search(model, may, source, search, 30, watch=seen.append)
    expected = beam_search(model, source, search, 30)
    for some, others in zip(found, expected, strict=True):
        assert [one.tokens for one in some] == [one.tokens for one in others]
        assert [one.score for one in some] == pytest.approx([one.score for one in others])
    assert seen


@pytest.mark.parametrize("rows", [256, 1])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_sentence_has_its_own_words_in_any_batch(  # type: ignore[no-untyped-def]
    config, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtkit.search.beam.ROWS", rows)
    model, source = make_model(config), sentences(5, 2, 9)
    search = SearchConfig(beam_size=3, n_best=3, min_length=3)
    may = torch.rand(3, config.vocab_size, generator=torch.Generator().manual_seed(2)) < 0.4
    may[:, : max(UNK, EOS) + 1] = True
    together = shortlisted_search(model, may, source, search, 30)
    for row, length in enumerate((5, 2, 9)):
        allowed = set(may[row].nonzero().flatten().tolist())
        [alone] = shortlisted_search(
            model, may[row : row + 1], source[row : row + 1, :length], search, 30
        )
        assert [one.tokens for one in together[row]] == [one.tokens for one in alone]
        assert [one.score for one in together[row]] == pytest.approx([one.score for one in alone])
        assert all(set(one.tokens) <= allowed for one in together[row])
    everything = beam_search(model, source, search, 30)
    assert [one[0].tokens for one in everything] != [one[0].tokens for one in together]


def test_the_command_learns_and_translates_as_without(mtkit: Command, run: Path) -> None:
    learnt = mtkit("shortlist", run)
    assert learnt.code == 0, learnt.err
    assert f"learnt from 3,000 pairs: `{run / LEXICON}`" in learnt.err
    assert f"next: mtkit translate --shortlist --model {run}" in learnt.err
    text = "".join(f"{line}\n" for line in LINES).encode()
    text += b"\n1 two.\n"  # nothing, and what no piece says
    for options in ((), ("--alignments",), ("--sample", "--top-k", 1), ("--beam-size", 1)):
        plain = mtkit("translate", "--model", run, *options, stdin=text)
        short = mtkit("translate", "--model", run, "--shortlist", *options, stdin=text)
        assert short.code == 0, short.err
        assert short.out == plain.out
    # what a shortlist leaves out cannot come, and is not missed in the probabilities
    scored = mtkit("translate", "--model", run, "--scores", *LINES)
    sharper = mtkit("translate", "--model", run, "--scores", "--shortlist", *LINES)
    pairs = zip(scored.out.splitlines(), sharper.out.splitlines(), strict=True)
    for before, after in pairs:
        assert float(after.split("\t")[0]) >= float(before.split("\t")[0]) - 1e-4


def test_what_a_shortlist_costs_can_be_scored(
    mtkit: Command, run: Path, toy_run: Path, tmp_path: Path
) -> None:
    assert mtkit("shortlist", run).code == 0
    source = write_lines(tmp_path / "some.en", LINES)
    reference = write_lines(tmp_path / "some.de", ["eins ."] * len(LINES))
    scored = ("--source", source, "--reference", reference, "--shortlist")
    kept = tmp_path / "translations.de"
    evaluated = mtkit("evaluate", run, *scored, "--output", kept)
    assert evaluated.code == 0, evaluated.err
    translated = mtkit("translate", "--model", run, "--shortlist", *LINES)
    assert kept.read_text("utf-8") == translated.out
    assert mtkit("evaluate", run, *scored[:4]).code == 0
    both = json.loads((run / "config.json").read_text("utf-8"))["scores"]
    assert [name for name in both if name.endswith(", shortlist")]  # beside, not instead of
    assert [name for name in both if not name.endswith(", shortlist")]
    without = mtkit("evaluate", run, toy_run, *scored)
    assert_refused(without, f"`{toy_run}` has no lexicon.pt", f"mtkit shortlist {toy_run}")
    assert "translating" not in without.err  # found before any work


def test_other_pairs_may_be_learnt_from(mtkit: Command, run: Path, tmp_path: Path) -> None:
    pairs = toy_pairs(300, seed=9)
    source = write_lines(tmp_path / "some.en", [pair[0] for pair in pairs])
    target = write_lines(tmp_path / "some.de", [pair[1] for pair in pairs])
    learnt = mtkit("shortlist", run, "--source", source, "--target", target)
    assert "learnt from 300 pairs" in learnt.err
    empty = write_lines(tmp_path / "empty.en", [])
    nothing = mtkit("shortlist", run, "--source", empty, "--target", empty)
    assert_refused(
        nothing, "there are no pairs to learn a lexicon from", "--source FILE --target FILE"
    )
    assert mtkit("shortlist", run, "--source", source).code == 2


def test_a_lexicon_is_learnt_from_everywhere(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    monkeypatch.setattr("mtkit.lexicon.LINKS", 30_000)
    monkeypatch.setattr(sys.modules["mtkit.cli.shortlist"], "PASS", 100)
    pairs = toy_pairs(1000, seed=9)
    left, right = (["one two."] * 900 + [pair[side] for pair in pairs] for side in (0, 1))
    source, target = write_lines(tmp_path / "a.en", left), write_lines(tmp_path / "a.de", right)
    learnt = mtkit("shortlist", run, "--source", source, "--target", target)
    assert learnt.code == 0, learnt.err
    count = int(re.search(r"learnt from (\d+) pairs", learnt.err)[1])  # type: ignore[index]
    assert 100 < count < 900
    text = "".join(f"{line}\n" for line in LINES).encode()
    short = mtkit("translate", "--model", run, "--shortlist", stdin=text)
    assert short.out == mtkit("translate", "--model", run, stdin=text).out


def test_each_set_is_read_with_its_tag(tmp_path: Path) -> None:
    lines = [line for pair in toy_pairs(300, seed=2) for line in pair]
    tokenizer = Tokenizer.fit(lines, 40, tags=["news"])
    files = (write_lines(tmp_path / "a.en", LINES), write_lines(tmp_path / "a.de", LINES))
    sets = [(files, "news", len(LINES)), (files, "", len(LINES))]
    found = list(sys.modules["mtkit.cli.shortlist"].encoded_evenly(sets, tokenizer, 60))
    plain = tokenizer.encode(LINES[0])
    assert len(found) == 2 * len(LINES)
    assert found[0].source == [tokenizer.tag("news"), *plain, EOS]
    assert found[len(LINES)].source == [*plain, EOS]
    shortest = min(pair.length for pair in found)
    few = sys.modules["mtkit.cli.shortlist"].encoded_evenly(sets, tokenizer, shortest)
    assert 0 < len(list(few)) < len(found)


def test_a_shortlist_without_a_lexicon_is_refused(toy_run: Path) -> None:
    loaded = Translator.load(toy_run)
    config = SearchConfig(shortlist=True)
    translator = Translator(loaded.model, loaded.tokenizer, loaded.positions, config=config)
    with pytest.raises(MtkitError, match="needs a lexicon"):
        list(translator.translate(["one."]))
    with pytest.raises(MtkitError, match="goes with one model"):
        Translator.load([toy_run, toy_run], config)


def test_a_shortlist_needs_its_lexicon(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    translate = ("translate", "--shortlist", "--model", run)
    assert_refused(mtkit(*translate, "one."), "has no lexicon.pt", f"mtkit shortlist {run}")
    (run / LEXICON).write_bytes(b"no lexicon")
    make = f"hint: make it with: mtkit shortlist {run}"
    assert_refused(mtkit(*translate, "one."), "truncated or damaged", make)
    save_tensors(run / LEXICON, {"tokenizer": Tokenizer.load(run).sha256})
    assert_refused(mtkit(*translate, "one."), "has no 'translations'", make)
    lexicon = Lexicon.fit([EncodedPair([4, 5, EOS], [BOS, 6, 7, EOS])], 30)
    other = Tokenizer.fit([line for pair in toy_pairs(500, seed=2) for line in pair], 40)
    assert other.sha256 != Tokenizer.load(run / TOKENIZER).sha256
    lexicon.save(run, other)
    assert_refused(mtkit(*translate, "one."), "belongs to another tokenizer")
    assert_refused(mtkit("shortlist", tmp_path / "nowhere"), "is not a model directory")
    for options in (("--model", toy_run), ("--prefix", "eins"), ("--engine", "ctranslate2")):
        refused = mtkit(*translate, *options, "one.")
        assert refused.code == 2
        assert "cannot be used with" in refused.err


def test_a_shortlist_and_constraints_contradict_each_other(mtkit: Command, run: Path) -> None:
    assert mtkit("shortlist", run).code == 0
    translator = Translator.load(run, SearchConfig(shortlist=True))
    with pytest.raises(MtkitError, match="constraints cannot be used with a shortlist"):
        list(translator.translate(["one."], Constraints(forbidden=["eins"])))


def test_a_model_trained_in_its_place_has_no_old_lexicon(
    mtkit: Command, run: Path, toy_corpus: Path
) -> None:
    assert mtkit("shortlist", run).code == 0
    assert (run / LEXICON).exists()
    trained = mtkit(
        "train", toy_corpus, "--pair", "en-de", "--out", run, "--overwrite", "--max-steps", 1,
        "--d-model", 8, "--heads", 2, "--d-ff", 8,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    assert not (run / LEXICON).exists()
