"""Questions with a question word."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import draw_clause
from grammar.model import Clause, NounPhrase, Phrase, Sentence
from grammar.rules import rule, sentence
from grammar.sampler import Sampler


@rule(2.5)
def what_question(sampler: Sampler) -> Sentence:
    """What did Anna buy at the market yesterday?"""
    while True:
        tense = sampler.any(("past", "past", "future", "must", "want"))
        inner = draw_clause(sampler, tense, kinds=("object", "object", "receiver"))
        classes = inner.object.noun.classes if isinstance(inner.object, NounPhrase) else ()
        dead = inner.object and isinstance(inner.object, NounPhrase) and inner.object.noun.measure
        plain = inner.verb.case in ("acc", "rec") and not inner.verb.english_pattern
        if dead and plain and not set(classes) & {"human", "kin", "friend", "profession", "animal"}:
            if any(name in classes for name in ("superior", "partner", "spouse", "pairkin")):
                continue
            break
    gapped = replace(inner, gap="object")
    zh = chinese.clause(gapped) + "什么？"
    return sentence(
        english.clause(gapped, "question", "what") + "?",
        german.clause(gapped, front="was") + "?",
        zh,
        inner,
    )


@rule(1.5)
def who_question(sampler: Sampler) -> Sentence:
    """Who closed the window?"""
    inner = draw_clause(sampler, sampler.any(("past", "can", "want", "future")),
                        subject=lexicon.HE)  # fmt: skip
    item = inner.object
    if isinstance(item, NounPhrase) and item.determiner == "owner":
        inner = replace(inner, object=replace(item, owner=lexicon.YOU))
    for part in ("receiver", "companion"):
        other = getattr(inner, part)
        if isinstance(other, NounPhrase) and other.determiner == "owner":
            if "girlfriend wife".find(other.noun.english) >= 0:
                other = NounPhrase(lexicon.noun("friend"), "owner")
            inner = replace(inner, **{part: replace(other, owner=lexicon.YOU)})
    gapped = replace(inner, gap="subject")
    return sentence(
        english.clause(gapped, "statement", "who") + "?",
        german.clause(gapped, front="wer") + "?",
        "谁" + chinese.clause(replace(inner, gap="yes or no"), subject=False) + "？",
        inner,
    )


@rule(2)
def where_question(sampler: Sampler) -> Sentence:
    """Where did you buy the shirt?"""
    while True:
        inner = draw_clause(sampler, "past", placed=1.0, timed=0.2, kinds=("object", "plain"))
        if inner.place:
            break
    shown = replace(inner, place=None)
    somewhere = replace(inner, place=replace(inner.place, chinese="哪儿"))
    return sentence(
        english.clause(shown, "question", "where") + "?",
        german.clause(shown, front="wo") + "?",
        is_de(somewhere),
        shown,
    )


def is_de(inner: Clause, link: str = "") -> str:
    """The question with 是……的 about the circumstances of a finished event."""
    named = chinese.phrase(inner.subject)
    time = inner.time.chinese if inner.time else ""
    bare = replace(inner, time=None, gap="wh")
    rest = chinese.clause(bare, role="emphasis", subject=False)
    return f"{named}{time}是{link}{rest}的？"


@rule(1.5)
def when_question(sampler: Sampler) -> Sentence:
    """When did you buy the shirt?"""
    past = sampler.chance(0.5)
    inner = draw_clause(sampler, "past" if past else "future", timed=0)
    zh = is_de(inner, "什么时候") if past else chinese.clause(inner, link="什么时候") + "？"
    return sentence(
        english.clause(inner, "question", "when") + "?",
        german.clause(inner, front="wann") + "?",
        zh,
        inner,
    )


@rule(2)
def why_question(sampler: Sampler) -> Sentence:
    """Why didn't you call my mother?"""
    tense = sampler.any(("past", "want", "must", "present"))
    inner = draw_clause(sampler, tense, sampler.chance(0.4) and tense != "must", timed=0.2)
    return sentence(
        english.clause(inner, "question", "why") + "?",
        german.clause(inner, front="warum") + "?",
        chinese.clause(inner, link="为什么") + "？",
        inner,
    )


@rule(1.5)
def which_question(sampler: Sampler) -> Sentence:
    """Which shirt do you want to buy?"""
    return object_question(sampler, "which")


@rule(1.5)
def how_many_question(sampler: Sampler) -> Sentence:
    """How many apples did you buy?"""
    return object_question(sampler, "how many")


def object_question(sampler: Sampler, word: str) -> Sentence:
    """A question about the object with which or how many."""
    names = ("buy", "sell", "read", "eat", "wash", "find", "lose", "repair", "order", "translate",
             "solve", "correct", "build", "cut", "plant", "borrow", "sign")  # fmt: skip
    verb = sampler.pick([lexicon.verb(name) for name in names])
    tense = sampler.any(("past", "future", "want", "must"))
    if "past" in verb.flags:
        tense = "past"
    while True:
        inner = draw_clause(sampler, tense, verb=verb, subject=adult_subject(sampler), timed=0.3)
        item = inner.object
        if isinstance(item, NounPhrase) and item.noun.countable:
            break
    item = replace(item, determiner=word, plural=word == "how many", adjective=None)
    gapped = replace(inner, object=item, gap="object")
    return sentence(
        english.clause(gapped, "question", english.phrase(item)) + "?",
        german.clause(gapped, front=german.phrase(item, "acc")) + "?",
        chinese.clause(gapped) + chinese.phrase(item) + "？",
        inner,
    )


def adult_subject(sampler: Sampler) -> Phrase:
    """A subject that fits every verb."""
    return sampler.subject(adult=True)


@rule(1.5)
def how_to_get(sampler: Sampler) -> Sentence:
    """How do I get to the station?"""
    who = sampler.any(lexicon.PRONOUNS) if sampler.chance(0.5) else sampler.subject()
    place = sampler.place("goal", "city")
    helper = "does" if english.is_third(who) else "do"
    kommen = lexicon.verb("come")
    inner = Clause(who, kommen, goal=place)
    end = sampler.any((("", "", ""), (" from here", "von hier ", "从这儿"),
                       (" from the hotel", "vom Hotel ", "从酒店"),
                       (" from the station", "vom Bahnhof ", "从火车站")))  # fmt: skip
    finite = german.present(kommen, german.forms_index(who))
    return sentence(
        f"how {helper} {english.phrase(who)} get {place.english_to}{end[0]}?",
        f"wie {finite} {german.phrase(who)} {end[1]}{place.german_to}?",
        f"{chinese.phrase(who)}怎么{end[2]}去{place.chinese}？",
        inner,
    )
