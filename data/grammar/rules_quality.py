"""Sentences about qualities, comparison, possession and professions."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.model import Adjective, Clause, Name, Noun, NounPhrase, Phrase, Sentence, lemma
from grammar.rules import rule, sentence
from grammar.rules_simple import asked, stated
from grammar.sampler import Sampler

HUMAN = ("profession", "human")


def describable(sampler: Sampler) -> tuple[Noun, Adjective]:
    """A noun and an adjective that fits it."""
    while True:
        word = sampler.any(lexicon.adjectives())
        if not word.classes:
            continue
        pool = lexicon.nouns_of(*word.classes)
        if pool:
            return sampler.pick(pool), word


@rule(3.5)
def quality(sampler: Sampler) -> Sentence:
    """This shirt is very expensive."""
    entry, word = describable(sampler)
    several = entry.countable and sampler.chance(0.2)
    determiner = sampler.any(("the", "this"))
    owner = None
    if set(entry.classes) & {"clothes", "carried", "luggage", "vehicle", "gadget", "pet", "home"}:
        determiner, owner = "owner", sampler.any(lexicon.PRONOUNS)
    subject = NounPhrase(entry, determiner, several, owner=owner, marked=determiner == "the")
    negative = sampler.chance(0.25)
    colour = word.chinese_predicate.startswith("=")
    degree = "" if colour else sampler.any(("", "very", "too", "really"))
    inner = Clause(subject, lexicon.BE, predicate=word, negative=negative,
                   degree="" if negative else degree)  # fmt: skip
    if sampler.chance(0.25) and not negative:
        return asked(replace(inner, degree=""))
    return stated(inner)


@rule(2)
def feeling(sampler: Sampler) -> Sentence:
    """Anna was very tired yesterday."""
    past = sampler.chance(0.6)
    word = sampler.adjective("state")
    negative = sampler.chance(0.25)
    degree = "" if negative or word.english == "ill" else sampler.any(("", "very"))
    inner = Clause(
        sampler.subject(), lexicon.BE, predicate=word, tense="past" if past else "present",
        negative=negative, degree=degree,
        time=sampler.time("past", near=True) if past else None,
    )  # fmt: skip
    if sampler.chance(0.25) and not negative:
        return asked(replace(inner, degree=""))
    return stated(inner)


@rule(3.5)
def comparison(sampler: Sampler) -> Sentence:
    """My car is faster than your motorcycle."""
    while True:
        first, word = describable(sampler)
        if word.english_comparative == "-" or not first.countable:
            continue
        shared = [name for name in word.classes if name in first.classes]
        second = sampler.pick(lexicon.nouns_of(*shared))
        if second.countable and (second != first or "clothes" in first.classes):
            break
    one, other = (sampler.any(lexicon.PRONOUNS) for _ in range(2))
    if set(first.classes) & {"clothes", "vehicle", "gadget", "home", "pet", "luggage"}:
        if first == second and one == other:
            other = lexicon.YOU if one != lexicon.YOU else lexicon.I
        left = NounPhrase(first, "owner", owner=one)
        right = NounPhrase(second, "owner", owner=other)
    else:
        left, right = NounPhrase(first, "this"), NounPhrase(second, "the", marked=True)
        if first == second:
            return comparison(sampler)
    key = f"{first.english}|{word.english}|than|{second.english}"
    if sampler.chance(0.3):
        return sentence(
            f"{english.phrase(left)} is as {word.english} as {english.phrase(right)}.",
            f"{german.phrase(left)} ist so {word.german} wie {german.phrase(right)}.",
            f"{chinese.phrase(left)}跟{chinese.phrase(right)}一样{word.chinese_predicate}。",
            key,
        )
    much = sampler.any((("", "", ""), ("much ", "viel ", "得多"), ("", "", "")))
    return sentence(
        f"{english.phrase(left)} is {much[0]}{word.english_comparative} "
        f"than {english.phrase(right)}.",
        f"{german.phrase(left)} ist {much[1]}{word.german_comparative} als {german.phrase(right)}.",
        f"{chinese.phrase(left)}比{chinese.phrase(right)}{word.chinese_predicate}{much[2]}。",
        key,
    )


@rule(3)
def possession(sampler: Sampler) -> Sentence:
    """This is Anna's car."""
    pool = lexicon.nouns_of("carried", "luggage", "vehicle", "clothes", "gadget", "home", "pet")
    entry = sampler.pick(pool)
    draw = sampler.random.random()
    if draw < 0.5:
        owner = sampler.pick(lexicon.names())
        item = NounPhrase(entry, "owner", owner=owner)
        return possessed(item, "", f"{owner.english}|own|{entry.english}", sampler)
    relation = sampler.relation(sampler.any((lexicon.I, lexicon.YOU, lexicon.HE, lexicon.SHE)))
    assert relation is not None
    relation = replace(relation, plural=False)
    holder: Phrase = relation if draw >= 0.75 or sampler.chance(0.5) else NounPhrase(
        sampler.pick(lexicon.nouns_of("profession")), "the")  # fmt: skip
    if isinstance(holder, NounPhrase) and holder.noun.plural_only:
        return possession(sampler)
    key = f"{lemma(holder)}|own|{entry.english}"
    if draw < 0.75:
        return belonging(NounPhrase(entry, "this"), holder, key, sampler)
    of = german.with_preposition("von", "dat", holder)
    return sentence(
        f"this is {english.phrase(holder)}'s {entry.english}.",
        f"das ist {german.phrase(NounPhrase(entry))} {of}.",
        f"这是{chinese.phrase(holder)}的{entry.chinese}。",
        key,
    )


def possessed(item: NounPhrase, _: str, key: str, sampler: Sampler) -> Sentence:
    """This is, or is this, somebody's thing."""
    texts = (english.phrase(item), german.phrase(item), chinese.phrase(item))
    if sampler.chance(0.3):
        return sentence(f"is this {texts[0]}?", f"ist das {texts[1]}?", f"这是{texts[2]}吗？", key)
    if sampler.chance(0.4):
        return sentence(f"where is {texts[0]}?", f"wo ist {texts[1]}?", f"{texts[2]}在哪儿？", key)
    return sentence(f"this is {texts[0]}.", f"das ist {texts[1]}.", f"这是{texts[2]}。", key)


def belonging(item: NounPhrase, holder: Phrase, key: str, sampler: Sampler) -> Sentence:
    """This car belongs to my father."""
    return sentence(
        f"{english.phrase(item)} belongs to {english.phrase(holder, True)}.",
        f"{german.phrase(item)} gehört {german.phrase(holder, 'dat')}.",
        f"{chinese.phrase(item)}是{chinese.phrase(holder)}的。",
        key,
    )


@rule(2)
def profession(sampler: Sampler) -> Sentence:
    """My uncle is a doctor."""
    entry = sampler.pick(lexicon.nouns_of("profession"))
    women = entry.gender == "f"
    while True:
        who = sampler.subject()
        if isinstance(who, NounPhrase) and (who.noun.gender == "f") == women:
            fits = who.determiner == "owner" and not who.plural and who.noun.gender != "p"
        else:
            fits = isinstance(who, Name) and (who.gender == "f") == women
            fits = fits or lemma(who) == ("she" if women else "he")
        if fits:
            break
    key = f"{lemma(who)}|be|{entry.english}|-"
    en, de, zh = english.phrase(who), german.phrase(who), chinese.phrase(who)
    word = f"{english.article(entry.english)} {entry.english}"
    draw = sampler.index(4)
    if draw == 0:
        return sentence(
            f"{en} wants to become {word}.", f"{de} will {entry.german} werden.",
            f"{zh}想当{entry.chinese}。", key,
        )  # fmt: skip
    if draw == 1:
        return sentence(
            f"{en} works as {word}.", f"{de} arbeitet als {entry.german}.",
            f"{zh}的职业是{entry.chinese}。", key,
        )  # fmt: skip
    if draw == 2:
        return sentence(f"is {en} {word}?", f"ist {de} {entry.german}?",
                        f"{zh}是{entry.chinese}吗？", key)  # fmt: skip
    return sentence(f"{en} is {word}.", f"{de} ist {entry.german}.",
                    f"{zh}是{entry.chinese}。", key)  # fmt: skip
