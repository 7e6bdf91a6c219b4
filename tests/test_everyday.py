"""The everyday corpus: what the files promise, and what the grammar says in German and Chinese."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"
sys.path.insert(0, str(DATA))

from grammar import chinese, corpus, english, german, lexicon, rules_experience  # noqa: E402
from grammar.model import Clause, Name, NounPhrase, Place, Time  # noqa: E402

SPLITS = ("train", "valid", "test")
CODES = ("en", "de", "zh")


def lines(split: str, code: str) -> list[str]:
    """The sentences of one committed file."""
    text = (DATA / "everyday" / f"{split}.{code}").read_text(encoding="utf-8")
    return text.removesuffix("\n").split("\n")


@pytest.fixture(scope="module")
def generated() -> corpus.Corpus:
    """The corpus as the grammar makes it now."""
    return corpus.generate()


def the(name: str, **more: object) -> NounPhrase:
    """A noun phrase with this noun."""
    return NounPhrase(lexicon.noun(name), **more)


def adjective(name: str):  # noqa: ANN201
    """The adjective of this name."""
    return lexicon.adjective(name)


def place(name: str) -> Place:
    """The place of this name."""
    return next(one for one in lexicon.places() if one.name == name)


def test_regenerating_gives_the_committed_bytes(generated: corpus.Corpus, tmp_path: Path) -> None:
    corpus.write(generated, tmp_path)
    for split in SPLITS:
        for code in CODES:
            name = f"{split}.{code}"
            assert (tmp_path / name).read_bytes() == (DATA / "everyday" / name).read_bytes(), name


def test_writing_leaves_the_handwritten_files_alone(tmp_path: Path) -> None:
    (tmp_path / "handwritten.en").write_text("By hand.\n", encoding="utf-8")
    corpus.write({"test": []}, tmp_path)
    assert (tmp_path / "handwritten.en").read_text(encoding="utf-8") == "By hand.\n"


@pytest.mark.parametrize(("split", "least"), [("train", 24000), ("valid", 500), ("test", 500)])
def test_a_split_has_its_size_and_equally_many_lines_in_each_language(
    split: str, least: int
) -> None:
    sizes = {len(lines(split, code)) for code in CODES}
    assert len(sizes) == 1 and sizes.pop() >= least


def test_the_folder_stays_below_eight_megabytes() -> None:
    assert sum(path.stat().st_size for path in (DATA / "everyday").iterdir()) < 8_000_000


@pytest.mark.parametrize("split", SPLITS)
def test_lines_are_clean_and_of_sensible_length(split: str) -> None:
    for code in CODES:
        for line in lines(split, code):
            assert line and line == unicodedata.normalize("NFC", line) == line.strip(), line
            assert "  " not in line and not set(line) & set("\r\0\u2028\u2029\ufeff"), line
            if code != "zh":
                assert 3 <= len(line.split()) <= 25, line
                assert line[0].isupper() and line[-1] in ".?!", line
                assert " ," not in line and ",," not in line and " ." not in line, line


@pytest.mark.parametrize("split", SPLITS)
def test_chinese_lines_hold_only_chinese_characters_and_marks(split: str) -> None:
    for line in lines(split, "zh"):
        assert 4 <= len(line) <= 60, line
        assert line[-1] in "。？！", line
        assert all("\u4e00" <= sign <= "\u9fff" or sign in "，。？！" for sign in line), line


@pytest.mark.parametrize("code", ["en", "de"])
def test_train_has_at_least_a_thousand_word_types(code: str) -> None:
    assert len({word for line in lines("train", code) for word in corpus.words(line)}) >= 1000


@pytest.mark.parametrize("code", CODES)
def test_no_valid_or_test_sentence_stands_in_train(code: str) -> None:
    train = set(lines("train", code))
    assert not train & set(lines("valid", code))
    assert not train & set(lines("test", code))


@pytest.mark.parametrize("split", SPLITS)
def test_no_pair_stands_twice_and_english_decides_the_translation(split: str) -> None:
    assert len(set(lines(split, "en"))) == len(lines(split, "en"))


def test_one_english_sentence_has_one_translation_in_all_splits(generated: corpus.Corpus) -> None:
    known: dict[str, tuple[str, str]] = {}
    for sentences in generated.values():
        for one in sentences:
            assert known.setdefault(one.english, (one.german, one.chinese)) == (
                one.german,
                one.chinese,
            )


@pytest.mark.parametrize("split", ["valid", "test"])
def test_every_held_out_sentence_has_a_combination_that_train_never_shows(
    generated: corpus.Corpus, split: str
) -> None:
    train = {key for one in generated["train"] for key in one.combinations}
    for one in generated[split]:
        reserved = [key for key in one.combinations if corpus.split_of(key) == split]
        assert reserved and not train & set(reserved), one.english


def test_no_pattern_makes_up_more_than_six_percent(generated: corpus.Corpus) -> None:
    counts = Counter(one.pattern for one in generated["train"])
    assert max(counts.values()) <= 0.06 * len(generated["train"])
    assert len(counts) >= 40


def test_every_form_of_the_test_set_is_known_from_train(generated: corpus.Corpus) -> None:
    counts = Counter(form for one in generated["train"] for form in corpus.forms(one))
    for one in generated["test"]:
        assert all(counts[form] >= corpus.LEAST_COUNT for form in corpus.forms(one)), one.english


def test_every_noun_occurs_at_least_twenty_five_times_in_train() -> None:
    words = Counter(word for line in lines("train", "en") for word in corpus.words(line))
    for entry in lexicon.nouns():
        if " " not in entry.english:
            forms = {entry.english.lower(), entry.english_plural.lower()}
            assert sum(words[form] for form in forms) >= 25, entry.english


def test_another_seed_gives_another_corpus() -> None:
    first, second = (corpus.Sampler(seed) for seed in (1, 2))
    assert [corpus.draw(first) for _ in range(20)] != [corpus.draw(second) for _ in range(20)]


PHRASES = [
    ("apple", "the", "red", False, "nom", "der rote Apfel"),
    ("apple", "a", "red", False, "nom", "ein roter Apfel"),
    ("apple", "a", "red", False, "acc", "einen roten Apfel"),
    ("book", "a", "new", False, "acc", "ein neues Buch"),
    ("book", "the", "new", False, "dat", "dem neuen Buch"),
    ("lamp", "a", "expensive", False, "dat", "einer teuren Lampe"),
    ("room", "this", "dark", False, "nom", "dieses dunkle Zimmer"),
    ("child", "the", "clever", True, "dat", "den klugen Kindern"),
    ("egg", "some", "fresh", True, "nom", "einige frische Eier"),
    ("milk", "bare", "cold", False, "acc", "kalte Milch"),
    ("coffee", "bare", "cold", False, "nom", "kalter Kaffee"),
    ("bread", "bare", "fresh", False, "acc", "frisches Brot"),
    ("car", "no", "old", False, "acc", "kein altes Auto"),
    ("neighbour", "the", None, False, "acc", "den Nachbarn"),
    ("student", "a", None, False, "dat", "einem Studenten"),
    ("name", "the", None, False, "acc", "den Namen"),
    ("shelf", "which", None, False, "acc", "welches Regal"),
    ("friend", "the", None, True, "dat", "den Freunden"),
    ("cup of tea", "a", None, False, "acc", "eine Tasse Tee"),
]


@pytest.mark.parametrize(("noun", "determiner", "word", "plural", "case", "expected"), PHRASES)
def test_german_phrases_decline(
    noun: str, determiner: str, word: str | None, plural: bool, case: str, expected: str
) -> None:
    item = the(noun, determiner=determiner, plural=plural)
    if word:
        item = the(noun, determiner=determiner, plural=plural, adjective=adjective(word))
    assert german.phrase(item, case) == expected


def test_german_possessives_and_prepositions() -> None:
    mine = the("car", determiner="owner", owner=lexicon.I, adjective=adjective("small"))
    ours = the("dog", determiner="owner", owner=lexicon.WE)
    thomas = next(one for one in lexicon.names() if one.english == "Thomas")
    assert german.phrase(mine) == "mein kleines Auto"
    assert german.phrase(ours, "acc") == "unseren Hund"
    assert german.phrase(the("car", determiner="owner", owner=thomas)) == "Thomas' Auto"
    assert german.with_preposition("von", "dat", the("doctor")) == "vom Arzt"
    assert german.with_preposition("auf", "acc", the("bus")) == "auf den Bus"
    assert german.phrase(Name("Mr Wang", "Herr Wang", "王先生", "m"), "dat") == "Herrn Wang"


YESTERDAY = Time("yesterday", "gestern", "昨天")
CLAUSES = [
    ("close", "", "window", "past", False, "second", "ich habe das Fenster gestern zugemacht"),
    ("close", "", "window", "present", False, "last", "ich das Fenster gestern zumache"),
    ("close", "", "window", "present", True, "second", "ich mache das Fenster gestern nicht zu"),
    ("close", "", "window", "must", False, "last", "ich das Fenster gestern zumachen muss"),
    ("close", "", "window", "must", True, "second", "ich darf das Fenster gestern nicht zumachen"),
    ("close", "", "window", "infinitive", False, "zu", "das Fenster gestern zuzumachen"),
    ("help", "", "teacher", "past", False, "second", "ich habe dem Lehrer gestern geholfen"),
    ("wait", "for ~", "bus", "past", False, "second", "ich habe gestern auf den Bus gewartet"),
    ("repair", "", "car", "past perfect", False, "last", "ich das Auto gestern repariert hatte"),
    ("get", "up", None, "past", False, "second", "ich bin gestern aufgestanden"),
    ("get", "up", None, "past", False, "last", "ich gestern aufgestanden bin"),
    ("rest", "", None, "past", False, "second", "ich habe mich gestern ausgeruht"),
    ("rest", "", None, "future", False, "last", "ich mich gestern ausruhen werde"),
    ("play", "football", None, "past", True, "second", "ich habe gestern nicht Fußball gespielt"),
]


@pytest.mark.parametrize(
    ("verb", "pattern", "thing", "tense", "negative", "order", "expected"), CLAUSES
)
def test_german_verbs_stand_in_their_place(
    verb: str,
    pattern: str,
    thing: str | None,
    tense: str,
    negative: bool,
    order: str,
    expected: str,
) -> None:
    inner = Clause(
        lexicon.I,
        lexicon.verb(verb, pattern),
        object=the(thing) if thing else None,
        time=YESTERDAY,
        tense=tense,
        negative=negative,
    )
    assert german.clause(inner, order) == expected


def test_negation_of_something_indefinite_is_kein() -> None:
    buy = lexicon.verb("buy")
    inner = Clause(
        lexicon.SHE, buy, object=the("coat", determiner="a"), tense="past", negative=True
    )
    assert german.clause(inner) == "sie hat keinen Mantel gekauft"
    assert chinese.clause(inner) == "她没买大衣"
    assert english.clause(inner) == "she didn't buy a coat"


def test_a_relative_clause_agrees_in_the_three_languages() -> None:
    buy = lexicon.verb("buy")
    inner = Clause(lexicon.I, buy, object=the("coat"), time=YESTERDAY, tense="past", gap="object")
    item = the("coat", relative=inner)
    assert german.phrase(item) == "der Mantel, den ich gestern gekauft habe,"
    assert english.phrase(item) == "the coat that I bought yesterday"
    assert chinese.phrase(item) == "我昨天买的那件大衣"


def test_movement_takes_sein_and_the_accusative() -> None:
    go = lexicon.verb("go", flag="goal")
    inner = Clause(
        lexicon.WE, go, goal=place("park"), time=YESTERDAY, time_first=True, tense="past"
    )
    assert german.clause(inner) == "gestern sind wir in den Park gegangen"
    assert chinese.clause(inner) == "昨天我们去了公园"
    assert english.clause(inner) == "yesterday we went to the park"


@pytest.mark.parametrize(
    ("value", "spoken", "written"),
    [
        (1, "eins", "一"), (12, "zwölf", "十二"), (16, "sechzehn", "十六"),
        (21, "einundzwanzig", "二十一"), (99, "neunundneunzig", "九十九"),
        (200, "zweihundert", "两百"), (105, "einhundertfünf", "一百零五"),
        (110, "einhundertzehn", "一百一十"), (2000, "zweitausend", "两千"),
    ],
)  # fmt: skip
def test_numbers_are_spelt_out(value: int, spoken: str, written: str) -> None:
    assert german.number(value) == spoken
    assert chinese.number(value) == written


CHINESE_PHRASES = [
    ({"name": "book", "determiner": "number", "plural": True, "count": 2}, "两本书"),
    ({"name": "cat", "determiner": "a"}, "一只猫"),
    ({"name": "shirt", "determiner": "this"}, "这件衬衫"),
    ({"name": "cup of tea", "determiner": "number", "plural": True, "count": 3}, "三杯茶"),
    ({"name": "mother", "determiner": "owner", "owner": lexicon.I}, "我妈妈"),
    ({"name": "car", "determiner": "owner", "owner": lexicon.HE}, "他的汽车"),
    ({"name": "child", "plural": True}, "孩子们"),
    ({"name": "bus", "determiner": "which"}, "哪辆公交车"),
]


@pytest.mark.parametrize(("parts", "expected"), CHINESE_PHRASES)
def test_chinese_phrases_take_their_measure_words(parts: dict[str, object], expected: str) -> None:
    rest = {key: value for key, value in parts.items() if key != "name"}
    assert chinese.phrase(the(str(parts["name"]), **rest)) == expected


def test_chinese_aspect_negation_and_ba() -> None:
    close, coffee = lexicon.verb("close"), the("coffee", determiner="bare")
    drink, window = lexicon.verb("drink"), the("window")
    kitchen = place("kitchen")
    said = [
        (Clause(lexicon.HE, close, object=window, tense="past"), "他把窗户关上了"),
        (Clause(lexicon.HE, close, object=window, tense="must"), "他必须把窗户关上"),
        (Clause(lexicon.HE, close, object=window, tense="past", negative=True), "他没关上窗户"),
        (Clause(lexicon.I, drink, object=coffee, negative=True), "我不喝咖啡"),
        (Clause(lexicon.I, drink, object=coffee, tense="past"), "我喝了咖啡"),
        (
            Clause(lexicon.I, drink, object=coffee, tense="progressive", place=kitchen),
            "我正在厨房里喝咖啡",
        ),
        (Clause(lexicon.SHE, lexicon.verb("swim"), tense="can"), "她会游泳"),
        (Clause(lexicon.SHE, lexicon.BE, predicate=adjective("tired")), "她很累"),
        (Clause(lexicon.SHE, lexicon.BE, predicate=adjective("tired"), negative=True), "她不累"),
    ]
    for inner, expected in said:
        assert chinese.clause(inner) == expected


EXPERIENCES = [
    (
        Clause(lexicon.YOU, lexicon.verb("eat"), object=the("cheese", determiner="bare")),
        "ever",
        "have you ever eaten cheese",
        "hast du schon einmal Käse gegessen",
        "你吃过奶酪",
    ),
    (
        Clause(
            the("brother", determiner="owner", owner=lexicon.I),
            rules_experience.BEEN,
            goal=replace(place("Berlin"), german_to=place("Berlin").german_at),
        ),
        "never",
        "my brother has never been to Berlin",
        "mein Bruder ist noch nie in Berlin gewesen",
        "我哥哥从来没去过柏林",
    ),
    (
        Clause(
            lexicon.I, lexicon.verb("visit", flag="sight"), object=the("museum", determiner="this")
        ),
        "before",
        "I have visited this museum before",
        "ich habe dieses Museum schon einmal besucht",
        "我以前参观过这座博物馆",
    ),
    (
        Clause(lexicon.SHE, lexicon.verb("call"), object=lexicon.HE),
        "never",
        "she has never called him",
        "sie hat ihn noch nie angerufen",
        "她从来没给他打过电话",
    ),
    (
        Clause(lexicon.HE, lexicon.verb("swim")),
        "before",
        "he has swum before",
        "er ist schon einmal geschwommen",
        "他以前游过泳",
    ),
    (
        Clause(lexicon.THEY, lexicon.verb("see"), object=the("cow", determiner="a")),
        "ever",
        "have they ever seen a cow",
        "haben sie schon einmal eine Kuh gesehen",
        "他们见过牛",
    ),
]


@pytest.mark.parametrize(("inner", "adverb", "en", "de", "zh"), EXPERIENCES)
def test_an_experience_is_the_english_perfect_and_guo(
    inner: Clause, adverb: str, en: str, de: str, zh: str
) -> None:
    inner = replace(inner, tense="experience", adverb=adverb)
    asked = adverb == "ever"
    assert english.clause(inner, "question" if asked else "statement") == en
    assert german.clause(inner, "first" if asked else "second") == de
    assert chinese.clause(inner) == zh


def test_only_an_experience_has_the_english_perfect_and_guo(generated: corpus.Corpus) -> None:
    marks = re.compile(r"\b(have|has) .*\bever\b|\b(have|has) never\b|\b(have|has) .* before\.")
    participles = "|".join(one.english[3] for one in (*lexicon.verbs(), lexicon.BE))
    perfect = re.compile(rf"\b(have|has) (?!been (living|working)\b)({participles})\b")
    shares = Counter(one.pattern for one in generated["train"])
    for name in ("question", "never", "before", "place"):
        assert 0.015 <= shares[f"experience_{name}"] / len(generated["train"]) <= 0.03, name
    for split, sentences in generated.items():
        lived = [one for one in sentences if one.pattern.startswith("experience")]
        assert len(lived) >= 0.02 * len(sentences), split
        for one in lived:
            assert marks.search(one.english.lower()), one.english
            assert "schon einmal" in one.german or "noch nie" in one.german, one.german
            assert "过" in one.chinese and "了" not in one.chinese, one.chinese
        for one in set(sentences) - set(lived):
            assert "过" not in one.chinese.replace("错过", ""), one.chinese
            assert not perfect.search(one.english.lower()), one.english
            assert "schon einmal" not in one.german and "noch nie" not in one.german, one.german
