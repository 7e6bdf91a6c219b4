"""Sentences with a subordinate clause: because, when, if, before, that."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import draw_clause
from grammar.model import Clause, NounPhrase, Sentence
from grammar.reactions import grown, reaction, same_person, state
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

SPEECH = (
    ("think", "thinks", "glauben", "glaubst", "glaubt", "觉得"),
    ("know", "knows", "wissen", "weißt", "weiß", "知道"),
    ("hope", "hopes", "hoffen", "hoffst", "hofft", "希望"),
    ("say", "says", "sagen", "sagst", "sagt", "说"),
    ("believe", "believes", "denken", "denkst", "denkt", "相信"),
)


@rule(4.5)
def because(sampler: Sampler) -> Sentence:
    """I can't come because I have no time."""
    who = grown(sampler)
    again = same_person(sampler, who)
    if sampler.chance(0.3):
        tense = sampler.any(("past", "can"))
        main = draw_clause(sampler, tense, True, subject=who, timed=0.2)
        while tense == "can" and "skill" in main.verb.flags:
            main = draw_clause(sampler, tense, True, subject=who, timed=0.2)
        reason = state(sampler, again, "past" if tense == "past" else "present",
                       words=("tired", "ill", "busy", "sleepy", "nervous"))  # fmt: skip
    elif sampler.chance(0.5):
        tense = sampler.any(("must", "want", "past", "future"))
        reason = state(sampler, again, "past" if tense == "past" else "present")
        main = reaction(sampler, reason, tense, who)
    else:
        main = state(sampler, who, words=("tired", "angry", "happy", "nervous", "satisfied"))
        reason = draw_clause(sampler, sampler.any(("past", "must", "had to")), timed=0.7,
                             subject=again)  # fmt: skip
    return sentence(
        f"{english.clause(main)} because {english.clause(reason)}.",
        f"{german.clause(main)}, weil {german.clause(reason, 'last')}.",
        # In Chinese the person is named in the clause that stands first.
        f"因为{chinese.clause(replace(reason, subject=who))}，"
        f"所以{chinese.clause(replace(main, subject=again))}。",
        main,
        reason,
    )


@rule(3.5)
def although(sampler: Sampler) -> Sentence:
    """Although he is tired, he must work."""
    who = grown(sampler)
    first = state(sampler, who, words=("tired", "ill", "busy", "hungry", "sleepy", "nervous"))
    main = draw_clause(sampler, sampler.any(("must", "want", "future")), timed=0.3,
                       subject=same_person(sampler, who))  # fmt: skip
    return sentence(
        f"although {english.clause(first)}, {english.clause(main)}.",
        f"obwohl {german.clause(first, 'last')}, {german.clause(main, 'first')}.",
        f"虽然{chinese.clause(first)}，但是{chinese.clause(main)}。",
        first,
        main,
    )


@rule(2.5)
def whenever(sampler: Sampler) -> Sentence:
    """When I am tired, I drink a cup of coffee."""
    who = grown(sampler)
    first = state(sampler, who)
    main = reaction(sampler, first, "present", same_person(sampler, who))
    return sentence(
        f"when {english.clause(first)}, {english.clause(main)}.",
        f"wenn {german.clause(first, 'last')}, {german.clause(main, 'first')}.",
        f"{chinese.clause(first)}的时候，{chinese.clause(main, link='就')}。",
        first,
        main,
    )


@rule(4)
def when_there(sampler: Sampler) -> Sentence:
    """When we were in Berlin, we visited the museum."""
    who = grown(sampler)
    first = Clause(who, lexicon.BE, place=sampler.place("city", "country"), tense="past",
                   time=sampler.any(lexicon.times("past")[4:8]) if sampler.chance(0.4)
                   else None)  # fmt: skip
    main = draw_clause(sampler, "past", timed=0, placed=0, subject=same_person(sampler, who),
                       kinds=("object", "receiver", "plain"))  # fmt: skip
    return sentence(
        f"when {english.clause(first)}, {english.clause(main)}.",
        f"als {german.clause(first, 'last')}, {german.clause(main, 'first')}.",
        f"{chinese.clause(first)}的时候，{chinese.clause(main)}。",
        first,
        main,
    )


@rule(4.5)
def condition(sampler: Sampler) -> Sentence:
    """If you have time, we can go to the cinema."""
    who = grown(sampler)
    tense = sampler.any(("can", "should", "future", "must"))
    if sampler.chance(0.5):
        first = Clause(who, lexicon.verb("have", flag="stative"),
                       object=NounPhrase(lexicon.noun("time"), "bare"))  # fmt: skip
        main = draw_clause(sampler, sampler.any(("can", "should", "future")), timed=0.3,
                           subject=same_person(sampler, who))  # fmt: skip
    else:
        first = state(sampler, who, words=("tired", "ill", "hungry", "thirsty", "sleepy"))
        main = reaction(sampler, first, tense, same_person(sampler, who))
    return sentence(
        f"if {english.clause(first)}, {english.clause(main)}.",
        f"wenn {german.clause(first, 'last')}, {german.clause(main, 'first')}.",
        f"如果{chinese.clause(first)}，{chinese.clause(main, link='就')}。",
        first,
        main,
    )


@rule(3)
def weather_condition(sampler: Sampler) -> Sentence:
    """If it rains tomorrow, we will stay at home."""
    weather = (
        ("it rains", "es", "regnet", "下雨"),
        ("it snows", "es", "schneit", "下雪"),
        ("the sun shines", "die Sonne", "scheint", "出太阳"),
        ("it is cold", "es", "kalt ist", "很冷"),
        ("it is warm", "es", "warm ist", "很暖和"),
        ("the weather is good", "das Wetter", "gut ist", "天气很好"),
        ("the weather is bad", "das Wetter", "schlecht ist", "天气不好"),
    )
    said, subject, verb, zh = sampler.any(weather)
    day = sampler.any(lexicon.times("day")[1:] + lexicon.times("point"))
    main = draw_clause(sampler, "future", sampler.chance(0.25), timed=0,
                       kinds=("plain", "goal", "object"))  # fmt: skip
    return sentence(
        f"if {said} {day.english}, {english.clause(main)}.",
        f"wenn {subject} {day.german} {verb}, {german.clause(main, 'first')}.",
        f"如果{day.chinese}{zh}，{chinese.clause(main, link='就')}。",
        main,
    )


@rule(4)
def before(sampler: Sampler) -> Sentence:
    """I brush my teeth before I go to bed."""
    who = grown(sampler)
    tense = sampler.any(("past", "future", "must"))
    main = draw_clause(sampler, tense, timed=0, subject=who)
    later = draw_clause(sampler, "past" if tense == "past" else "present", timed=0,
                        kinds=("plain", "goal"), subject=same_person(sampler, who))  # fmt: skip
    zh_main = chinese.clause(main, subject=False)
    zh_later = chinese.clause(replace(later, subject=who), role="relative")
    return sentence(
        f"{english.clause(main)} before {english.clause(later)}.",
        f"{german.clause(main)}, bevor {german.clause(later, 'last')}.",
        f"{zh_later}之前，{zh_main}。",
        main,
        later,
    )


@rule(3.5)
def after(sampler: Sampler) -> Sentence:
    """After we had eaten, we went to the park."""
    who = grown(sampler)
    first = draw_clause(sampler, "past perfect", timed=0, subject=who)
    main = draw_clause(sampler, "past", timed=0, subject=same_person(sampler, who),
                       kinds=("plain", "goal", "object"))  # fmt: skip
    return sentence(
        f"after {english.clause(first)}, {english.clause(main)}.",
        f"nachdem {german.clause(first, 'last')}, {german.clause(main, 'first')}.",
        f"{chinese.clause(first).removesuffix('了')}之后，{chinese.clause(main, subject=False)}。",
        first,
        main,
    )


def speaker(sampler: Sampler, verb: tuple[str, ...]) -> tuple[str, str, str]:
    """Somebody thinks, knows or says, up to the comma."""
    who = grown(sampler)
    third = english.is_third(who)
    stem = verb[2][:-2]
    forms = (verb[4] if verb[2] == "wissen" else stem + "e", verb[3], verb[4], verb[2])
    return (
        f"{english.phrase(who)} {verb[1] if third else verb[0]}",
        f"{german.phrase(who)} {forms[german.forms_index(who)]}",
        chinese.phrase(who) + verb[5],
    )


@rule(5)
def that_clause(sampler: Sampler) -> Sentence:
    """I think that the film is boring."""
    said, de, zh = speaker(sampler, sampler.any(SPEECH))
    inner = any_clause(sampler)
    return sentence(
        f"{said} that {english.clause(inner)}.",
        f"{de}, dass {german.clause(inner, 'last')}.",
        f"{zh}{chinese.clause(inner)}。",
        inner,
    )


def any_clause(sampler: Sampler) -> Clause:
    """A clause to report: a state or an event."""
    if sampler.chance(0.25):
        return state(sampler, sampler.subject(), negative=sampler.chance(0.3))
    tense = sampler.any(("past", "future", "can", "present", "must"))
    return draw_clause(sampler, tense, sampler.chance(0.2), timed=0.4)


@rule(3)
def whether(sampler: Sampler) -> Sentence:
    """I don't know whether Anna has a car."""
    inner = any_clause(sampler)
    while inner.negative or inner.tense == "must":
        inner = any_clause(sampler)
    inner = replace(inner, degree="")
    frames = (
        ("I don't know", "ich weiß nicht", "我不知道"),
        ("do you know", "weißt du", "你知道"),
        ("she wants to know", "sie will wissen", "她想知道"),
        ("he doesn't know", "er weiß nicht", "他不知道"),
        ("we don't know", "wir wissen nicht", "我们不知道"),
    )
    said, de, zh = sampler.any(frames)
    question = said.startswith("do ")
    mark, zh_mark = ("?", "吗？") if question else (".", "。")
    return sentence(
        f"{said} whether {english.clause(inner)}{mark}",
        f"{de}, ob {german.clause(inner, 'last')}{mark}",
        f"{zh}{chinese.clause(replace(inner, gap='yes or no'), link='是否')}{zh_mark}",
        inner,
    )
