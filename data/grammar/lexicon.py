"""The words: reads the tables and builds the entries of the lexicon."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grammar.model import Adjective, Name, Noun, Place, Pronoun, Time, Verb

TABLES = Path(__file__).with_name("tables")

I = Pronoun("I", "me", "my", "ich", "mich", "mir", "mein", "mich", "我", 1, False)  # noqa: E741
YOU = Pronoun("you", "you", "your", "du", "dich", "dir", "dein", "dich", "你", 2, False)
HE = Pronoun("he", "him", "his", "er", "ihn", "ihm", "sein", "sich", "他", 3, False)
SHE = Pronoun("she", "her", "her", "sie", "sie", "ihr", "ihr", "sich", "她", 3, False)
WE = Pronoun("we", "us", "our", "wir", "uns", "uns", "unser", "uns", "我们", 1, True)
THEY = Pronoun("they", "them", "their", "sie", "sie", "ihnen", "ihr", "sich", "他们", 3, True)
PRONOUNS = (I, YOU, HE, SHE, WE, THEY)

BE = Verb(
    ("be", "is", "was", "been", "being"), "", "", "sein", "bist", "ist", "gewesen", "sein",
    "sei", "-", "", "", "", "", (), (), ("stative",),
)  # fmt: skip


def rows(name: str) -> list[list[str]]:
    """The fields of every line of a table that is not a comment."""
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    return [[part.strip() for part in line.split(" | ")] for line in kept]


def pair(text: str) -> tuple[str, str]:
    """The two sides of `one/two`; the second is empty where there is none."""
    first, _, second = text.partition("/")
    return first, second


@cache
def nouns() -> tuple[Noun, ...]:
    """All nouns."""
    found = []
    for english, german, chinese, classes in rows("nouns.txt"):
        singular, plural = pair(english)
        gender, _, forms = german.partition(" ")
        german_singular, german_plural = pair(forms)
        weak = gender == "w"
        found.append(
            Noun(
                singular,
                plural or singular + "s",
                "m" if weak else gender,
                german_singular,
                german_plural or german_singular,
                weak,
                *chinese.split(),
                tuple(classes.split()),
            )
        )
    return tuple(found)


@cache
def noun(english: str) -> Noun:
    """The noun with this English singular."""
    return next(entry for entry in nouns() if entry.english == english)


@cache
def nouns_of(*classes: str) -> tuple[Noun, ...]:
    """The nouns that belong to at least one of the classes."""
    return tuple(entry for entry in nouns() if set(entry.classes) & set(classes))


@cache
def adjectives() -> tuple[Adjective, ...]:
    """All adjectives."""
    found = []
    for english, german, attributive, predicate, classes in rows("adjectives.txt"):
        german_forms = german.split("/")
        found.append(
            Adjective(
                *pair(english),
                german_forms[0],
                german_forms[1],
                german_forms[2] if len(german_forms) > 2 else german_forms[0],
                attributive,
                predicate,
                tuple(classes.split()),
            )
        )
    return tuple(found)


@cache
def adjective(english: str) -> Adjective:
    """The adjective with this English form."""
    return next(entry for entry in adjectives() if entry.english == english)


@cache
def adjectives_for(entry: Noun) -> tuple[Adjective, ...]:
    """The adjectives that make sense with a noun."""
    classes = set(entry.classes)
    return tuple(word for word in adjectives() if set(word.classes) & classes)


def regular_german(infinitive: str, prefix: str) -> list[str]:
    """Du-form, er-form, participle, auxiliary and imperative of a regular verb."""
    stem = infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]
    link = "e" if stem.endswith(("t", "d", "fn", "chn")) else ""
    du = stem + link + ("t" if stem[-1] in "sßzx" else "st")
    starts_foreign = infinitive.endswith("ieren")
    participle = prefix + ("" if starts_foreign else "ge") + stem + link + "t"
    command = stem + ("e" if link or starts_foreign else "")
    return [du, stem + link + "t", participle, "haben", command]


def german_forms(text: str) -> list[str]:
    """Prefix, infinitive and the five forms of a German verb entry."""
    words = text.split()
    prefix, _, infinitive = words[0].rpartition("|")
    forms = words[1:] if len(words) == 6 else regular_german(infinitive, prefix)
    return [prefix, infinitive, *forms]


@cache
def verbs() -> tuple[Verb, ...]:
    """All verbs."""
    found = []
    for english, german, case, fixed, chinese, objects, places, flags in rows("verbs.txt"):
        forms, _, pattern = english.partition(" : ")
        readings = chinese.split(";")
        lists = [tuple(part.split()) if part != "-" else () for part in (objects, places, flags)]
        found.append(
            Verb(
                tuple(forms.split()),
                pattern,
                *german_forms(german),
                case,
                "" if fixed == "-" else fixed,
                readings[0],
                readings[1] if len(readings) > 1 else readings[0] + "了",
                readings[2] if len(readings) > 2 else "",
                *lists,
            )
        )
    return tuple(found)


@cache
def verb(english: str, pattern: str = "", flag: str = "") -> Verb:
    """The first verb with this English base form, pattern and flag or class."""
    for entry in verbs():
        tags = (*entry.flags, *entry.objects, *entry.places, entry.case)
        same = entry.english[0] == english and entry.english_pattern == pattern
        if same and (not flag or flag in tags):
            return entry
    raise KeyError(english)


@cache
def places() -> tuple[Place, ...]:
    """All places."""
    return tuple(Place(*row[:6], tuple(row[6].split())) for row in rows("places.txt"))


@cache
def places_of(*classes: str) -> tuple[Place, ...]:
    """The places of at least one of the classes."""
    return tuple(entry for entry in places() if set(entry.classes) & set(classes))


@cache
def times(use: str) -> tuple[Time, ...]:
    """The adverbials of time with this use."""
    entries = (Time(*row[:3], tuple(row[3].split())) for row in rows("times.txt"))
    return tuple(entry for entry in entries if use in entry.uses)


@cache
def names() -> tuple[Name, ...]:
    """All names of persons."""
    return tuple(Name(*row) for row in rows("names.txt"))
