"""Scores, against the `sacrebleu` command; systems beside each other; what a score can hide."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, write_lines

from mtkit.bitext import read_lines
from mtkit.card import Start
from mtkit.checkpoint import load_card
from mtkit.cli.scoreboard import short_names
from mtkit.evaluation import Scoring, bleu, bleu_tokenizer, guess_language
from mtkit.evaluation.differences import largest_differences, marked
from mtkit.evaluation.groups import by_length, by_rarity, word_counts, words
from mtkit.evaluation.metrics import Score
from mtkit.evaluation.seeds import seed_groups
from mtkit.evaluation.significance import compare
from mtkit.evaluation.symptoms import copied, empty, repetition

SACREBLEU = [sys.executable, "-m", "sacrebleu"]
DIGITS = "12"


def sacrebleu_json(*arguments: object) -> list[dict[str, Any]]:
    command = [*SACREBLEU, *map(str, arguments), "-w", DIGITS, "-f", "json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(shown.stdout)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize(
    ("language", "references", "ours", "theirs"),
    [
        ("de", 1, [], []),
        ("de", 2, [], []),
        ("de", 1, ["--lowercase"], ["-lc", "--chrf-lowercase"]),
        ("de", 1, ["--tokenize", "intl"], ["-tok", "intl"]),
        (
            "de",
            1,
            ["--tokenize", "none", "--lowercase"],
            ["-tok", "none", "-lc", "--chrf-lowercase"],
        ),
        ("zh", 1, [], ["-tok", "zh", "--ter-normalized", "--ter-asian-support"]),
        ("ja", 1, [], ["-tok", "ja-mecab", "--ter-normalized", "--ter-asian-support"]),
        ("ko", 1, [], ["-tok", "ko-mecab"]),
    ],
)
def test_scores_agree_with_the_sacrebleu_command(
    mtkit: Command,
    systems: Path,
    language: str,
    references: int,
    ours: list[str],
    theirs: list[str],
) -> None:
    right = [systems / f"ref.{language}", systems / f"other.{language}"][:references]
    hypothesis = systems / f"one.{language}"
    options = [part for path in right for part in ("--reference", path)]
    scored = mtkit("evaluate", "--hypothesis", hypothesis, *options, *ours, "--json")
    [report] = json.loads(scored.out).values()
    found = report["systems"][0]["scores"]
    expected = [
        *sacrebleu_json(*right, "-i", hypothesis, "-m", "bleu", "chrf", *theirs),
        *sacrebleu_json(*right, "-i", hypothesis, "-m", "chrf", "ter", *theirs, "-cw", 2),
    ]
    assert [score["name"] for score in found] == [score["name"] for score in expected]
    for one, other in zip(found, expected, strict=True):
        assert round(one["value"], int(DIGITS)) == other["score"]
        assert one["signature"] == other["signature"]


@pytest.mark.parametrize("kind", ["bs", "ar"])
def test_p_values_and_intervals_agree_with_the_sacrebleu_command(
    mtkit: Command, systems: Path, kind: str
) -> None:
    pair = systems / "one.de", systems / "two.de"
    options = [part for path in pair for part in ("--hypothesis", path)]
    scored = mtkit("evaluate", *options, "--reference", systems / "ref.de", "--resamples", 100,
                   "--json")  # fmt: skip
    [report] = json.loads(scored.out).values()
    trials = {"bs": 100, "ar": 1000}[kind]
    command = [*SACREBLEU, systems / "ref.de", "-i", *pair, f"--paired-{kind}",
               f"--paired-{kind}-n", trials, "-m", "bleu", "chrf", "ter", "-w", 9,
               "-f", "latex"]  # fmt: skip
    theirs = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    for system in report["systems"]:
        scores = {score["name"]: score["value"] for score in system["scores"]}
        for metric in ("BLEU", "chrF2", "TER"):
            ours = system["comparison"][metric]
            said = f"{scores[metric]:.9f}"
            if kind == "bs":
                said += f" ({ours['mean']:.9f} ± {ours['ci']:.9f})"
            if system is not report["systems"][0]:
                p_value = ours["bootstrap" if kind == "bs" else "randomisation"]
                said += f" (p = {p_value:.4f})"
            assert said in theirs.stdout
            assert ours["signatures"][kind == "ar"] in theirs.stdout


def test_a_better_system_is_significantly_better_and_an_equal_one_is_not(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    same = write_lines(tmp_path / "same.de", read_lines(systems / "one.de"))
    shown = mtkit(
        "evaluate", "--hypothesis", systems / "one.de", "--hypothesis", systems / "two.de",
        "--hypothesis", same, "--reference", systems / "ref.de", "--source", systems / "source.en",
        "--resamples", 200,
    )  # fmt: skip
    assert shown.code == 0
    [_, better, equal] = [
        line for line in shown.out.splitlines() if line.count(" ±") == 4 and "│" in line
    ]
    lines = shown.out.splitlines()
    assert lines[lines.index(better) + 1].count("*") == 4
    assert lines[lines.index(equal) + 1].count("too alike") == 4
    assert "no sentence of same.de is better or worse than that of one.de" in shown.out
    assert "too alike: fewer than ten lines differ" in shown.out
    assert "BLEU by words of the source" in shown.out
    assert all(len(line) <= 100 for line in lines)


def test_sacrebleus_p_values_are_not_told_where_ties_make_them_wrong() -> None:
    """It counts only what exceeds the difference: few or no differences would be sure ones."""
    reference = [f"line {number} of twenty is this one here" for number in range(20)]
    one = ["x " + line for line in reference]
    few = reference[:9] + one[9:]
    cased = [line.upper() for line in one]
    both = few[:9] + cased[9:]  # differ in all lines, but in nine only beyond their case
    systems = {"one": one, "few": few, "cased": cased, "both": both}
    found = compare(systems, [reference], Scoring("en"), 100)
    assert found["both"]["BLEU"].bootstrap is not None
    assert found["both"]["TER"].bootstrap is None
    lowercase = compare(systems, [reference], Scoring("en", lowercase=True), 100)
    assert {each.randomisation for each in lowercase["both"].values()} == {None}
    assert {each.bootstrap for each in found["few"].values()} == {None}
    assert {each.randomisation for each in found["few"].values()} == {None}
    assert found["cased"]["TER"].bootstrap is None
    worse_and_better = [*reference[:10], *(f"x {line}" for line in reference[10:])][::-1]
    other = [*(f"x {line}" for line in reference[:10]), *reference[10:]][::-1]
    equal = compare(
        {"one": worse_and_better, "other": other}, [reference[::-1]], Scoring("en"), 100
    )["other"]["TER"]
    assert equal.bootstrap == equal.randomisation == 1.0
    assert found["cased"]["BLEU"].randomisation < 0.05


def test_what_differs_most_is_shown_side_by_side(mtkit: Command, systems: Path) -> None:
    shown = mtkit(
        "evaluate", "--hypothesis", systems / "one.zh", "--hypothesis", systems / "two.zh",
        "--reference", systems / "ref.zh", "--resamples", 40, "--examples", 1, "--json",
    )  # fmt: skip
    [report] = json.loads(shown.out).values()
    [win, loss] = report["details"]["differences"][str(systems / "two.zh")]
    assert win["gain"] > 0 > loss["gain"]
    for found in (win, loss):
        assert found["system"] == read_lines(systems / "two.zh")[found["line"] - 1]
        assert found["baseline"] == read_lines(systems / "one.zh")[found["line"] - 1]


def test_wins_come_before_losses_and_equal_lines_nowhere() -> None:
    reference = ["the cat sat", "a dog ran", "we all went home", "same"]
    baseline = ["the cat sit", "a dog ran", "we went", "other"]
    system = ["the cat sat", "a cow ate", "we all went home", "other"]
    found = largest_differences(baseline, system, [reference], None, Scoring("en"), 5)
    assert [difference.line for difference in found] == [3, 1, 2]
    assert [difference.gain > 0 for difference in found] == [True, True, False]
    assert len(largest_differences(baseline, system, [reference], None, Scoring("en"), 1)) == 2
    cased = [line.upper() for line in system]
    lowercase = Scoring("en", lowercase=True)
    assert largest_differences(system, cased, [reference], None, lowercase, 5) == []


def test_words_that_differ_are_marked() -> None:
    left, right = marked("we went home", "we all went back")
    assert [(run.text, run.differs) for run in left] == [
        ("we", False), ("went", False), ("home", True),
    ]  # fmt: skip
    assert [(run.text, run.differs) for run in right] == [
        ("we", False), ("all", True), ("went", False), ("back", True),
    ]  # fmt: skip
    left, _ = marked("我爱你", "我想你", spaced=False)
    assert [(run.text, run.differs) for run in left] == [("我", False), ("爱", True), ("你", False)]


def test_sentences_are_grouped_by_length_and_by_their_rarest_word() -> None:
    source = ["A dog.", " ".join(["word"] * 10), " ".join(["word"] * 45), ""]
    assert by_length(source) == {"1-9 words": [0, 3], "10-19 words": [1], "40+ words": [2]}
    text = ["a dog and a cat", *["word word"] * 60]
    counts = word_counts(iter(text), source)
    assert counts == {"a": 2, "dog": 1, "word": 120}
    assert by_rarity(["A dog!", "word", "unseen dog"], counts) == {
        "0 times": [2], "1-9 times": [0], "100+ times": [1],
    }  # fmt: skip
    assert by_length(["我们都回家了。再见，我的朋友。"]) == {"10-19 words": [0]}
    assert list(words(["はコンピュータを。", "मैं घर जा रहा हूँ।"][1:])) == [
        ["मैं", "घर", "जा", "रहा", "हूँ।"]
    ]


def test_symptoms_of_a_broken_system_are_counted() -> None:
    assert repetition(["a b c d e"], str.split) == 0
    assert repetition(["no no no no no no no"], str.split) == 3 / 4
    assert repetition(["", "a b"], str.split) == 0
    source, reference = ["a b", "Anna", "c", "d"], ["x y", "Anna", "z", "w"]
    assert copied(["A  B", "Anna", "z", ""], source, [reference]) == 1 / 4
    assert copied(["A B"], None, [["x"]]) is None
    assert empty(["", " ", "x"], [["a", "", "c"]]) == 1 / 3


def test_a_high_score_does_not_hide_a_broken_system(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    lines, source = read_lines(systems / "ref.de"), read_lines(systems / "source.en")
    lines[:10] = [""] * 10
    lines[10:20] = source[10:20]
    lines[20:60] = [f"{line} {' '.join(['und so'] * 10)}" for line in lines[20:60]]
    broken = write_lines(tmp_path / "broken.de", lines)
    shown = mtkit("evaluate", "--hypothesis", broken, "--reference", systems / "ref.de",
                  "--source", systems / "source.en")  # fmt: skip
    assert shown.code == 0
    for said in ("8.3% of its outputs are empty", "8.3% of its outputs are their source",
                 "repeats itself", "times as long as the references"):  # fmt: skip
        assert said in shown.err
    shown = mtkit("evaluate", "--hypothesis", systems / "one.de", "--reference", systems / "ref.de")
    assert "warning" not in shown.err


def test_runs_that_differ_only_in_their_seed_have_a_mean(toy_run: Path) -> None:
    card = load_card(toy_run)
    cards = {
        "one": card,
        "two": replace(card, training=replace(card.training, seed=2)),
        "again": card,  # the same run, copied
        "copy": replace(card, training=replace(card.training, seed=2)),
        "mean": replace(card, training=replace(card.training, seed=9), history={"averaged": []}),
        "three": replace(card, training=replace(card.training, seed=3, learning_rate=0.1)),
    }
    scores = {name: [Score("BLEU", value, "")] for name, value in
              zip(cards, (10.0, 14.0, 10.0, 14.0, 30.0, 50.0), strict=True)}  # fmt: skip
    [group] = seed_groups(cards, scores)
    assert group.systems == ("one", "two")
    assert group.mean == {"BLEU": 12.0}
    assert group.deviation == {"BLEU": pytest.approx(8**0.5)}


def test_runs_that_did_not_start_from_the_same_weights_are_not_seeds_of_one_recipe(
    toy_run: Path,
) -> None:
    card = load_card(toy_run)
    cards = {
        f"{start} {seed}": replace(
            card,
            training=replace(card.training, seed=seed),
            start=Start("w", start) if start else None,
        )
        for start in ("", "aa", "bb")
        for seed in (1, 2)
    }
    scores = {name: [Score("BLEU", 10.0, "")] for name in cards}
    found = [group.systems for group in seed_groups(cards, scores)]
    assert found == [(" 1", " 2"), ("aa 1", "aa 2"), ("bb 1", "bb 2")]


def test_models_are_compared_and_each_keeps_its_scores(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    runs = [Path(shutil.copytree(toy_run, tmp_path / name)) for name in ("one", "two")]
    card = json.loads((runs[1] / "config.json").read_text())
    card["training"]["seed"] += 1
    (runs[1] / "config.json").write_text(json.dumps(card))
    shown = mtkit("evaluate", *runs, "--set", "valid", "--resamples", 40, "--beam-size", 1)
    assert shown.code == 0, shown.err
    assert "mean and standard deviation of 2 seeds (one, two)" in shown.out
    assert "how often the rarest word" in shown.out
    for run in runs:
        kept = json.loads((run / "config.json").read_text())["scores"]["valid"]
        assert {score["name"] for score in kept["scores"]} == {"BLEU", "chrF2", "chrF2++", "TER"}
        assert kept["symptoms"]["empty"] == 0
        assert "length ratio" in mtkit("info", run).out
    mtkit("evaluate", runs[0], "--set", "valid", "--lowercase", "--beam-size", 1)
    scores = json.loads((runs[0] / "config.json").read_text())["scores"]
    assert set(scores) >= {"valid", "valid, lower-cased"}


def test_csv_has_a_line_for_each_score(mtkit: Command, systems: Path) -> None:
    shown = mtkit(
        "evaluate", "--hypothesis", systems / "one.de", "--hypothesis", systems / "two.de",
        "--reference", systems / "ref.de", "--resamples", 40, "--csv",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    assert [row["metric"] for row in rows][:8] == [
        "BLEU", "chrF2", "chrF2++", "TER", "length_ratio", "repeated", "copied", "empty",
    ]  # fmt: skip
    assert {row["system"] for row in rows} == {str(systems / "one.de"), str(systems / "two.de")}
    score = bleu(read_lines(systems / "two.de"), read_lines(systems / "ref.de"), "de")
    [row] = [row for row in rows if row["metric"] == "BLEU" and "two" in row["system"]]
    assert float(row["score"]) == score
    assert 0 < float(row["p_bootstrap"]) <= 1
    assert "|ar:400|" in row["randomisation_signature"]


def test_a_latex_table_escapes_what_latex_would_read(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    odd = write_lines(tmp_path / "50%_{#1}.de", read_lines(systems / "one.de"))
    shown = mtkit("evaluate", "--hypothesis", odd, "--reference", systems / "ref.de", "--latex")
    [row] = [line for line in shown.out.splitlines() if "50" in line]
    assert r"50\%\_\{\#1\}.de & " in row
    assert row.endswith(r" \\")
    assert row.count(" & ") == 5
    assert shown.out.count("% BLEU: nrefs:1|") == 1


def test_paths_are_shortened_as_long_as_they_differ() -> None:
    assert short_names(["runs/a", "runs/b"]) == {"runs/a": "a", "runs/b": "b"}
    assert short_names(["x/1/out", "y/1/out"]) == {"x/1/out": "x/1/out", "y/1/out": "y/1/out"}
    assert short_names(["x/1/out", "y/2/out"]) == {"x/1/out": "1/out", "y/2/out": "2/out"}


def test_tokenizers_follow_the_language() -> None:
    names = "zh", "zh-CN", "ZH_tw", "ja", "ko-KR", "de", ""
    assert [bleu_tokenizer(name) for name in names] == [
        "zh", "zh", "zh", "ja-mecab", "ko-mecab", "13a", "13a",
    ]  # fmt: skip
    assert guess_language(["你好，世界！", "OK。"]) == "zh"
    assert guess_language(["Hello, 世界!"]) == ""
    assert guess_language(["日本語をはなします。"]) == ""


def test_without_the_extra_a_tokenizer_is_an_error_but_training_goes_on(
    mtkit: Command, systems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_ja_mecab.MeCab", None)
    shown = mtkit("evaluate", "--hypothesis", systems / "one.ja", "--reference", systems / "ref.ja")
    assert shown.code == 1
    assert "the tokenizer `ja-mecab` is not installed" in shown.err
    assert "pip install 'mtkit[ja]'" in shown.err
    lines = read_lines(systems / "ref.ja")
    assert bleu(lines, lines, "ja") == pytest.approx(100)


def test_an_unknown_tokenizer(mtkit: Command, systems: Path) -> None:
    shown = mtkit("evaluate", "--hypothesis", systems / "one.de", "--reference", systems / "ref.de",
                  "--tokenize", "13b")  # fmt: skip
    assert shown.code == 1
    assert "no tokenizer `13b`" in shown.err
    assert "13a" in shown.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "test", "--test-set", "wmt14"], "one of them"),
        (["--hypothesis", "a", "--test-set", "wmt14"], "need a --pair"),
        (["--reference", "a"], "--reference goes with"),
        (["runs/a", "--hypothesis", "b", "--reference", "c"], "a MODEL needs a --source"),
        (["runs/a", "runs/a"], "named twice"),
        (["--hypothesis", "a", "--reference", "r", "--json", "--csv"], "one of them"),
        (["--hypothesis", "a", "--reference", "r", "--resamples", "3"], "40 at least"),
        (["--hypothesis", "a", "--reference", "r", "--examples", "-1"], "cannot be negative"),
        (["--hypothesis", "a", "--reference", "r", "--comet", "m"], "--comet needs a --source"),
        (["runs/a", "--set", "test", "--set", "valid", "--hypothesis", "b"], "one test set"),
        (["runs/a", "runs/b", "--output", "c"], "of one model"),
        (["--pair", "en-de"], "--pair goes with --test-set"),
    ],
)
def test_wrong_usage_says_what_goes_with_what(
    mtkit: Command, arguments: list[str], said: str
) -> None:
    shown = mtkit("evaluate", *arguments)
    assert shown.code == 2
    assert said in " ".join(shown.err.replace("│", " ").split())


def test_models_of_other_languages_are_not_compared(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(toy_run, tmp_path / "back"))
    card = json.loads((other / "config.json").read_text())
    card |= {"source_language": "de", "target_language": "en"}
    (other / "config.json").write_text(json.dumps(card))
    shown = mtkit("evaluate", toy_run, other)
    assert shown.code == 1
    assert "translates de to en" in shown.err


def test_the_seed_of_the_tests_is_sacrebleus(
    systems: Path, monkeypatch: pytest.MonkeyPatch, mtkit: Command
) -> None:
    files = ["--hypothesis", systems / "one.de", "--reference", systems / "ref.de"]
    options = [*files, "--resamples", 40, "--details", "--json"]
    monkeypatch.setitem(os.environ, "SACREBLEU_SEED", "7")
    [report] = json.loads(mtkit("evaluate", *options).out).values()
    [signature] = report["systems"][0]["comparison"]["BLEU"]["signatures"]
    assert "|bs:40|seed:7|" in signature
    assert report["systems"][0]["comparison"]["BLEU"]["bootstrap"] is None


def test_what_is_wrong_is_said_before_anything_is_translated(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def translate(*_: object, **__: object) -> None:
        raise AssertionError("translated")

    monkeypatch.setattr("mtkit.translator.Translator.translate", translate)
    for options, said in (
        (["--tokenize", "x"], "no tokenizer `x`"),
        (["--output", tmp_path / "no" / "out"], "no/out"),
        (["--details", "--training-text", "/nowhere"], "/nowhere"),
        (
            ["--test-set", "wmt14", "--pair", "en-fr"],
            "--pair en-fr, but the model translates en-de",
        ),
    ):
        shown = mtkit("evaluate", toy_run, *options)
        assert shown.code == 1, shown.err
        assert said in shown.err


def test_chinese_is_told_by_the_text_if_the_ending_is_no_language(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    reference = write_lines(tmp_path / "out.ref", read_lines(systems / "ref.zh"))
    shown = mtkit("evaluate", "--hypothesis", systems / "one.zh", "--reference", reference)
    assert "tok:zh" in shown.out


def test_no_control_character_of_the_data_reaches_the_terminal(
    mtkit: Command, systems: Path, tmp_path: Path
) -> None:
    lines = read_lines(systems / "ref.de")
    lines[3] = "a b \x1b[31m c"
    reference = write_lines(tmp_path / "ref.de", lines)
    shown = mtkit("evaluate", "--hypothesis", systems / "one.de", "--hypothesis", reference,
                  "--reference", reference, "--resamples", 40, "--examples", 200)  # fmt: skip
    assert "line 4:" in shown.out
    assert "\x1b[31m" not in shown.out


def test_a_reader_that_goes_away_does_not_lose_the_scores(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "toy"))

    def gone(*_: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr("mtkit.cli.scoreforms.rendered", gone)
    mtkit("evaluate", run, "--beam-size", 1)
    assert "test" in json.loads((run / "config.json").read_text())["scores"]
