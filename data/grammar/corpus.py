"""Generating the splits: held-out combinations, no sentence twice, nothing rare in the test."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

from grammar import (  # noqa: F401
    rules_calendar,
    rules_experience,
    rules_infinitive,
    rules_money,
    rules_people,
    rules_quality,
    rules_question,
    rules_relative,
    rules_simple,
    rules_subordinate,
    rules_where,
)
from grammar.model import Sentence
from grammar.rules import RULES
from grammar.sampler import Sampler

SEED = 20240607
SIZES = {"train": 26000, "valid": 600, "test": 600}
RESERVED = 30
LEAST_COUNT = 5
LENGTHS = (3, 25)
KEPT = {3: 0.3, 4: 0.3, 5: 0.4, 6: 0.6, 7: 0.75}
Corpus = dict[str, list[Sentence]]


def split_of(combination: str) -> str:
    """The split that owns a combination, by a checksum that never changes."""
    value = zlib.crc32(combination.encode("utf-8")) % 1000
    if value < RESERVED:
        return "test"
    return "valid" if value < 2 * RESERVED else "train"


def home(sentence: Sentence) -> str:
    """The split a sentence may stand in; empty when valid and test both claim it."""
    owners = {split_of(one) for one in sentence.combinations} - {"train"}
    if len(owners) > 1:
        return ""
    return owners.pop() if owners else "train"


def words(text: str) -> list[str]:
    """The lower-cased words of a line, without punctuation."""
    stripped = (word.strip(".,?!").lower() for word in text.split())
    return [word for word in stripped if word]


def fits(sentence: Sentence) -> bool:
    """Whether the texts have a length in range."""
    low, high = LENGTHS
    if len(sentence.chinese) < 4:
        return False
    return all(low <= len(text.split()) <= high for text in (sentence.english, sentence.german))


def draw(sampler: Sampler) -> Sentence:
    """A sentence by a rule drawn with its weight."""
    total = sum(weight for weight, _ in RULES.values())
    point = sampler.random.random() * total
    for name, (weight, rule) in RULES.items():
        point -= weight
        if point < 0:
            return replace(rule(sampler), pattern=name)
    return draw(sampler)


def generate(seed: int = SEED) -> Corpus:
    """The whole corpus; the same seed gives the same sentences."""
    sampler = Sampler(seed)
    # More candidates than needed: rare forms are dropped from valid and test below.
    wanted = {"train": SIZES["train"], "valid": 900, "test": 900}
    corpus: Corpus = {name: [] for name in wanted}
    seen: dict[str, str] = {}
    while any(len(corpus[name]) < size for name, size in wanted.items()):
        sentence = draw(sampler)
        split = home(sentence)
        if not split or not fits(sentence) or len(corpus[split]) >= wanted[split]:
            continue
        if sentence.english in seen:
            continue
        # Short sentences repeat one another most, so fewer of them are kept.
        if sampler.random.random() > KEPT.get(len(sentence.english.split()), 1.0):
            continue
        seen[sentence.english] = split
        corpus[split].append(sentence)
    return trimmed(corpus)


def trimmed(corpus: Corpus) -> Corpus:
    """Valid and test without train's sentences and without words that train hardly has."""
    train = corpus["train"]
    known = {text for one in train for text in (one.english, one.german, one.chinese)}
    counts = Counter(word for one in train for word in forms(one))
    result: Corpus = {"train": train}
    for name in ("valid", "test"):
        kept = []
        for one in corpus[name]:
            stale = {one.english, one.german, one.chinese} & known
            if not stale and all(counts[form] >= LEAST_COUNT for form in forms(one)):
                kept.append(one)
        result[name] = kept[: SIZES[name]]
    return result


def forms(sentence: Sentence) -> list[str]:
    """The inflected forms of a sentence, marked with their language, and its characters."""
    english = ["en:" + word for word in words(sentence.english)]
    german = ["de:" + word for word in words(sentence.german)]
    return english + german + list(sentence.chinese)


def write(corpus: Corpus, folder: Path) -> None:
    """Write the nine files; other files in the folder are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, sentences in corpus.items():
        for code, language in (("en", "english"), ("de", "german"), ("zh", "chinese")):
            text = "".join(getattr(one, language) + "\n" for one in sentences)
            (folder / f"{split}.{code}").write_bytes(text.encode("utf-8"))
