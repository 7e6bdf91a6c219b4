"""Sentences with relative clauses."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import draw_clause
from grammar.model import Clause, Noun, NounPhrase, Sentence, lemma
from grammar.rules import rule, sentence
from grammar.sampler import Sampler


@rule(4.5)
def object_relative(sampler: Sampler) -> Sentence:
    """The book that I bought yesterday is very interesting."""
    while True:
        inner = draw_clause(sampler, "past", kinds=("object",), placed=0.2, timed=0.6,
                            subject=sampler.subject(adult=True))  # fmt: skip
        item = inner.object
        if not isinstance(item, NounPhrase) or inner.verb.case != "acc":
            continue
        if inner.verb.english_pattern not in ("", "~ up", "~ along", "~ on"):
            continue
        fitting = [
            one
            for one in lexicon.adjectives_for(item.noun)
            if one.english not in ("ripe", "sweet", "empty")
        ]
        human = set(item.noun.classes) & {"kin", "friend", "superior", "partner", "spouse"}
        if fitting and not human and "~" not in inner.verb.chinese:
            break
    inner = replace(inner, gap="object", negative=False)
    subject = NounPhrase(item.noun, "the", relative=inner)
    word = sampler.pick(fitting)
    outer = Clause(subject, lexicon.BE, predicate=word, degree=sampler.any(("", "very")))
    if word.chinese_predicate.startswith("="):
        outer = replace(outer, degree="")
    return sentence(
        english.clause(outer) + ".",
        german.clause(outer) + ".",
        chinese.clause(outer) + "。",
        outer,
        inner,
    )


@rule(4.5)
def subject_relative(sampler: Sampler) -> Sentence:
    """The woman who works in the bank is my neighbour."""
    entry = sampler.pick(lexicon.nouns_of("grown", "young"))
    head = NounPhrase(entry, "the")
    tense = sampler.any(("past", "progressive", "future"))
    inner = draw_clause(sampler, tense, subject=NounPhrase(lexicon.noun("man")),
                        kinds=("plain", "object", "goal"), placed=0.6)  # fmt: skip
    while owned(inner) or ("adult" in inner.verb.flags and "young" in entry.classes):
        inner = draw_clause(sampler, tense, subject=inner.subject,
                            kinds=("plain", "object", "goal"), placed=0.6)  # fmt: skip
    inner = replace(inner, subject=head, gap="subject", time_first=False)
    subject = NounPhrase(entry, "the", relative=inner)
    if sampler.chance(0.5):
        relation = sampler.relation(sampler.any(lexicon.PRONOUNS), "friend", "sibling", "superior")
        assert relation is not None
        outer = Clause(subject, lexicon.BE, predicate=matching(sampler, entry, relation))
    else:
        fitting = lexicon.adjectives_for(entry) or (lexicon.adjective("tired"),)
        outer = Clause(subject, lexicon.BE, predicate=sampler.pick(fitting))
    return sentence(
        english.clause(outer) + ".",
        german.clause(outer) + ".",
        chinese.clause(outer) + "。",
        inner,
        outer,
    )


def owned(inner: Clause) -> bool:
    """Whether a possessive in the clause points to its subject."""
    parts = (inner.object, inner.receiver, inner.companion)
    return any(isinstance(one, NounPhrase) and one.determiner == "owner" for one in parts)


def matching(sampler: Sampler, entry: Noun, relation: NounPhrase) -> NounPhrase:
    """The relation, exchanged for one that this person can be."""
    if "young" in entry.classes:
        name = "daughter" if entry.english == "girl" else "son"
    elif entry.gender == "f":
        name = sampler.any(("sister", "aunt", "mother", "daughter"))
    else:
        name = sampler.any(("brother", "uncle", "neighbour", "friend", "boss", "colleague"))
    return NounPhrase(lexicon.noun(name), "owner", owner=relation.owner)


@rule(4)
def object_with_relative(sampler: Sampler) -> Sentence:
    """I know the man who repaired your car."""
    who = sampler.subject(adult=True)
    entry = sampler.pick(lexicon.nouns_of("profession", "grown"))
    inner = draw_clause(sampler, sampler.any(("past", "future")), kinds=("object", "plain"),
                        subject=NounPhrase(lexicon.noun("man")), placed=0.5, timed=0.4)  # fmt: skip
    while owned(inner) or lemma(inner.object) == entry.english:
        inner = draw_clause(sampler, "past", kinds=("object", "plain"), subject=inner.subject)
    inner = replace(inner, subject=NounPhrase(entry), gap="subject")
    names = (("know", "present"), ("help", "past"), ("ask", "past"), ("see", "past"))
    name, tense = sampler.any(names)
    item = NounPhrase(entry, "the", relative=inner)
    outer = Clause(who, lexicon.verb(name, flag="profession" if name != "help" else "human"),
                   object=item, tense=tense)  # fmt: skip
    if lemma(who) == entry.english:
        return object_with_relative(sampler)
    text = german.clause(replace(outer, object=replace(item, relative=None)))
    # The relative clause follows the participle, which keeps the bracket short.
    described = german.relative(item)
    return sentence(
        english.clause(outer) + ".",
        f"{text}, {described}.",
        chinese.clause(outer) + "。",
        outer,
        inner,
    )
