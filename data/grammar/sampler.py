"""Choosing words: balanced, by meaning class, always from one seeded source."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from grammar import lexicon
from grammar.model import (
    Adjective,
    Name,
    Noun,
    NounPhrase,
    Phrase,
    Place,
    Pronoun,
    Time,
    Verb,
    is_plural,
    lemma,
)

Item = TypeVar("Item")
KINDS = {"goal": "goal", "rec": "receiver", "-": "plain", "refl": "plain"}
UNTIMELY = {
    "breakfast": ("evening", "afternoon", "night"),
    "up": ("evening", "afternoon", "night"),
    "lunch": ("morning", "evening", "night", "afternoon"),
    "dinner": ("morning", "afternoon", "last night"),
    "to bed": ("morning", "afternoon", "last night"),
    "travel": ("morning", "afternoon", "evening", "night", "hour", "every day"),
}
HOURS = {"breakfast": (6, 9), "up": (5, 8), "lunch": (12, 12), "dinner": (6, 8), "to bed": (9, 11)}
PERSONS = ("kin", "friend", "superior", "partner", "spouse", "pairkin")
# Nobody buys or rents several of these at once.
SINGLE = {"home", "rented", "built", "vehicle", "driven", "planned", "booked", "openable", "room",
          "machine", "sight", "job", "event"}  # fmt: skip
BARE = ("resource", "music", "language", "meal")


class Sampler:
    """A seeded source of words and clauses that prefers what it has used least."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def index(self, size: int) -> int:
        """A number from 0 to size - 1."""
        return int(self.random.random() * size)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def any(self, pool: Sequence[Item]) -> Item:
        """Any item of the pool."""
        return pool[self.index(len(pool))]

    def pick(self, pool: Sequence[Item]) -> Item:
        """The least used of twelve items drawn from the pool."""
        drawn = [self.any(pool) for _ in range(12)]
        best = min(drawn, key=lambda item: self.counts[self.key(item)])
        self.counts[self.key(best)] += 1
        return best

    def key(self, item: Any) -> str:
        """The name under which the use of an item is counted."""
        return f"{type(item).__name__}:{lemma(item)}"

    def kin(self, owner: Pronoun) -> Noun:
        """A relative or friend whom this owner can have."""
        pool = []
        for entry in lexicon.nouns_of(*PERSONS):
            wrong_sex = entry.english == "wife" and owner.english in ("she", "we", "they")
            wrong_sex |= entry.english == "husband" and owner.english in ("he", "we", "they")
            wrong_sex |= entry.english == "girlfriend" and owner.english in ("she", "we", "they")
            if not wrong_sex:
                pool.append(entry)
        return self.pick(pool)

    def relation(self, owner: Pronoun, *classes: str) -> NounPhrase | None:
        """A person of these classes in relation to the owner."""
        for _ in range(30):
            entry = self.kin(owner)
            if set(entry.classes) & set(classes or PERSONS):
                several = "friend" in entry.classes and self.chance(0.2)
                return NounPhrase(entry, "owner", several, owner=owner)
        return None

    def subject(self, adult: bool = False) -> Phrase:
        """A person as a subject."""
        draw = self.random.random()
        if draw < 0.5:
            return self.any(lexicon.PRONOUNS)
        if draw < 0.63:
            return self.pick(lexicon.names())
        if draw < 0.82:
            found = self.relation(self.any(lexicon.PRONOUNS))
            assert found is not None
            return found
        classes = ("profession", "human") if not adult else ("grown",)
        entry = self.pick(lexicon.nouns_of(*classes))
        return NounPhrase(entry, "the", self.chance(0.15))

    def owner_for(self, subject: Phrase) -> Pronoun | None:
        """The pronoun for what belongs to the subject; none for neuter nouns."""
        if isinstance(subject, Pronoun):
            return subject
        if is_plural(subject):
            return lexicon.THEY
        if isinstance(subject, Name):
            return lexicon.SHE if subject.gender == "f" else lexicon.HE
        return {"m": lexicon.HE, "f": lexicon.SHE}.get(subject.noun.gender)

    def person(self, classes: Sequence[str], subject: Phrase) -> Phrase | None:
        """Another person than the subject, as an object or companion."""
        owner = self.owner_for(subject)
        young = isinstance(subject, NounPhrase) and "young" in subject.noun.classes
        options = [name for name in ("kin", "friend", "person", "profession", "human", "young",
                   "superior", "partner", "spouse", "pairkin", "sibling")
                   if name in classes]  # fmt: skip
        choice = self.any(options)
        found: Phrase | None = None
        if choice == "person":
            if self.chance(0.5):
                found = self.pick(lexicon.names())
            else:
                same = ("I", "we") if subject in (lexicon.I, lexicon.WE) else (lemma(subject),)
                if owner in (lexicon.HE, lexicon.SHE, lexicon.THEY) and owner is not subject:
                    same = (owner.english,)
                found = self.any([one for one in lexicon.PRONOUNS if one.english not in same])
        elif choice in ("profession", "human", "young"):
            found = NounPhrase(self.pick(lexicon.nouns_of(choice)), "the", self.chance(0.1))
        elif owner:
            found = self.relation(owner, "elder" if young else choice)
        return None if found is None or lemma(found) == lemma(subject) else found

    def described(self, item: NounPhrase, probability: float = 0.5) -> NounPhrase:
        """The phrase, perhaps with an adjective that fits the noun."""
        fitting = lexicon.adjectives_for(item.noun)
        if not fitting or not self.chance(probability):
            return item
        return replace(item, adjective=self.pick(fitting))

    def thing(self, classes: Sequence[str], subject: Phrase, verb: Verb | None = None,
              known: bool = False) -> NounPhrase:  # fmt: skip
        """A thing, animal or idea of one of the classes with a fitting determiner."""
        entry = self.pick(lexicon.nouns_of(*classes))
        flags = verb.flags if verb else ()
        if set(entry.classes) & set(BARE):
            return NounPhrase(entry, "bare")
        if "generic_the" in flags:
            return NounPhrase(entry, "the")
        if "generic" in flags:
            return NounPhrase(entry, "bare", entry.countable)
        if not entry.countable:
            return self.described(NounPhrase(entry, "the" if known else "bare"), 0.15)
        owner = self.owner_for(subject)
        ownable = {"clothes", "carried", "luggage", "vehicle", "gadget", "pet", "room", "home"}
        if verb and verb.english[0] == "have":
            count = 2 + self.index(4) if self.chance(0.2) else 0
            determiner = "number" if count else "a"
            return self.described(NounPhrase(entry, determiner, bool(count), count=count))
        determiners = ["the", "the", "this"] if known or "defobj" in flags else [
            "a", "a", "a", "the", "this", "number", "some"]  # fmt: skip
        if owner and set(entry.classes) & ownable and "stative" not in flags:
            determiners.append("owner")
        if set(entry.classes) & SINGLE or (verb and verb.english[0] == "wear"):
            determiners = [one for one in determiners if one not in ("number", "some")]
        chosen = self.any(determiners)
        count = 2 + self.index(6) if chosen == "number" else 0
        several = chosen in ("number", "some")
        item = NounPhrase(entry, chosen, several, None, owner, count)
        return item if chosen == "some" else self.described(item)

    def adjective(self, *classes: str) -> Adjective:
        """An adjective for one of the classes."""
        fitting = [word for word in lexicon.adjectives() if set(word.classes) & set(classes)]
        return self.pick(fitting)

    def place(self, *classes: str) -> Place:
        """A place of one of the classes."""
        return self.pick(lexicon.places_of(*classes))

    def time(self, use: str, about: str = "", near: bool = False) -> Time:
        """A time with this use that fits what it is about; near for what happens every day."""
        bad = next((words for part, words in UNTIMELY.items() if part in about.split(" ")
                    or part == about), ())  # fmt: skip
        if near:
            bad = (*bad, "ago", "week", "month", "year", "in two", "in three")
        pool = [one for one in lexicon.times(use) if "season" not in one.uses]
        return self.pick([one for one in pool if not any(word in one.english for word in bad)])
