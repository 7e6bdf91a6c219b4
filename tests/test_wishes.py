"""What a user asks of a translation, through the class and through the command line."""

from __future__ import annotations

import copy
import gzip
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ENGLISH, GERMAN, Command, run_main, toy_pairs, write_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bad_input import assert_refused

from mtkit import Constraints, SamplingConfig, SearchConfig, Translator
from mtkit.checkpoint import load_card
from mtkit.config import TransformerConfig
from mtkit.errors import MtkitError
from mtkit.models import build_model
from mtkit.search import Ensemble

few = settings(max_examples=25)
anything = st.text(max_size=40)
words = st.lists(st.sampled_from(ENGLISH), max_size=6).map(" ".join)
phrases = st.lists(st.sampled_from(GERMAN), min_size=1, max_size=2, unique=True).map(" ".join)


@pytest.fixture(scope="module")
def load(toy_run: Path) -> object:
    """A translator with such a search."""
    translator = Translator.load(toy_run)

    def with_config(**options: object) -> Translator:
        found = copy.copy(translator)
        found.config = SearchConfig(**options)  # type: ignore[arg-type]
        return found

    return with_config


@given(lines=st.lists(anything, max_size=4))
@few
def test_any_text_gives_one_line_a_line(load, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
    found = list(load(n_best=2, beam_size=2).translate(lines, aligned=True))
    assert [translation.source for translation in found] == lines
    for translation in found:
        assert len(translation.texts) == 2
        assert not any("\n" in text for text in translation.texts)
        assert translation.scores == sorted(translation.scores, reverse=True)


@given(line=words, prefix=st.one_of(phrases, anything))
@few
def test_a_prefix_is_one(load, line: str, prefix: str) -> None:  # type: ignore[no-untyped-def]
    wanted = Constraints(prefix=prefix)
    [found] = load(beam_size=3).translate([f"{line} one"], wanted)
    assert found.texts[0].startswith(wanted.prefix)


@given(line=words, phrase=st.one_of(phrases, st.text(alphabet="aeinuzvws", min_size=1, max_size=3)))
@few
def test_what_is_forbidden_never_appears(load, line: str, phrase: str) -> None:  # type: ignore[no-untyped-def]
    for options in ({}, {"sampling": SamplingConfig(samples=2), "n_best": 2}):
        lines = [f"{line} two. Three {line}", f"{line} {phrase} one"]
        for found in load(**options).translate(lines, Constraints(forbidden=[phrase])):
            assert not any(phrase in text for text in found.texts)


@given(line=words, wanted=st.lists(phrases, min_size=1, max_size=2), beam=st.integers(1, 4))
@few
def test_what_is_required_always_appears(load, line: str, wanted: list[str], beam: int) -> None:  # type: ignore[no-untyped-def]
    for options in ({"beam_size": beam, "n_best": beam}, {"sampling": SamplingConfig()}):
        [found] = load(**options).translate([f"{line} one."], Constraints(required=wanted))
        for output in found.outputs:
            if output.tokens:
                assert all(phrase in output.text for phrase in wanted)
        assert found.outputs[0].tokens


def test_sampling_with_a_seed_repeats_in_any_company(load) -> None:  # type: ignore[no-untyped-def]
    lines = [english for english, _ in toy_pairs(12, seed=5)]

    def drawn(seed: int, some: list[str], batch_tokens: int = 4096) -> list[list[str]]:
        sampling = SamplingConfig(samples=4, temperature=3.0, seed=seed)
        translator = load(sampling=sampling, n_best=4, batch_tokens=batch_tokens)
        return [found.texts for found in translator.translate(some)]

    first = drawn(1, lines)
    assert len({text for texts in first for text in texts}) > 24
    assert drawn(1, lines) == first
    assert drawn(1, lines[::-1], 1) == first[::-1]
    assert drawn(2, lines) != first


def test_minimum_risk_takes_what_samples_have_in_common(load) -> None:  # type: ignore[no-untyped-def]
    translator = load(sampling=SamplingConfig(samples=12), mbr=True, n_best=2)
    [found] = translator.translate(["four seven one."])
    assert found.texts[0] == "vier sieben eins."
    assert 0 <= found.scores[1] <= found.scores[0] <= 1


def test_a_line_of_several_sentences_is_put_together_again(load) -> None:  # type: ignore[no-untyped-def]
    translator = load()
    [found] = translator.translate(["one two. 3 three four. five"])
    assert found.parts == 2
    ends = [
        list(translator.translate([part]))[0].texts[0]
        for part in ("one two.", "3 three four. five")
    ]
    assert found.texts[0] == " ".join(ends)
    assert load(split_sentences=False).translate(["one two. Three."]).__next__().parts == 1


def test_unknown_characters_are_copied_to_where_the_model_looks(load) -> None:  # type: ignore[no-untyped-def]
    [found] = load().translate(["one two 🙂 three four."])
    assert found.texts[0].count("🙂") == 1
    assert found.texts[0].startswith("eins")
    [refused] = load().translate(["one 🙂 two."], Constraints(forbidden=["🙂"]))
    assert "🙂" not in refused.texts[0]


def test_words_are_aligned_with_the_words_they_translate(load) -> None:  # type: ignore[no-untyped-def]
    pairs = toy_pairs(40, seed=8)
    right = total = 0
    for translation in load().translate([english for english, _ in pairs], aligned=True):
        [best] = translation.outputs
        assert [t for _, t in best.alignment] == list(range(len(best.text.split())))
        right += sum(s == t for s, t in best.alignment)
        total += len(best.alignment)
    assert right / total > 0.8


def test_scores_confidence_and_tokens_agree(load) -> None:  # type: ignore[no-untyped-def]
    [found] = load(length_penalty=0.0).translate(["one two three."])
    [best] = found.outputs
    assert best.tokens[-1][0] == "</s>"
    assert best.log_probability == pytest.approx(best.score, abs=1e-5)
    assert 0 < best.confidence <= 1
    assert all(value <= 0 for _, value in best.tokens)


def test_a_prefix_of_unknown_characters_counts_for_what_is_forbidden(load) -> None:  # type: ignore[no-untyped-def]
    free = Constraints(prefix="🙂")
    [found] = load().translate(["one two."], free)
    said = found.texts[0][:3]
    [other] = load().translate(["one two."], Constraints("🙂", forbidden=[said]))
    assert other.texts[0].startswith("🙂")
    assert said not in other.texts[0]


@pytest.mark.parametrize("spaced", [True, False])
def test_what_is_forbidden_does_not_come_about_between_parts(load, spaced: bool) -> None:  # type: ignore[no-untyped-def]
    translator = load()
    translator.spaced = (True, spaced)
    line = "one two. 3 four."
    [free] = translator.translate([line])
    assert free.parts == 2
    first = next(iter(translator.translate(["one two."]))).texts[0]
    at = len(first)
    phrase = free.texts[0][at - 1 : at + 2].strip()
    [found] = translator.translate([line], Constraints(forbidden=[phrase]))
    assert phrase in free.texts[0]
    assert phrase not in found.texts[0]


@pytest.mark.parametrize("normalisation", ["wu", "average"])
def test_what_leads_wins_as_if_all_had_all_the_time(  # type: ignore[no-untyped-def]
    load, normalisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [english for english, _ in toy_pairs(20, seed=6)]
    translator = load(n_best=2, normalisation=normalisation)
    soon = [found.texts for found in translator.translate(lines)]
    monkeypatch.setattr("mtkit.ranking.LEAD", 10**6)
    assert [found.texts for found in translator.translate(lines)] == soon


@pytest.mark.parametrize(
    ("search", "wishes"),
    [
        ({"n_best": 3}, Constraints(forbidden=GERMAN[:2], required=GERMAN[2:3])),
        ({"n_best": 2, "no_repeat_ngram": 2, "min_length": 4}, Constraints(prefix=GERMAN[3])),
        ({"sampling": SamplingConfig(samples=3)}, Constraints(forbidden=GERMAN[:1])),
    ],
    ids=["phrases", "lengths and a prefix", "sampling"],
)
def test_in_how_many_parts_words_are_looked_at_does_not_matter(  # type: ignore[no-untyped-def]
    load, search: dict[str, object], wishes: Constraints, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [english for english, _ in toy_pairs(12, seed=5)]
    together = list(load(beam_size=4, **search).translate(lines, wishes))
    for rows in (12, 1):
        monkeypatch.setattr("mtkit.search.beam.ROWS", rows)
        for one, other in zip(
            load(beam_size=4, **search).translate(lines, wishes), together, strict=True
        ):
            assert one.texts == other.texts
            assert one.scores == pytest.approx(other.scores, abs=1e-4)


def test_an_ensemble_is_the_mean_of_its_members() -> None:
    sizes = {"d_model": 8, "heads": 2, "encoder_layers": 1, "d_ff": 8, "vocab_size": 20}
    models = [
        build_model(TransformerConfig(**sizes, decoder_layers=n)).double().eval() for n in (1, 2)
    ]
    source, target = torch.tensor([[5, 6, 2]]), torch.tensor([[1, 7, 8]])
    with torch.no_grad():
        one, two = (model(source, target).log_softmax(-1) for model in models)
        both = Ensemble(models)(source, target)
        memory, state = Ensemble(models).encode(source)
    assert torch.allclose(both, torch.logaddexp(one, two) - math.log(2))
    assert (len(memory), len(state)) == (1 + 2 + 1 + 4, 0)


def test_models_translate_as_one(toy_run: Path, load) -> None:  # type: ignore[no-untyped-def]
    lines = [english for english, _ in toy_pairs(6, seed=3)]
    alone = list(load(n_best=3).translate(lines, aligned=True))
    twice = list(
        Translator.load([toy_run, toy_run], SearchConfig(n_best=3)).translate(lines, aligned=True)
    )
    for one, two in zip(alone, twice, strict=True):
        assert one.texts == two.texts
        assert one.scores == pytest.approx(two.scores, abs=1e-5)
        assert [output.alignment for output in one.outputs] == [o.alignment for o in two.outputs]


def test_what_grows_is_shown(load) -> None:  # type: ignore[no-untyped-def]
    seen: list[str] = []
    [found] = load().translate(["four seven one."], watch=seen.append)
    assert "vier" in seen[0] or "vier" in seen[2]
    assert found.texts == ["vier sieben eins."]
    assert len(seen) > 2
    seen.clear()
    [found] = load().translate(["one. 4 two."], watch=seen.append)
    assert found.parts == 2
    assert seen[-1].startswith("eins. ")


# The command line.


def test_every_control_as_a_user_types_it(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    def translated(*options: object) -> str:
        found = mtkit("translate", "--model", toy_run, "four seven one.", *options)
        assert found.code == 0, found.err
        return found.out

    assert translated("--prefix", "acht neun").startswith("acht neun")
    assert "acht" in translated("--require", "acht")
    assert "sieben" not in translated("--forbid", "sieben")
    terms = write_lines(tmp_path / "terms.tsv", ["seven\tacht", "", "nine\tnull"])
    glossed = translated("--glossary", terms)
    assert "acht" in glossed
    assert "null" not in glossed
    assert "vier sieben".startswith(translated("--max-length", 4).strip())
    assert translated("--max-length", 1) == "vier\n"
    assert len(translated("--min-length", 12)) > len("vier sieben eins.\n")
    assert translated("--normalisation", "average") == "vier sieben eins.\n"
    said = translated("--no-repeat-ngram", 1, "--min-length", 8).split()
    assert len(said) == len(set(said))
    sampled = translated("--sample", "--temperature", 5, "--n-best", 6, "--seed", 3)
    assert len(set(sampled.splitlines())) > 3
    assert sampled == translated("--sample", "--temperature", 5, "--n-best", 6, "--seed", 3)
    greedy = translated("--sample", "--temperature", 5, "--top-k", 1)
    assert (
        greedy
        == translated("--sample", "--temperature", 5, "--top-p", 0.001)
        == "vier sieben eins.\n"
    )
    assert translated("--mbr", 8, "--temperature", 0.3) == "vier sieben eins.\n"
    assert translated("--stream") == "vier sieben eins.\n"
    assert translated("--alignments") == "vier sieben eins.\t0-0 1-1 2-2\n"
    assert translated("--model", toy_run) == "vier sieben eins.\n"


def test_json_tells_all(mtkit: Command, toy_run: Path) -> None:
    found = mtkit("translate", "--model", toy_run, "--json", "--n-best", 2, "four one.", "")
    first, second = [json.loads(line) for line in found.out.splitlines()]
    assert second == {"source": "", "hypotheses": []}
    assert first["source"] == "four one."
    best, other = first["hypotheses"]
    assert best["text"] == "vier eins."
    assert best["alignment"] == [[0, 0], [1, 1]]
    assert best["score"] >= other["score"]
    steps = [token["log_probability"] for token in best["tokens"]]
    assert sum(steps) == pytest.approx(best["log_probability"])
    assert "".join(token["piece"] for token in best["tokens"]) == "▁vier▁eins.</s>"


def test_given_pairs_are_scored(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    lines = ["one two.", "", "three four five."]
    source = write_lines(tmp_path / "a.en", lines)
    target = write_lines(tmp_path / "a.de", ["eins zwei.", "eins", "drei neun fünf."])
    shown = mtkit("score", source, target, "--model", toy_run)
    assert shown.code == 0, shown.err
    rows = [[float(value) for value in line.split("\t")] for line in shown.out.splitlines()]
    assert len(rows) == 3
    assert rows[0][1] < rows[2][1]  # the right translation is likelier than the wrong one
    total = json.loads(
        mtkit("score", source, target, "--model", toy_run, "--json").out.splitlines()[-1]
    )
    assert total["pairs"] == 3
    assert total["log_probability"] == pytest.approx(sum(row[0] for row in rows), abs=1e-3)
    assert "3 pairs" in shown.err
    best = json.loads(mtkit("translate", "--model", toy_run, "--json", "one two.").out)[
        "hypotheses"
    ][0]
    assert rows[0][0] == pytest.approx(best["log_probability"], abs=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        ["--temperature", "2"],
        ["--sample", "--mbr", "4"],
        ["--json", "--scores"],
        ["--resume"],
        ["--stream", "another"],
        ["--normalisation", "none"],
        ["--stream", "--output", "out.de"],
    ],
)
def test_options_that_do_not_go_together(mtkit: Command, toy_run: Path, options: list[str]) -> None:
    found = mtkit("translate", "--model", toy_run, "one.", *options)
    assert found.code == 2
    assert found.out == ""


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (
            ["--prefix", "eins " * 20, "--max-length", "5"],
            ["20 pieces", "5 at most", "--max-length"],
        ),
        (["--require", "eins " * 300], ["pieces; a translation has 255 at most"]),
        (
            ["--require", "eins zwei", "--forbid", "zwei"],
            ["`eins zwei` is wanted", "`zwei` is forb"],
        ),
        (["--prefix", "eins", "--forbid", "ein"], ["`eins` is wanted"]),
        (["--require", " "], ["one of the required phrases is empty"]),
        (["--forbid", ""], ["one of the forbidden phrases is empty"]),
        (["--require", "猫"], ["cannot write `猫`"]),
        (["--min-length", "256"], ["--min-length 256 is more than the model can say"]),
        (["--min-length", "9", "--max-length", "8"], ["--max-length 8 is out of range"]),
        (["--sample", "--temperature", "0"], ["--temperature 0.0 is out of range"]),
        (["--sample", "--top-p", "2"], ["--top-p 2.0"]),
        (["--mbr", "0"], ["--samples 0"]),
        (["--mbr", "2", "--n-best", "3"], ["no 3 best"]),
        (["--glossary", "/nowhere"], ["`/nowhere` cannot be read"]),
        (["--require", "eins eins", "--no-repeat-ngram", "1"], ["can do all that was asked for"]),
    ],
)
def test_wishes_that_cannot_be_met(
    mtkit: Command, toy_run: Path, options: list[str], parts: list[str]
) -> None:
    assert_refused(mtkit("translate", "--model", toy_run, "one.", *options), *parts)


@pytest.mark.parametrize("line", ["seven", "seven\t", "\tacht", "a\tb\tc"])
def test_a_glossary_line_without_one_tab(
    mtkit: Command, toy_run: Path, tmp_path: Path, line: str
) -> None:
    terms = write_lines(tmp_path / "terms.tsv", ["one\teins", line])
    found = mtkit("translate", "--model", toy_run, "one.", "--glossary", terms)
    assert_refused(found, f"`{terms}`, line 2: not a source phrase, a tab and a target phrase")


def test_models_of_other_pieces_do_not_translate_together(
    mtkit: Command, toy_run: Path, toy_corpus: Path, tmp_path: Path
) -> None:
    run_main(
        "train", toy_corpus, "--pair", "en-de", "--out", tmp_path / "other", "--vocab-size", 45,
        "--d-model", 8, "--d-ff", 8, "--heads", 2, "--max-steps", 1,
    )  # fmt: skip
    found = mtkit("translate", "--model", toy_run, "--model", tmp_path / "other", "one.")
    assert_refused(found, "cut text into different pieces")


def test_pairs_that_cannot_be_scored(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.en", ["one", "two"])
    short = write_lines(tmp_path / "a.de", ["eins"])
    long = write_lines(tmp_path / "b.de", ["eins", "zwei " * 300])
    assert "differ in length" in mtkit("score", source, short, "--model", toy_run).err
    found = mtkit("score", source, long, "--model", toy_run)
    assert found.code == 1
    assert "line 2: the pair has 301 pieces" in found.err


# A long file.


@pytest.fixture
def big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("mtkit.workers.WINDOW", 500)  # or it would break off before any is done
    return write_lines(tmp_path / "big.en", [english for english, _ in toy_pairs(3500, seed=1)])


def interrupted(mtkit: Command, toy_run: Path, big: Path, out: Path) -> None:
    """A translation that breaks off at line 3,001, where the file is not UTF-8."""
    whole = big.read_bytes()
    spoilt = whole.split(b"\n")
    spoilt[3000] = b"\xff"
    big.write_bytes(b"\n".join(spoilt))
    broken = mtkit(*command(toy_run, big, out))
    big.write_bytes(whole)
    assert broken.code == 1
    assert "the same command with --resume goes on" in broken.err
    assert not out.exists()


def command(toy_run: Path, source: Path, out: Path, *more: object) -> list[object]:
    options = "--beam-size", 1, "--input", source, "--output", out
    return ["translate", "--model", toy_run, *options, *more]


def test_a_translation_that_broke_off_goes_on(
    mtkit: Command, toy_run: Path, big: Path, tmp_path: Path
) -> None:
    out, whole = tmp_path / "out.de", tmp_path / "whole.de"
    interrupted(mtkit, toy_run, big, out)
    resumed = mtkit(*command(toy_run, big, out, "--resume"))
    assert resumed.code == 0, resumed.err
    assert re.search(r"going on with `.*` after [12],[05]00 lines", resumed.err)
    assert mtkit(*command(toy_run, big, whole)).code == 0
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big.en", "out.de", "whole.de"]


def test_what_does_not_fit_is_not_resumed(
    mtkit: Command, toy_run: Path, big: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.de"
    nothing = mtkit(*command(toy_run, big, out, "--resume"))
    assert_refused(nothing, "cannot be resumed: there is no unfinished output")
    interrupted(mtkit, toy_run, big, out)
    other = mtkit(*command(toy_run, big, out, "--resume", "--prefix", "eins"))
    assert_refused(other, "begun with other settings: prefix")
    packed = tmp_path / "changed.en.gz"
    packed.write_bytes(gzip.compress(b"zero\n" + big.read_bytes()))
    changed = mtkit(*command(toy_run, packed, out, "--resume"))
    assert_refused(changed, "the input is not the one that it began with")
    notes = tmp_path / ".out.de.partial.json"
    notes.write_text("{")
    assert_refused(mtkit(*command(toy_run, big, out, "--resume")), "is damaged")


HOLDING = """
import sys, time
from pathlib import Path
from mtkit.places import claim
path = Path(sys.argv[1])
stream = path.open("ab")
claim(stream, path)
print("claimed", flush=True)
time.sleep(60)
"""


def test_an_output_that_another_process_is_writing_is_refused(
    mtkit: Command, toy_run: Path, big: Path, tmp_path: Path
) -> None:
    out, partial = tmp_path / "out.de", tmp_path / ".out.de.partial"
    interrupted(mtkit, toy_run, big, out)
    before = partial.read_bytes()
    holding = [sys.executable, "-c", HOLDING, str(partial)]
    with subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "claimed\n"
        for options in ([], ["--resume"]):
            refused = mtkit(*command(toy_run, big, out, *options))
            assert_refused(refused, "out.de.partial` is being written by another process")
        process.kill()
    assert partial.read_bytes() == before
    assert mtkit(*command(toy_run, big, out, "--resume")).code == 0


def test_an_output_that_is_just_ending_is_not_begun_anew_by_another_process(
    mtkit: Command, toy_run: Path, big: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, partial = tmp_path / "out.de", tmp_path / ".out.de.partial"
    renamed, seen = Path.replace, []

    def claims_meanwhile(self: Path, target: Path) -> Path:
        if self == partial:
            claiming = [sys.executable, "-c", HOLDING, str(partial)]
            other = subprocess.run(claiming, capture_output=True, text=True, timeout=50)
            seen.append(other.stderr)
        return renamed(self, target)

    monkeypatch.setattr(Path, "replace", claims_meanwhile)
    assert mtkit(*command(toy_run, big, out)).code == 0
    assert len(seen) == 1
    assert "is being written by another process" in seen[0]
    assert len(out.read_text().splitlines()) == len(big.read_text().splitlines())


def test_an_output_that_is_begun_anew_says_so(
    mtkit: Command, toy_run: Path, big: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.de"
    interrupted(mtkit, toy_run, big, out)
    short = write_lines(tmp_path / "short.en", ["four seven one."])
    assert "is thrown away" in mtkit(*command(toy_run, short, out)).err
    assert out.read_text() == "vier sieben eins.\n"


def test_a_name_for_stdout_is_not_replaced(toy_run: Path, tmp_path: Path) -> None:
    words = "translate", "--model", str(toy_run), "'four seven one.'", "--output", "/dev/stdout"
    run = f"{sys.executable} -m mtkit {' '.join(words)}"
    subprocess.run(["bash", "-c", f"{run} > {tmp_path}/out.de"], check=True, capture_output=True)
    assert (tmp_path / "out.de").read_text() == "vier sieben eins.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.de"]
    assert Path("/dev/stdout").is_symlink()


def test_the_class_is_to_be_had_from_the_package(toy_run: Path) -> None:
    assert Translator.load(toy_run).translate(["four seven one."]).__next__().texts == [
        "vier sieben eins."
    ]
    assert load_card(toy_run).target_language == "de"
    with pytest.raises(AttributeError, match="no attribute `Translater`"):
        import mtkit

        _ = mtkit.Translater
    with pytest.raises(MtkitError):
        Constraints(required=[""])
