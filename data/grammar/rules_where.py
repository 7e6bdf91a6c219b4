"""Sentences about where things are and what is put there."""

from __future__ import annotations

from grammar import chinese, english, german, lexicon
from grammar.model import NounPhrase, Phrase, Sentence, lemma
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

SURFACES = ("table", "chair", "bed", "sofa", "shelf", "desk")


@rule(2.5)
def thing_at_place(sampler: Sampler) -> Sentence:
    """The key is on the table."""
    entry = sampler.pick(lexicon.nouns_of("lying", "standing"))
    base = sampler.pick([lexicon.noun(name) for name in SURFACES])
    if "furniture" in entry.classes and entry == base:
        return thing_at_place(sampler)
    under = sampler.chance(0.35)
    spot = ("under", "unter", "下面") if under else ("on", "auf", "上")
    owner = sampler.any(lexicon.PRONOUNS) if sampler.chance(0.4) else None
    item = NounPhrase(entry, "owner" if owner else "the", owner=owner)
    ground = NounPhrase(base)
    key = f"{entry.english}|be {spot[0]}|-|{base.english}"
    en = f"{spot[0]} {english.phrase(ground)}"
    de = f"{spot[1]} {german.phrase(ground, 'dat')}"
    zh = f"{base.chinese}{spot[2]}"
    if sampler.chance(0.4):
        count = 2 + sampler.index(6)
        several = NounPhrase(entry, "number", True, count=count)
        stands = "stehen" if "standing" in entry.classes else "liegen"
        return sentence(
            f"there are {english.phrase(several)} {en}.",
            f"{de} {stands} {german.phrase(several)}.",
            f"{zh}有{chinese.phrase(several)}。",
            key,
        )
    return sentence(
        f"{english.phrase(item)} is {en}.",
        f"{german.phrase(item)} ist {de}.",
        f"{chinese.phrase(item)}在{zh}。",
        key,
    )


@rule(1.5)
def put_away(sampler: Sampler) -> Sentence:
    """Put the book on the table."""
    entry = sampler.pick(lexicon.nouns_of("lying", "ware"))
    base = NounPhrase(sampler.pick([lexicon.noun(name) for name in SURFACES]))
    standing = "standing" in entry.classes
    verb = german_put(standing)
    who: Phrase = sampler.subject()
    item = sampler.described(NounPhrase(entry), 0.3)
    key = f"{lemma(who)}|put|{entry.english}|{base.noun.english}"
    en = f"{english.phrase(item)} on {english.phrase(base)}"
    de = f"{german.phrase(item, 'acc')} auf {german.phrase(base, 'acc')}"
    zh = f"把{chinese.phrase(item)}放在{base.noun.chinese}上"
    draw = sampler.index(3)
    if draw == 0:
        key = f"you|put|{entry.english}|{base.noun.english}"
        return sentence(f"please put {en}.", f"{verb[0]} bitte {de}.", f"请{zh}。", key)
    if draw == 1:
        finite = german.PRESENT["haben"][german.forms_index(who)]
        return sentence(
            f"{english.phrase(who)} put {en}.",
            f"{german.phrase(who)} {finite} {de} {verb[1]}.",
            f"{chinese.phrase(who)}{zh}了。",
            key,
        )
    finite = german.MODALS["can"][german.forms_index(who)]
    return sentence(
        f"{english.phrase(who)} can put {en}.",
        f"{german.phrase(who)} {finite} {de} {verb[2]}.",
        f"{chinese.phrase(who)}可以{zh}。",
        key,
    )


def german_put(standing: bool) -> tuple[str, str, str]:
    """Command, participle and infinitive of put: stellen for what stands, else legen."""
    return ("stell", "gestellt", "stellen") if standing else ("leg", "gelegt", "legen")


@rule(2)
def there_is(sampler: Sampler) -> Sentence:
    """There is a bank next to the station."""
    pool = lexicon.nouns_of("building")
    first, second = sampler.pick(pool), sampler.pick(pool)
    if first == second:
        return there_is(sampler)
    spots = (("next to", "neben", "旁边"), ("behind", "hinter", "后面"),
             ("in front of", "vor", "前面"), ("opposite", "gegenüber", "对面"),
             ("near", "in der Nähe von", "附近"))  # fmt: skip
    spot = sampler.any(spots)
    base = NounPhrase(second)
    item = sampler.described(NounPhrase(first, "a"), 0.4)
    key = f"{first.english}|there is|{spot[0]}|{second.english}"
    where = german.with_preposition("von", "dat", base)
    de = f"in der Nähe {where}" if spot[0] == "near" else f"{spot[1]} {german.phrase(base, 'dat')}"
    en = f"{spot[0]} {english.phrase(base)}"
    zh = f"{base.noun.chinese}{spot[2]}"
    if sampler.chance(0.3):
        return sentence(
            f"is there {english.phrase(item)} {en}?",
            f"gibt es {german.phrase(item, 'acc')} {de}?",
            f"{zh}有{chinese.phrase(item, bare=True)}吗？",
            key,
        )
    if sampler.chance(0.4):
        the = NounPhrase(first)
        return sentence(
            f"{english.phrase(the)} is {en}.",
            f"{german.phrase(the)} ist {de}.",
            f"{chinese.phrase(the)}在{zh}。",
            key,
        )
    return sentence(
        f"there is {english.phrase(item)} {en}.",
        f"es gibt {german.phrase(item, 'acc')} {de}.",
        f"{zh}有{chinese.phrase(item)}。",
        key,
    )
