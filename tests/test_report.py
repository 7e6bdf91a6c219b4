"""`mtkit report`: what is on the page, and that nothing in the data is mark-up."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, write_lines
from report_pages import changed, nasty_set, without_corpus
from test_bad_input import assert_refused

from mtkit.checkpoint import load_card, load_tokenizer
from mtkit.evaluation import EvaluationSet, Scoring
from mtkit.report.contents import Contents, Missing, ScoreRow
from mtkit.report.contents import Tested as ScoredSet  # pytest collects what begins with Test
from mtkit.report.examples import Example, evenly, example, spread
from mtkit.report.history import read_history
from mtkit.report.page import FOLDER, language_tag, rendered
from mtkit.report.pictures import Picture, is_word
from mtkit.report.summary import examples_note, lede, tiles, unfinished
from mtkit.report.svg import declarations
from mtkit.report.text import shown

BLOCKS = {"dt", "dd", "th", "td", "li", "p", "text", "tspan"}
VOID = {"meta", "link", "br", "wbr", "input", "path", "use"}
MAP = Picture("a map", "<svg></svg>")


@dataclass
class Parsed(HTMLParser):
    """A page as a browser reads it.  tags: with their attributes; data: what the script gets."""

    text: str = ""
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path) -> Parsed:
        page = cls()
        HTMLParser.__init__(page)
        page.feed(path.read_text(encoding="utf-8"))
        page.close()
        assert page.open == []
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in BLOCKS:
            self.text += " "
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif not self.open or self.open[-1] != "style":
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])  # type: ignore[no-any-return]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


# What is on the page


def test_the_page_has_every_part(page: Path) -> None:
    found = Parsed.of(page)
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    for part in ("scores", "translations", "inside", "embedding", "curves", "card"):
        assert part in ids
        assert ("a", {"href": f"#{part}"}) in found.tags
    assert sum(tag == "svg" for tag, _ in found.tags) == 5
    assert "best model so far" not in found.words
    # What is missing: JavaScript, if it is switched off, and sources of other lengths.
    missing = [each for each in found.tags if each == ("p", {"class": "missing"})]
    assert len(missing) == 2
    assert "All sources are of about the same length" in found.words
    assert "A Transformer with" in found.words
    assert "en to de" in found.words
    assert page.stat().st_size < 1_000_000


def test_the_card_has_hashes_settings_and_what_ran_on_what(page: Path, toy_run: Path) -> None:
    words, card = Parsed.of(page).words, load_card(toy_run)
    for data in card.data:
        assert all(sha256 in words for sha256 in data.sha256)
    assert card.tokenizer.sha256 in words
    for name, value in vars(card.training).items():
        assert value is None or f"{name} {value}" in words
    assert "mtkit train " in words
    assert f"--out {toy_run}" in words


def test_scores_and_signatures_are_those_of_evaluate(
    mtkit: Command, page: Path, toy_run: Path, tmp_path: Path
) -> None:
    run = changed(toy_run, tmp_path / "run", scores={})  # another test may have kept some
    before = (toy_run / "config.json").read_bytes()
    scored = json.loads(mtkit("evaluate", run, "--json").out)["test"]
    words = Parsed.of(page).words
    for score in scored["systems"][0]["scores"]:
        assert f"{score['value']:.2f}" in words
        assert score["signature"] in words
    assert "50 sentences" in words
    # What evaluate kept is not told twice, and a report keeps nothing.
    again = tmp_path / "again.html"
    shown = mtkit("report", run, "--out", again, "--sentences", 1)
    assert shown.code == 0, shown.err
    assert Parsed.of(again).words.count("measured for this page") == 1
    assert "from the model card" not in Parsed.of(again).words
    assert f"next: mtkit explain --model {run}" in shown.err
    mtkit("report", toy_run, "--out", again, "--sentences", 1)
    assert before == (toy_run / "config.json").read_bytes()


def test_kept_scores_of_other_sets_stand_beside(mtkit: Command, nasty_page: Path) -> None:
    words = Parsed.of(nasty_page).words
    assert "from the model card" in words
    assert "<u>set</u>" in words
    assert "<b>BLEU</b>" in words


def test_scores_by_length_have_a_picture_and_a_table(nasty_page: Path) -> None:
    words = Parsed.of(nasty_page).words
    assert "1-9 words n = 25" in words
    assert "10-19 words n = 1" in words
    assert re.search(r"10-19 words 1 \d+\.\d\d \d+\.\d\d", words)
    assert "Faded: fewer than 20 sentences, whose score says little." in words
    bars = [each for tag, each in Parsed.of(nasty_page).tags if each.get("fill-opacity")]
    assert len(bars) == 1


def test_only_what_a_word_looks_at_most_is_told_aloud(page: Path) -> None:
    found = [each.get("id") for _, each in Parsed.of(page).tags if "aria-live" in each]
    assert found == ["looks-title"]


def test_what_differs_is_marked_on_both_sides(nasty_page: Path) -> None:
    found = Parsed.of(nasty_page)
    marks = [attributes.get("class") for tag, attributes in found.tags if tag == "mark"]
    assert marks[:2] == ["said", "right"]  # what they mean
    assert min(Counter(marks[2:])[side] for side in ("said", "right")) > 5


def test_the_script_gets_the_attention_that_explain_shows(
    mtkit: Command, page: Path, toy_run: Path
) -> None:
    data = Parsed.of(page).data
    one = data["sentences"][3]
    shown = mtkit("explain", "--model", toy_run, one["text"], "--beam-size", 5, "--json")
    wanted = json.loads(shown.out)
    assert one["target"] == wanted["target"]
    assert one["source"] == [piece["text"] for piece in wanted["source"]]
    for kind, layers in wanted["attention"].items():
        rounded = [
            [
                [
                    [round(1000 * share) for share in row[: n if kind == "decoder" else None]]
                    for n, row in enumerate(head, 1)
                ]
                for head in layer
            ]
            for layer in layers
        ]
        assert one["attention"][kind] == rounded
    assert [branch["pieces"] for branch in one["beam"]] == [
        branch["pieces"] for branch in wanted["beam"]
    ]
    assert set(data["kinds"]) == {"cross", "encoder", "decoder"}


def test_sentences_are_spread_from_the_best_to_the_worst(nasty_page: Path) -> None:
    words = Parsed.of(nasty_page).words
    scores = [float(found) for found in re.findall(r"line \d+, chrF (\d+\.\d)", words)]
    assert len(scores) == 26
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100


@pytest.mark.parametrize(
    ("rows", "wanted", "places"),
    [
        (0, 8, []), (1, 8, [0]), (2, 8, [0, 1]), (5, 8, [0, 1, 2, 3, 4]), (5, 5, [0, 1, 2, 3, 4]),
        (5, 2, [0, 4]), (5, 1, [2]), (5, 0, []), (9, 3, [0, 4, 8]), (100, 3, [0, 50, 99]),
    ],
)  # fmt: skip
def test_so_many_sentences_are_shown(rows: int, wanted: int, places: list[int]) -> None:
    assert evenly(rows, wanted) == places


def test_lines_without_pieces_are_passed_over(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "a.en", ["\ufeff", "one two.", "\x01", "three four."])
    target = write_lines(tmp_path / "a.de", ["eins.", "eins zwei.", "zwei.", "drei vier."])
    shown = mtkit(
        "report", toy_run, "--out", tmp_path / "a.html", "--source", source, "--reference", target
    )
    assert shown.code == 0, shown.err
    found = Parsed.of(tmp_path / "a.html")
    assert {one["text"] for one in found.data["sentences"]} == {"one two.", "three four."}
    assert set(re.findall(r"line (\d+), chrF", found.words)) == {"2", "4"}


def test_a_directory_whose_name_is_not_utf_8_is_shown_with_numbers(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / os.fsdecode(b"caf\xe9")))
    path = tmp_path / os.fsdecode(b"p\xe9.html")
    shown = mtkit("report", run, "--out", path, "--sentences", 1)
    assert shown.code == 0, shown.err
    assert "caf\\udce9" in Parsed.of(path).words


@pytest.mark.parametrize(
    ("sentence", "typed"),
    [
        ("one two.", "'one two.'"), ("-one two.", "'A sentence.'"),
        ("\x1b[31mone two.", "'A sentence.'"), ("one \u202etwo.", "'A sentence.'"),
    ],
)  # fmt: skip
def test_the_next_step_has_a_sentence_that_can_be_typed(
    mtkit: Command, toy_run: Path, tmp_path: Path, sentence: str, typed: str
) -> None:
    run = changed(toy_run, tmp_path / "run", **without_corpus(load_card(toy_run)))
    shown = mtkit(
        "report", run, "--out", tmp_path / "a.html", "--sentences", 0, f"--sentence={sentence}"
    )
    assert shown.err.endswith(f"next: mtkit explain --model {run} {typed}\n")


def test_of_several_references_the_closest_is_shown_and_all_count() -> None:
    references = ["null sieben.", "eins zwei.", "drei vier."]
    found = example("one two.", "eins zwei.", references, Scoring("de"), True)
    assert (found.reference, found.chrf) == ("eins zwei.", 100)
    assert not any(run.differs for run in [*found.said, *found.right])


def test_the_order_follows_all_references(toy_run: Path) -> None:
    tokenizer = load_tokenizer(toy_run, load_card(toy_run))
    references = ["null.", "eins zwei."], ["drei vier.", "eins."]
    given = EvaluationSet("set", ["three four.", "one two."], references)
    hypotheses = ["drei vier.", "eins zwo."]
    found = spread(given, hypotheses, Scoring("de"), True, 2, tokenizer)
    assert [one.line for one in found] == [1, 2]
    assert [one.reference for one in found] == ["drei vier.", "eins zwei."]


@pytest.mark.parametrize(
    ("own", "others", "sentences", "said"),
    [
        (0, 8, 50, "They are spread evenly from the best"),
        (0, 1, 50, "It is in the middle between the best and the worst translation of the test"),
        (0, 1, 1, "It is the only one of the test set."),
        (1, 8, 50, "The first is your own.  The others are spread evenly from the best"),
        (2, 1, 1, "The first 2 are your own.  The other is the only one of the test set."),
        (1, 2, None, "The first is your own.  The others are samples of the validation set"),
        (0, 1, None, "It is a sample of the validation set, from the log."),
    ],
)
def test_it_is_said_where_the_sentences_are_from(
    toy_run: Path, own: int, others: int, sentences: int | None, said: str
) -> None:
    examples = [Example("a", "b")] * own + [Example("a", "b", "c", chrf=1.0)] * others
    row = ScoreRow("test", "", "", (), "", sentences)
    tested = ScoredSet(row) if sentences else Missing("")
    card, history = load_card(toy_run), read_history(toy_run)
    note = examples_note(Contents("a", "1", card, history, "", Missing(""), tested, MAP, examples))
    assert note.startswith(said)
    assert ("more than 40 words are left out" in note) == ((sentences or 0) > 1)


@pytest.mark.parametrize(
    ("parameters", "in_words", "tile"),
    [
        (1, "with 1 parameter that", ("1", "")),
        (999_999, "with 999,999 parameters that", ("999,999", "")),
        (1_000_000, "with 1.0 million parameters that", ("1.00 M", "1,000,000")),
    ],
)
def test_parameters_are_counted_in_millions_where_there_are_some(
    toy_run: Path, parameters: int, in_words: str, tile: tuple[str, str]
) -> None:
    card = load_card(toy_run)
    data = tuple(replace(each, pairs=1) for each in card.data)
    card = replace(card, history={"parameters": parameters}, data=data)
    missing = Missing("")
    contents = Contents("a", "1", card, read_history(toy_run), "", missing, missing, MAP)
    assert in_words in lede(contents)
    assert lede(contents).endswith(", learnt from 1 sentence pair.")
    assert ("Parameters", *tile) in list(tiles(contents))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("▁one", True), ("one", False), ("▁.", False), ("▁one\x01", False),
        ("▁می\u200cخواهم", True),
    ],
)  # fmt: skip
def test_the_map_has_words_that_can_be_drawn(text: str, found: bool) -> None:
    assert is_word(text, all_spaced=True) == found


def test_without_its_test_set_a_model_is_scored_on_its_validation_set(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    card = load_card(toy_run)
    gone = [replace(each, paths=("/gone.en", "/gone.de")) for each in card.data]
    data = tuple(
        other if each.role == "test" else each for each, other in zip(card.data, gone, strict=True)
    )
    run = changed(toy_run, tmp_path / "run", data=data)
    options = "--sentences", 1, "--beam-size", 2, "--length-penalty", 0.5
    shown = mtkit("report", run, "--out", tmp_path / "a.html", *options)
    assert shown.code == 0, shown.err
    assert "warning: the test set is missing: `/gone.en` is gone" in shown.err
    assert "the valid set is scored\n" in shown.err
    search = "--beam-size 2 --length-penalty 0.5"
    assert f"next: mtkit evaluate {run} --set valid {search}\n" in shown.err
    assert "on valid" in Parsed.of(tmp_path / "a.html").words


# Nothing in the data is mark-up


def test_what_is_in_the_data_is_text(nasty_page: Path) -> None:
    found = Parsed.of(nasty_page)
    assert not {"img", "em", "b", "i", "u"} & {tag for tag, _ in found.tags}
    assert len(found.scripts) == 2
    for line in ("one <script>alert(1)</script> two.", "</script><!-- <script> --> three.",
                 "{{ 7 * 7 }} {% raw %}", "我们今天去图书馆看书。", "alert(3)",
                 '<em>run & "co"', "<script>alert(4)</script>"):  # fmt: skip
        assert line in found.words, line
    turning = "\u202e"  # what follows is shown from right to left
    assert turning not in nasty_page.read_text(encoding="utf-8")
    assert "<U+202E>" in found.words
    assert any("<U+202E>" in "".join(one["source"]) for one in found.data["sentences"])
    assert shown(f"a{turning}b\u200cc\u200dd") == "a<U+202E>b\u200cc\u200dd"
    assert "</script" not in found.scripts[0]
    assert "<!--" not in found.scripts[0]
    texts = {sentence["text"] for sentence in found.data["sentences"]}
    assert {"one <script>alert(1)</script> two.", "<script>alert(4)</script> one two."} <= texts


def test_the_page_needs_nothing_from_outside(nasty_page: Path, page: Path) -> None:
    for path in (nasty_page, page):
        for tag, attributes in Parsed.of(path).tags:
            assert not {"src", "srcset", "style", "data", "action"} & set(attributes), tag
            assert not [name for name in attributes if name.startswith("on")], tag
            assert (attributes.get("href") or "#").startswith(("#", "data:,")), tag
    text = page.read_text()
    assert not re.search(r"https?://|@import|url\((?!#)", text)
    policy = next(
        attributes["content"]
        for tag, attributes in Parsed.of(page).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_samples_say_which_language_they_are(page: Path) -> None:
    languages = Counter(
        attributes["lang"] for tag, attributes in Parsed.of(page).tags if "lang" in attributes
    )
    assert set(languages) == {"en", "de"}
    assert languages["de"] >= 16
    assert language_tag("zh_CN") == "zh-CN"


def test_scripts_set_text_and_no_mark_up() -> None:
    scripts = list(FOLDER.glob("*.js"))
    assert len(scripts) >= 3
    for script in scripts:
        source = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Func",
                             source), script  # fmt: skip
        assert len(source.splitlines()) <= 250
        assert max(map(len, source.splitlines())) <= 100


def test_styles_of_pictures_become_attributes() -> None:
    style = "font: bold 10px 'DejaVu Sans', sans-serif; text-anchor: middle; fill: #000000"
    assert list(declarations(style)) == [
        ("font-size", "10px"), ("font-weight", "bold"), ("text-anchor", "middle"),
        ("fill", "#000000"),
    ]  # fmt: skip


# What a model or a run lacks


@pytest.mark.parametrize(
    ("architecture", "said", "kinds"),
    [
        ("lstm", "This model has no attention, so there is nothing to look at", set()),
        ("lstm-attention", "This model has one attention, of one layer and one head", {"cross"}),
    ],
)
def test_every_architecture_shows_what_it_has(
    recurrent_page: Callable[[str], Path], architecture: str, said: str, kinds: set[str]
) -> None:
    found = Parsed.of(recurrent_page(architecture))
    assert said in found.words
    [own, *_] = found.data["sentences"]
    assert set(own["attention"]) == kinds
    assert own["beam"]
    assert "There are no curves: `log.jsonl` is not beside the model" in found.words
    assert "the test set is missing: `/gone.en` is gone" in found.words
    assert "Without a text it is not known how frequent they are" in found.words
    assert "The first is your own." in found.words


def test_scores_that_are_not_kept_are_the_next_step(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    path, files = tmp_path / "a.html", nasty_set(tmp_path)
    run = changed(toy_run, tmp_path / "run", scores={})
    shown = mtkit("report", run, "--out", path, "--sentences", 1, *files)
    assert f"next: mtkit evaluate {run} {' '.join(map(str, files))}\n" in shown.err
    assert mtkit("evaluate", run, *files).code == 0
    shown = mtkit("report", run, "--out", path, "--sentences", 1, *files)
    assert f"next: mtkit explain --model {run}" in shown.err
    words = Parsed.of(path).words
    assert "from the model card" not in words
    assert str(tmp_path / "nasty") not in words.partition("Model card Model")[0]


def test_without_a_test_set_samples_of_the_log_are_shown(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = changed(toy_run, tmp_path / "run", scores={}, **without_corpus(load_card(toy_run)))
    path = tmp_path / "page.html"
    shown = mtkit("report", run, "--out", path)
    assert shown.code == 0, shown.err
    assert "warning: Nothing was scored for this page" in shown.err
    assert "--source FILE --reference FILE" in shown.err
    found = Parsed.of(path)
    assert len(found.data["sentences"]) == len(read_history(run).samples) > 0
    assert "They are samples of the validation set, from the log." in found.words
    assert "on the validation set, in training" in found.words
    refused = mtkit("report", run, "--set", "test", "--out", path)
    assert_refused(refused, "`/gone.en` is gone")
    assert path.exists()


def test_without_any_sentence_the_page_says_how_to_give_one(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = changed(toy_run, tmp_path / "run", **without_corpus(load_card(toy_run)))
    path = tmp_path / "page.html"
    shown = mtkit("report", run, "--out", path, "--sentences", 0)
    assert shown.code == 0, shown.err
    found = Parsed.of(path)
    assert "There is no sentence to look into. Give some: --sentence TEXT" in found.words
    assert found.scripts == []
    assert "next: mtkit explain" in shown.err


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ('{"event": "finished", "reason": "interrupted"}', "Training was interrupted: this is the"),
        ('{"event": "start"}', "Training has not come to its end: this is the best model so far"),
        ('{"event": "finished", "reason": "out of patience"}', None),
    ],
)
def test_a_run_that_did_not_come_to_its_end_says_so(
    toy_run: Path, tmp_path: Path, end: str, said: str | None
) -> None:
    shutil.copy(toy_run / "log.jsonl", tmp_path)
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write(f"{end}\n")
    history = read_history(tmp_path)
    assert history.finished == (said is None)
    assert history.start["command"]
    contents = Contents("a", "1", load_card(toy_run), history, "", Missing(""), Missing(""), MAP)
    assert said is None or said in unfinished(contents)
    assert ("best model so far" in rendered(contents)) == (said is not None)


def test_a_damaged_log_is_told_where_the_curves_would_be(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    with (run / "log.jsonl").open("a") as log:
        log.write('{"event": "progress", "step"\n')
    shown = mtkit("report", run, "--out", tmp_path / "a.html", "--sentences", 1)
    assert shown.code == 0, shown.err
    assert re.search(
        "There are no curves: line .* is damaged", Parsed.of(tmp_path / "a.html").words
    )


def test_the_run_trained_last_and_report_html_are_the_defaults(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(mtkit("report"), "there is no trained model in `runs`")
    shutil.copytree(toy_run, "runs/toy")
    Path("report.html").write_text("old")
    shown = mtkit("report", "--set", "valid", "--sentences", 2)
    assert shown.code == 0, shown.err
    assert shown.out == ""
    assert "the page is `report.html`, " in shown.err
    assert "next: mtkit evaluate runs/toy" in shown.err
    assert "on valid" in Parsed.of(Path("report.html")).words
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "runs"]


def test_a_long_line_and_one_of_several_sentences_say_what_is_shown(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.html"
    own = "--sentence", "one two. Three four.", "--sentence", "one two three " * 200
    shown = mtkit("report", toy_run, "--out", path, "--sentences", 0, *own, "--beam-size", 1)
    assert shown.code == 0, shown.err
    notes = [sentence["note"] for sentence in Parsed.of(path).data["sentences"]]
    assert "has 2 sentences: this is the first one" in notes[0]
    assert "longer than the model can take" in notes[1]
    assert "The first 2 are your own." in Parsed.of(path).words


# What a user can get wrong


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["nowhere"], ["`nowhere` is not a model directory"]),
        (["RUN", "--out", "page.txt"], ["--out does not write `page.txt`", ".html or .htm"]),
        (["RUN", "--out", "no/page.html"], ["no/page.html` cannot be written"]),
        (["RUN", "--set", "handwritten"], ["has no set `handwritten`", "test, train, valid"]),
        (["RUN", "--sentence", " "], ["--sentence: it is empty"]),
        (["RUN", "--sentence", "\ufeff\x01"], ["--sentence: it is empty"]),
        (["RUN", "--sentence", "one \udcff."], ["`--sentence`, line 1: not UTF-8"]),
        (["RUN", "--device", "toaster"], ["no device `toaster`"]),
        (["RUN", "--beam-size", "0"], ["beam"]),
        (["RUN", "--source", "no.en", "--reference", "no.de"], ["no.en"]),
    ],
)  # fmt: skip
def test_mistakes(
    mtkit: Command,
    toy_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    parts: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [str(toy_run) if each == "RUN" else each for each in arguments]
    assert_refused(mtkit("report", *given), *parts)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [["--source", "a.en"], ["--reference", "a.de"], ["one", "two"], ["--sentences", "-1"],
     ["--set", "test", "--source", "a.en", "--reference", "a.de"]],
)  # fmt: skip
def test_wrong_usage(mtkit: Command, arguments: list[str]) -> None:
    assert mtkit("report", *arguments).code == 2


def test_a_run_before_its_first_validation_is_told_to_wait(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    shutil.copy(toy_run / "log.jsonl", tmp_path)
    assert_refused(mtkit("report", tmp_path), "has no model yet", f"mtkit plot {tmp_path}")


def test_a_model_without_weights_is_refused_and_nothing_is_written(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "run"))
    (run / "weights.pt").unlink()
    assert_refused(mtkit("report", run, "--out", tmp_path / "a.html"), "no `weights.pt`")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("package", ["jinja2", "matplotlib.figure"])
def test_without_the_extra_there_is_one_error(
    mtkit: Command, toy_run: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    refused = mtkit("report", toy_run)
    assert_refused(refused, "a report needs jinja2 and matplotlib", "pip install 'mtkit[report]'")
