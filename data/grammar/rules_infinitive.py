"""Sentences of two parts: coordination, and infinitives with zu."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import draw_clause
from grammar.model import Clause, Name, NounPhrase, Sentence
from grammar.rules import rule, sentence
from grammar.sampler import Sampler


@rule(4)
def two_activities(sampler: Sampler) -> Sentence:
    """My mother is cooking and my father is reading a book."""
    words = (("and", " und", "，"), ("while", ", während", "的时候，"))
    conjunction, de, zh = sampler.any(words)
    first, second = (draw_clause(sampler, "progressive", timed=0, placed=0.2) for _ in range(2))
    unclear = (lexicon.HE, lexicon.SHE, lexicon.THEY)
    while second.subject == first.subject or second.subject in unclear:
        second = draw_clause(sampler, "progressive", timed=0, placed=0.2)
    if conjunction == "while":
        # One gerade and one 正在 are enough.
        plain = replace(second, tense="present")
        de_second = german.clause(plain, "last")
        zh_first, zh_second = chinese.clause(plain), chinese.clause(first)
    else:
        de_second = german.clause(second)
        zh_first, zh_second = chinese.clause(first), chinese.clause(second)
    return sentence(
        f"{english.clause(first)} {conjunction} {english.clause(second)}.",
        f"{german.clause(first)}{de} {de_second}.",
        f"{zh_first}{zh}{zh_second}。",
        first,
        second,
    )


@rule(4.5)
def one_after_the_other(sampler: Sampler) -> Sentence:
    """Yesterday I went to the market and bought apples."""
    who = sampler.subject(adult=True)
    tense = sampler.any(("past", "future", "must"))
    first = draw_clause(sampler, tense, subject=who, kinds=("goal", "plain", "object"), timed=0.7)
    second = draw_clause(sampler, tense, subject=who, kinds=("object", "receiver"), timed=0)
    en_rest = english.clause(replace(second, gap="subject"))
    de_rest = german.clause(replace(second, gap="subject"))
    plain = second if tense == "past" else replace(second, tense="infinitive")
    zh_rest = chinese.clause(plain, subject=False)
    if tense != "past":
        helper = {"future": "will ", "must": "must "}[tense]
        en_rest = en_rest.removeprefix(helper)
        de_rest = german.clause(second, "infinitive")
    elif second.verb.auxiliary == first.verb.auxiliary:
        de_rest = de_rest.split(" ", 1)[1]
    return sentence(
        f"{english.clause(first)} and {en_rest}.",
        f"{german.clause(first)} und {de_rest}.",
        f"{chinese.clause(first)}，然后{zh_rest}。",
        first,
        second,
    )


@rule(4)
def wish(sampler: Sampler) -> Sentence:
    """I forgot to buy milk."""
    frames = (
        ("tried to", "haben", "versucht", "试着", "past"),
        ("forgot to", "haben", "vergessen", "忘了", "past"),
        ("decided to", "haben", "beschlossen", "决定", "past"),
        ("promised to", "haben", "versprochen", "答应", "past"),
    )
    said, auxiliary, participle, zh, _ = sampler.any(frames)
    who = sampler.subject(adult=True)
    kinds = ("object", "receiver") if "forgot" in said else ("object", "receiver", "goal", "plain")
    timed = 0 if said in ("tried to", "forgot to") else 0.5
    inner = draw_clause(sampler, "future", subject=who, timed=timed, kinds=kinds)
    finite = german.PRESENT[auxiliary][german.forms_index(who)]
    plain = replace(inner, tense="infinitive")
    return sentence(
        f"{english.phrase(who)} {said} {english.clause(plain, 'infinitive')[3:]}.",
        f"{german.phrase(who)} {finite} {participle}, {german.clause(plain, 'zu')}.",
        f"{chinese.phrase(who)}{zh}{chinese.clause(plain, subject=False)}。",
        inner,
    )


@rule(3)
def judgement(sampler: Sampler) -> Sentence:
    """It is important to learn German."""
    frames = (
        ("it is important to", "es ist wichtig", "{}很重要"),
        ("it is difficult to", "es ist schwierig", "{}很难"),
        ("it is fun to", "es macht Spaß", "{}很有趣"),
        ("it is boring to", "es ist langweilig", "{}很无聊"),
        ("it is easy to", "es ist einfach", "{}很简单"),
        ("I have no time to", "ich habe keine Zeit", "我没有时间{}"),
        ("I would like to", "", "我很想{}"),
        ("he would like to", "", "他很想{}"),
        ("my wife would like to", "", "我妻子很想{}"),
        ("they would like to", "", "他们很想{}"),
    )
    said, de, zh = sampler.any(frames)
    subjects = {"it": lexicon.YOU, "I ": lexicon.I, "he": lexicon.HE, "my": lexicon.SHE}
    who = subjects.get(said[:2], lexicon.THEY)
    while True:
        inner = draw_clause(sampler, "should", timed=0.2 if said[0] != "i" else 0, subject=who)
        if said[0] != "i" or not isinstance(inner.object, Name):
            break
    plain = replace(inner, tense="infinitive")
    ending = german.clause(plain, "zu")
    if not de:
        start = {"I ": "ich möchte", "he": "er möchte", "my": "meine Ehefrau möchte"}
        german_text = f"{start.get(said[:2], 'sie möchten')} {german.clause(plain, 'infinitive')}"
    else:
        german_text = f"{de}, {ending}"
    return sentence(
        f"{said} {english.clause(plain, 'infinitive')[3:]}.",
        german_text + ".",
        zh.format(chinese.clause(plain, subject=False)) + "。",
        inner,
    )


@rule(3)
def purpose(sampler: Sampler) -> Sentence:
    """She went to the market in order to buy apples."""
    who = sampler.subject(adult=True)
    tense = sampler.any(("past", "future"))
    far = sampler.chance(0.6)
    go = lexicon.verb(sampler.any(("travel", "fly", "come"))) if far else lexicon.verb("go",
                                                                       flag="goal")  # fmt: skip
    goal = sampler.place("city", "country") if far else sampler.place("shop", "bookish")
    main = Clause(who, go, goal=goal, tense=tense, time=sampler.time(
        "past" if tense == "past" else "future") if sampler.chance(0.5) else None)  # fmt: skip
    verbs = ("look", "for ~"), ("meet", ""), ("learn", ""), ("rent", ""), ("attend", "")
    verbs = (*verbs, ("visit", "")) if far else (("buy", ""),)
    aim = draw_clause(sampler, "should", subject=who, timed=0, placed=0,
                      verb=lexicon.verb(*sampler.any(verbs)))  # fmt: skip
    bookish = "bookish" in goal.classes
    if not far:
        classes = ("reading",) if bookish else ("food", "massfood", "drink", "staple", "grocery")
        entry = sampler.pick(lexicon.nouns_of(*classes))
        item = NounPhrase(entry, "some", entry.countable)
        aim = replace(aim, object=item)
    plain = replace(aim, tense="infinitive")
    return sentence(
        f"{english.clause(main)} in order {english.clause(plain, 'infinitive')}.",
        f"{german.clause(main)}, um {german.clause(plain, 'zu')}.",
        f"为了{chinese.clause(plain, subject=False)}，{chinese.clause(main)}。",
        main,
        aim,
    )
