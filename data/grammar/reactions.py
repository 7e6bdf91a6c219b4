"""States of persons, and what a person does in such a state."""

from __future__ import annotations

from grammar import lexicon
from grammar.clauses import allowed, draw_clause
from grammar.model import Adjective, Clause, Phrase
from grammar.sampler import Sampler

STATES = ("tired", "ill", "hungry", "thirsty", "busy", "nervous", "angry", "sleepy", "happy")
# What one does in a state: English base forms, of any reading without an object or with food.
REACTIONS = {
    "tired": (("sleep", ""), ("rest", ""), ("go", "to bed"), ("watch", "TV"), ("relax", "")),
    "sleepy": (("sleep", ""), ("rest", ""), ("go", "to bed"), ("drink", "")),
    "ill": (("rest", ""), ("sleep", ""), ("go", "to bed"), ("call", "")),
    "hungry": (("eat", ""), ("cook", ""), ("have", "breakfast"), ("have", "lunch"), ("bake", ""),
               ("have", "dinner")),
    "thirsty": (("drink", ""),),
    "happy": (("sing", ""), ("dance", ""), ("laugh", ""), ("call", ""), ("listen", "to ~")),
    "nervous": (("smoke", ""), ("meditate", ""), ("go", "for a walk"), ("call", ""), ("eat", "")),
    "angry": (("go", "for a walk"), ("run", ""), ("cry", ""), ("smoke", ""), ("do", "sports")),
    "busy": (("work", ""), ("phone", ""), ("study", "")),
}  # fmt: skip


def same_person(sampler: Sampler, who: Phrase) -> Phrase:
    """The pronoun that takes up a subject, so that it is not named twice."""
    return sampler.owner_for(who) or lexicon.HE


def state(sampler: Sampler, who: Phrase, tense: str = "present", negative: bool = False,
          words: tuple[str, ...] = STATES) -> Clause:  # fmt: skip
    """A clause that says how somebody feels."""
    word = sampler.pick(words)
    degree = "" if negative or word == "ill" else sampler.any(("", "very"))
    return Clause(who, lexicon.BE, predicate=lexicon.adjective(word),
                  tense=tense, negative=negative, degree=degree)  # fmt: skip


def grown(sampler: Sampler) -> Phrase:
    """A subject whose pronoun is clear."""
    while True:
        who = sampler.subject(adult=True)
        if sampler.owner_for(who):
            return who


def reaction(sampler: Sampler, cause: Clause, tense: str, who: Phrase) -> Clause:
    """What somebody does because of a state."""
    word = cause.predicate
    assert isinstance(word, Adjective)
    while True:
        name, pattern = sampler.any(REACTIONS[word.english])
        verb = lexicon.verb(name, pattern)
        if allowed(verb, tense, False):
            placed = 0 if pattern else 0.6
            return draw_clause(sampler, tense, subject=who, verb=verb, timed=0, placed=placed)
