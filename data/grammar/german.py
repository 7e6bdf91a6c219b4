"""German: noun phrases with case and agreement, clauses with the verb in its place."""

from __future__ import annotations

from grammar.german_tables import (
    ADVERBS,
    DEGREES,
    DER,
    EIN,
    EXPERIENCES,
    MODALS,
    PRESENT,
    PRETERITE,
    STRONG,
    contracted,
    number,
)
from grammar.model import (
    Adjective,
    Clause,
    Name,
    NounPhrase,
    Phrase,
    Pronoun,
    Verb,
    is_definite,
    is_plural,
    person,
)


def joined(*parts: str) -> str:
    """The parts with single spaces between them, empty ones left out."""
    return " ".join(part for part in parts if part)


def gender(phrase: NounPhrase) -> str:
    """The column of the tables: m, f, n or p for the plural."""
    return "p" if is_plural(phrase) else phrase.noun.gender


def noun_form(phrase: NounPhrase, case: str) -> str:
    """The noun in its case."""
    entry = phrase.noun
    if is_plural(phrase):
        head, _, tail = entry.german_plural.partition(" ")
        needs_n = case == "dat" and head[-1] not in "ns" and not tail
        return entry.german_plural + ("n" if needs_n else "")
    return entry.german_plural if entry.weak and case != "nom" else entry.german


def determiner(phrase: NounPhrase, case: str) -> tuple[str, str]:
    """The determiner and the declension it asks of an adjective: weak, mixed or strong."""
    column = gender(phrase)
    match phrase.determiner:
        case "the":
            return DER[case][column], "weak"
        case "this":
            return "dies" + STRONG[case][column], "weak"
        case "which":
            return "welch" + STRONG[case][column], "weak"
        case "a":
            return "ein" + EIN[case][column], "mixed"
        case "no":
            return "kein" + EIN[case][column], "mixed"
        case "some":
            return ("einige" + ("n" if case == "dat" else "")) if column == "p" else "etwas", (
                "strong"
            )
        case "number":
            return number(phrase.count), "strong"
        case "how many":
            return "wie viele" if column == "p" else "wie viel", "strong"
        case "owner":
            return possessive(phrase.owner, EIN[case][column]), "mixed"
    if "meal" in phrase.noun.classes:
        return DER[case][column], "weak"
    return "", "strong"


def possessive(owner: Pronoun | Name | None, ending: str) -> str:
    """A possessive pronoun with its ending, or a name in the genitive."""
    if isinstance(owner, Name):
        ending = "'" if owner.german[-1] in "sxzß" else "s"
        return owner.german.replace("Herr ", "Herrn ") + ending
    return (owner.possessive if owner else "") + ending


def adjective_form(word: Adjective, phrase: NounPhrase, case: str, kind: str) -> str:
    """The attributive adjective with its ending."""
    column = gender(phrase)
    named = phrase.determiner == "owner" and isinstance(phrase.owner, Name)
    if kind == "strong" or named:
        ending = STRONG[case][column]
    elif column == "p" or case == "dat" or (case == "acc" and column == "m"):
        ending = "en"
    elif kind == "mixed":
        ending = STRONG["nom"][column]
    else:
        ending = "e"
    return word.german_stem + ending


def phrase(item: Phrase, case: str = "nom") -> str:
    """A noun phrase, pronoun or name in its case."""
    if isinstance(item, Pronoun):
        return {"nom": item.nominative, "acc": item.accusative, "dat": item.dative}[case]
    if isinstance(item, Name):
        return item.german if case == "nom" else item.german.replace("Herr ", "Herrn ")
    word, kind = determiner(item, case)
    modifier = adjective_form(item.adjective, item, case, kind) if item.adjective else ""
    text = joined(word, modifier, noun_form(item, case))
    if item.relative:
        text += ", " + relative(item) + ","
    return text


def relative(item: NounPhrase) -> str:
    """The relative clause of a noun phrase, without commas."""
    inner = item.relative
    assert inner is not None
    case = "nom"
    if inner.gap == "object":
        case = "dat" if inner.verb.case == "dat" else "acc"
    pronoun = "denen" if case == "dat" and is_plural(item) else DER[case][gender(item)]
    return joined(pronoun, clause(inner, "last"))


def with_preposition(preposition: str, case: str, item: Phrase) -> str:
    """A preposition with its phrase, melted with the article where possible."""
    return contracted(f"{preposition} {phrase(item, case)}")


def forms_index(subject: Phrase) -> int:
    """Which of the four finite forms agrees with the subject: ich, du, er or wir."""
    return 3 if is_plural(subject) else person(subject) - 1


def present(verb: Verb, index: int) -> str:
    """The finite present form without its prefix."""
    if verb.infinitive in PRESENT:
        return PRESENT[verb.infinitive][index]
    stem = verb.infinitive[:-2] if verb.infinitive.endswith("en") else verb.infinitive[:-1]
    return (stem + "e", verb.german_du, verb.german_er, verb.infinitive)[index]


def verb_group(inner: Clause) -> tuple[str, str, str]:
    """The finite verb, its separated prefix and the words at the end of the clause."""
    verb, index, tense = inner.verb, forms_index(inner.subject), inner.tense
    if tense == "must" and inner.negative:
        # Must not forbids, as nicht dürfen does; nicht müssen would only release.
        tense = "may"
    if tense in MODALS:
        return MODALS[tense][index], "", verb.prefix + verb.infinitive
    if tense == "experience":
        return PRESENT[verb.auxiliary][index], "", verb.participle
    if tense == "past" and verb.infinitive in PRETERITE:
        return PRETERITE[verb.infinitive][index], "", ""
    if tense == "past":
        return PRESENT[verb.auxiliary][index], "", verb.participle
    if tense == "past perfect":
        return PRETERITE[verb.auxiliary][index], "", verb.participle
    return present(verb, index), verb.prefix, ""


def complement(inner: Clause) -> str:
    """The part that stands right before the end of the clause."""
    parts = [inner.verb.fixed]
    if inner.goal:
        parts.append(inner.goal.german_to)
    if isinstance(inner.predicate, Adjective):
        parts.append(joined(DEGREES[inner.degree], inner.predicate.german))
    elif inner.predicate:
        parts.append(phrase(inner.predicate))
    return joined(*parts)


def object_phrase(inner: Clause) -> str:
    """The object in its case or with its preposition; kein where the clause is negative."""
    item, case = inner.object, inner.verb.case
    if item is None or inner.gap == "object":
        return ""
    if takes_kein(inner) and isinstance(item, NounPhrase):
        item = NounPhrase(item.noun, "no", item.plural, item.adjective)
    if "+" in case:
        return with_preposition(*case.split("+"), item)
    return phrase(item, "dat" if case == "dat" else "acc")


def takes_kein(inner: Clause) -> bool:
    """Whether the negation melts with an indefinite object."""
    item = inner.object
    indefinite = isinstance(item, NounPhrase) and item.determiner in ("a", "bare")
    return inner.negative and indefinite and inner.verb.case in ("acc", "rec")


def middle(inner: Clause) -> str:
    """Everything between the finite verb (and its subject) and the end of the clause."""
    thing, item = object_phrase(inner), inner.object
    pronominal = isinstance(item, Pronoun) and "+" not in inner.verb.case
    definite = bool(item) and is_definite(item) and "+" not in inner.verb.case
    # Pronouns come first, known things before and new things after the adverbials.
    reflexive = ""
    if inner.verb.case == "refl":
        reflexive = inner.subject.reflexive if isinstance(inner.subject, Pronoun) else "sich"
    receiver = phrase(inner.receiver, "dat") if inner.receiver else ""
    time = inner.time.german if inner.time and not inner.time_first else ""
    adverb = "gerade" if inner.tense == "progressive" else ADVERBS.get(inner.adverb, "")
    lived = EXPERIENCES.get(inner.adverb, "") if inner.tense == "experience" else ""
    adverb = "" if lived else adverb
    negation = "nicht" if inner.negative and not takes_kein(inner) else ""
    company = with_preposition("mit", "dat", inner.companion) if inner.companion else ""
    vehicle = ""
    if inner.vehicle:
        vehicle = with_preposition("mit", "dat", NounPhrase(inner.vehicle))
    place = inner.place.german_at if inner.place else ""
    circumstances = joined(company, vehicle, place)
    early = thing if pronominal else ""
    if definite and not pronominal:
        order = (adverb, thing, time, lived, negation, circumstances)
    else:
        order = (time, adverb, lived, negation, circumstances, "" if pronominal else thing)
    return joined(reflexive, early, receiver, *order, complement(inner))


def clause(inner: Clause, order: str = "second", front: str = "") -> str:
    """The clause with the finite verb second, first or last, as a command or with zu.

    `front` is a question word or other phrase that stands before the finite verb.
    """
    finite, prefix, end = verb_group(inner)
    subject = "" if inner.gap == "subject" else phrase(inner.subject)
    inside = middle(inner)
    early = inner.time.german if inner.time and inner.time_first else ""
    verb = inner.verb
    match order:
        case "last":
            return joined(subject, early, inside, end, prefix + finite)
        case "first":
            return joined(front, finite, subject, early, inside, prefix, end)
        case "command":
            return joined(verb.imperative, front, inside, prefix)
        case "infinitive":
            return joined(inside, verb.prefix + verb.infinitive)
        case "zu":
            together = f"{verb.prefix}zu{verb.infinitive}" if verb.prefix else ""
            return joined(inside, together or f"zu {verb.infinitive}")
    opening = front or early
    if opening:
        return joined(opening, finite, subject, inside, prefix, end)
    return joined(subject, finite, inside, prefix, end)
