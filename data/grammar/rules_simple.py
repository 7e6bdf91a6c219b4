"""Sentences of one clause: statements, yes-no questions, commands."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import clock, draw_clause
from grammar.model import Clause, Sentence, lemma
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

FREQUENCIES = ("always", "often", "usually", "sometimes", "rarely", "never")
MODALS = ("can", "must", "should", "may", "want")


def stated(inner: Clause) -> Sentence:
    """The clause as a statement."""
    return sentence(
        english.clause(inner) + ".",
        german.clause(inner) + ".",
        chinese.clause(inner) + "。",
        inner,
    )


def asked(inner: Clause) -> Sentence:
    """The clause as a yes-no question."""
    inner = replace(inner, gap="yes or no", time_first=False)
    return sentence(
        english.clause(inner, "question") + "?",
        german.clause(inner, "first") + "?",
        chinese.clause(inner) + "吗？",
        inner,
    )


def fronted(sampler: Sampler, inner: Clause) -> Clause:
    """The clause, now and then with its time at the front."""
    return replace(inner, time_first=bool(inner.time) and sampler.chance(0.3))


@rule(5)
def past_statement(sampler: Sampler) -> Sentence:
    """Yesterday I bought a book."""
    return stated(fronted(sampler, draw_clause(sampler, "past", timed=0.8)))


@rule(3.5)
def past_negation(sampler: Sampler) -> Sentence:
    """I didn't buy a book yesterday."""
    return stated(fronted(sampler, draw_clause(sampler, "past", True, placed=0.15)))


@rule(3)
def habit(sampler: Sampler) -> Sentence:
    """I drink coffee every morning."""
    return stated(fronted(sampler, draw_clause(sampler, "present", timed=1.0)))


@rule(1.5)
def present_negation(sampler: Sampler) -> Sentence:
    """I don't drink coffee."""
    return stated(draw_clause(sampler, "present", True, timed=0, placed=0.2))


@rule(2.5)
def frequency(sampler: Sampler) -> Sentence:
    """I often drink coffee."""
    while True:
        inner = draw_clause(sampler, "present", timed=0)
        if "often" in inner.verb.flags:
            about = inner.verb.english_pattern
            hour = clock(sampler, about) if "clock" in inner.verb.flags else None
            return stated(replace(inner, adverb=sampler.any(FREQUENCIES), time=hour))


@rule(3)
def progressive(sampler: Sampler) -> Sentence:
    """My mother is reading a book."""
    return stated(draw_clause(sampler, "progressive"))


@rule(3)
def future_statement(sampler: Sampler) -> Sentence:
    """Tomorrow we will visit the museum."""
    return stated(fronted(sampler, draw_clause(sampler, "future", sampler.chance(0.2), timed=0.8)))


@rule(4.5)
def modal_statement(sampler: Sampler) -> Sentence:
    """You must tidy up the room tomorrow."""
    tense = sampler.any(MODALS)
    return stated(fronted(sampler, draw_clause(sampler, tense, sampler.chance(0.25))))


@rule(2.5)
def modal_past(sampler: Sampler) -> Sentence:
    """Anna had to work yesterday."""
    tense = sampler.any(("had to", "wanted"))
    return stated(fronted(sampler, draw_clause(sampler, tense, timed=1.0)))


@rule(2.5)
def past_question(sampler: Sampler) -> Sentence:
    """Did you buy the book?"""
    return asked(draw_clause(sampler, "past"))


@rule(2)
def present_question(sampler: Sampler) -> Sentence:
    """Do you have a car?"""
    return asked(draw_clause(sampler, "present", timed=0.3))


@rule(2)
def modal_question(sampler: Sampler) -> Sentence:
    """Can you help my mother?"""
    return asked(draw_clause(sampler, sampler.any(("can", "must", "may", "want", "future"))))


@rule(2)
def command(sampler: Sampler) -> Sentence:
    """Please close the window."""
    negative = sampler.chance(0.25)
    inner = draw_clause(sampler, "command", negative, subject=lexicon.YOU, timed=0)
    please = not negative and sampler.chance(0.6)
    mark, zh_mark = (".", "。") if please else ("!", "！")
    return sentence(
        ("please " if please else "") + english.clause(inner, "command") + mark,
        german.clause(inner, "command", "bitte" if please else "") + mark,
        ("请" if please else "") + chinese.clause(inner, subject=False) + zh_mark,
        inner,
    )


@rule(1.5)
def suggestion(sampler: Sampler) -> Sentence:
    """Let's go to the cinema tomorrow."""
    inner = draw_clause(sampler, "future", subject=lexicon.WE, timed=0.4)
    # Lass uns uns ausruhen is right, but nobody says it.
    while (
        lemma(inner.object) in ("us", "we")
        or inner.verb.english[0] == "come"
        or inner.verb.case == "refl"
    ):
        inner = draw_clause(sampler, "future", subject=lexicon.WE, timed=0.4)
    simple = replace(inner, tense="command")
    present = replace(inner, tense="present")
    return sentence(
        "let's " + english.clause(simple, "command") + ".",
        "lass uns " + german.clause(inner, "infinitive") + ".",
        "我们" + chinese.clause(replace(simple, time_first=False), subject=False) + "吧。",
        present,
    )


@rule(2)
def vehicle_trip(sampler: Sampler) -> Sentence:
    """I go to school by bus every day."""
    city = sampler.chance(0.4)
    verb = lexicon.verb("go", flag="goal")
    verb = replace(verb, infinitive="fahren", german_du="fährst", german_er="fährt",
                   participle="gefahren", imperative="fahr")  # fmt: skip
    vehicles = ("train", "car", "ship", "bus") if city else ("bus", "taxi", "tram", "bicycle",
                                                             "car", "motorcycle")  # fmt: skip
    goal = sampler.place("city" if city else "goal")
    tense = sampler.any(("past", "future", "present", "want", "must", "can"))
    timed = {"past": "past", "present": "habit"}.get(tense, "future")
    inner = Clause(
        sampler.subject(adult=True), verb, goal=goal, tense=tense, time=sampler.time(timed),
        vehicle=lexicon.noun(sampler.pick(vehicles)),
    )  # fmt: skip
    return asked(inner) if sampler.chance(0.3) else stated(fronted(sampler, inner))


@rule(2)
def whereabouts(sampler: Sampler) -> Sentence:
    """My mother is in the kitchen."""
    past = sampler.chance(0.5)
    tense = "past" if past else "present"
    place = sampler.any((sampler.place("goal", "inside"), sampler.place("city", "country", "home")))
    inner = Clause(
        sampler.subject(), lexicon.BE, place=place, tense=tense, negative=sampler.chance(0.3),
        time=sampler.time("past") if past else None,
    )  # fmt: skip
    return asked(replace(inner, negative=False)) if sampler.chance(0.25) else stated(inner)
