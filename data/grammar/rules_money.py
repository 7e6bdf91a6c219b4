"""Sentences about prices, shopping and polite requests."""

from __future__ import annotations

from grammar import chinese, english, german, lexicon
from grammar.model import (
    Clause,
    Noun,
    NounPhrase,
    Phrase,
    Sentence,
    lemma,
)
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

PRICES = (2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75, 80, 90, 99)
GOODS = ("clothes", "ware", "gadget", "machine", "furniture", "instrument", "luggage", "fruit",
         "plant", "vehicle", "small", "reading", "textile", "device")  # fmt: skip
CURRENCIES = (("euros", "Euro", "欧元"), ("dollars", "Dollar", "美元"), ("yuan", "Yuan", "块"))


def price(sampler: Sampler, entry: Noun) -> tuple[str, str, str]:
    """An amount of money in the three languages that the thing may well cost."""
    classes = set(entry.classes)
    value = sampler.pick(PRICES)
    if "vehicle" in classes:
        value = (1 + sampler.index(9)) * 1000
    elif classes & {"machine", "gadget", "instrument", "furniture"}:
        value = (1 + sampler.index(9)) * 100
    money = sampler.any(CURRENCIES)
    return (f"{english.number(value)} {money[0]}", f"{german.number(value)} {money[1]}",
            f"{chinese.counted(value)}{money[2]}")  # fmt: skip


def goods(sampler: Sampler) -> NounPhrase:
    """Something for sale."""
    entry = sampler.pick([one for one in lexicon.nouns_of(*GOODS) if one.countable])
    return sampler.described(NounPhrase(entry, sampler.any(("this", "the")), marked=True), 0.5)


@rule(2.5)
def prices(sampler: Sampler) -> Sentence:
    """This shirt costs twenty euros."""
    item = goods(sampler)
    en, de, zh = price(sampler, item.noun)
    said = english.phrase(item), german.phrase(item), chinese.phrase(item)
    key = f"{item.noun.english}|cost|{en}|-"
    if sampler.chance(0.3):
        whole = f"{item.noun.english}|cost|how much|{item.adjective and item.adjective.english}"
        return sentence(f"how much does {said[0]} cost?", f"wie viel kostet {said[1]}?",
                        f"{said[2]}多少钱？", whole)  # fmt: skip
    return sentence(f"{said[0]} costs {en}.", f"{said[1]} kostet {de}.", f"{said[2]}{zh}。", key)


@rule(2)
def payment(sampler: Sampler) -> Sentence:
    """I paid twenty euros for the shirt."""
    who, item = sampler.subject(adult=True), goods(sampler)
    en, de, zh = price(sampler, item.noun)
    key = f"{lemma(who)}|pay|{item.noun.english}|{en}"
    finite = german.PRESENT["haben"][german.forms_index(who)]
    return sentence(
        f"{english.phrase(who)} paid {en} for {english.phrase(item)}.",
        f"{german.phrase(who)} {finite} {de} für {german.phrase(item, 'acc')} bezahlt.",
        f"{chinese.phrase(who)}为{chinese.phrase(item)}付了{zh}。",
        key,
    )


@rule(4)
def shopping(sampler: Sampler) -> Sentence:
    """I would like three apples, please."""
    if sampler.chance(0.35):
        return weighed(sampler)
    edible = sampler.chance(0.5)
    classes = ("food", "portion", "bite", "grocery") if edible else ("plant", "ware", "textile")
    entry = sampler.pick([one for one in lexicon.nouns_of(*classes) if one.countable])
    count = 1 + sampler.index(8)
    item = NounPhrase(entry, "a" if count == 1 else "number", count > 1, count=count)
    key = f"would like|{count}|{entry.english}|-"
    en, de, zh = english.phrase(item), german.phrase(item, "acc"), chinese.phrase(item)
    draw = sampler.index(3)
    if draw == 0:
        return sentence(f"I would like {en}, please.", f"ich möchte bitte {de}.",
                        f"请给我{zh}。", key)  # fmt: skip
    who = sampler.subject()
    key = f"{lemma(who)}|would like|{count} {entry.english}|-"
    forms = ("möchte", "möchtest", "möchte", "möchten")
    finite = forms[german.forms_index(who)]
    if draw == 1:
        return sentence(
            f"would {english.phrase(who)} like {en}?", f"{finite} {german.phrase(who)} {de}?",
            f"{chinese.phrase(who)}想要{zh}吗？", key,
        )  # fmt: skip
    return sentence(
        f"{english.phrase(who)} would like {en}.", f"{german.phrase(who)} {finite} {de}.",
        f"{chinese.phrase(who)}想要{zh}。", key,
    )  # fmt: skip


def weighed(sampler: Sampler) -> Sentence:
    """I would like some butter, please."""
    item = NounPhrase(
        sampler.pick(
            (
                *lexicon.nouns_of("staple"),
                *lexicon.nouns_of("staple"),
                *lexicon.nouns_of("staple", "massfood"),
                lexicon.noun("help"),
            )
        ),
        "some",
    )
    who: Phrase = sampler.subject()
    en, de, zh = english.phrase(item), german.phrase(item, "acc"), chinese.phrase(item)
    if sampler.chance(0.2):
        return sentence(f"I would like {en}, please.", f"ich möchte bitte {de}.",
                        f"请给我{zh}。", f"please|would like|{item.noun.english}|-")  # fmt: skip
    finite = german.PRESENT["brauchen"][german.forms_index(who)]
    needs = "needs" if english.is_third(who) else "need"
    return sentence(
        f"{english.phrase(who)} {needs} {en}.",
        f"{german.phrase(who)} {finite} {de}.",
        f"{chinese.phrase(who)}需要{zh}。",
        f"{lemma(who)}|need|{item.noun.english}|-",
    )


@rule(1.5)
def enough_money(sampler: Sampler) -> Sentence:
    """I don't have enough money for this jacket."""
    who, item = sampler.subject(adult=True), goods(sampler)
    negative = sampler.chance(0.6)
    inner = Clause(who, lexicon.verb("have", flag="stative"), negative=negative)
    finite = german.PRESENT["haben"][german.forms_index(who)]
    de = german.joined(german.phrase(who), finite, "nicht" if negative else "")
    return sentence(
        f"{english.clause(inner)} enough money for {english.phrase(item)}.",
        f"{de} genug Geld für {german.phrase(item, 'acc')}.",
        f"{chinese.phrase(who)}{'没有' if negative else '有'}足够的钱买{chinese.phrase(item)}。",
        f"{lemma(who)}|enough money|{item.noun.english}|-",
    )


@rule(2)
def polite(sampler: Sampler) -> Sentence:
    """Excuse me, sir, where is the station?"""
    open_, greet, zh_open = sampler.any(
        (("excuse me, sir", "entschuldigen Sie, mein Herr", "先生，请问"),
         ("excuse me, madam", "entschuldigen Sie, meine Dame", "女士，请问"))
    )  # fmt: skip
    place = sampler.pick([one for one in lexicon.places_of("goal", "city")
                          if one.name not in ("home", "work")])  # fmt: skip
    entry = sampler.pick([one for one in lexicon.nouns_of(*GOODS, "food") if one.countable])
    thing = NounPhrase(entry, "this")
    building = NounPhrase(sampler.pick(lexicon.nouns_of("building")))
    options = (
        (f"where is {english.phrase(building)}", f"wo ist {german.phrase(building)}",
         f"{chinese.phrase(building)}在哪儿", building.noun.english),
        (f"how do I get {place.english_to}", f"wie komme ich {place.german_to}",
         f"去{place.chinese}怎么走", place.name),
        (f"do you have {english.phrase(NounPhrase(entry, 'bare', True))}",
         f"haben Sie {german.phrase(NounPhrase(entry, 'bare', True), 'acc')}",
         f"您有{entry.chinese}吗", entry.english),
        (f"how much does {english.phrase(thing)} cost", f"wie viel kostet {german.phrase(thing)}",
         f"{chinese.phrase(thing)}多少钱", entry.english),
        (f"can you show me {english.phrase(thing)}",
         f"können Sie mir {german.phrase(thing, 'acc')} zeigen",
         f"您能给我看{chinese.phrase(thing)}吗", entry.english),
    )  # fmt: skip
    number = sampler.index(len(options))
    en, de, zh, held = options[number]
    return sentence(f"{open_}, {en}?", f"{greet}, {de}?", f"{zh_open}{zh}？",
                    f"{open_}|{number}|{held}|-")  # fmt: skip
