"""English: noun phrases, and clauses with do-support and irregular forms."""

from __future__ import annotations

from grammar.model import (
    Adjective,
    Clause,
    Name,
    NounPhrase,
    Phrase,
    Pronoun,
    Verb,
    is_plural,
    listed,
    person,
)

MODALS = ("can", "must", "should", "may", "future")
NEGATED = {
    "can": "can't",
    "must": "must not",
    "should": "shouldn't",
    "may": "may not",
    "future": "won't",
    "do": "don't",
    "does": "doesn't",
    "did": "didn't",
    "is": "isn't",
    "are": "aren't",
    "am": "am not",
    "was": "wasn't",
    "were": "weren't",
    "had": "hadn't",
}
SMALL = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
TENS = listed("- - twenty thirty forty fifty sixty seventy eighty ninety")


def number(value: int) -> str:
    """A number below ten thousand in words."""
    if value < 20:
        return SMALL[value]
    if value < 100:
        return TENS[value // 10] + ("-" + SMALL[value % 10] if value % 10 else "")
    size, word = (1000, " thousand") if value >= 1000 else (100, " hundred")
    head, rest = divmod(value, size)
    link = " and " if rest < 100 else " "
    return SMALL[head] + word + (link + number(rest) if rest else "")


def joined(*parts: str) -> str:
    """The parts with single spaces between them, empty ones left out."""
    return " ".join(part for part in parts if part)


def article(following: str) -> str:
    """A or an, by the sound that follows."""
    silent = following.startswith(("hour", "honest"))
    glide = following.startswith(("uni", "use", "one", "euro"))
    return "an" if silent or (following[0] in "aeiou" and not glide) else "a"


def possessive(owner: Pronoun | Name | None) -> str:
    """The possessive form of a pronoun or name."""
    if isinstance(owner, Name):
        return owner.english + "'s"
    return owner.english_possessive if owner else ""


def phrase(item: Phrase, as_object: bool = False) -> str:
    """A noun phrase, pronoun or name."""
    if isinstance(item, Pronoun):
        return item.english_object if as_object else item.english
    if isinstance(item, Name):
        return item.english
    entry = item.noun
    modifier = item.adjective.english if item.adjective else ""
    head = joined(modifier, entry.english_plural if item.plural else entry.english)
    word = item.determiner
    if word == "this" and is_plural(item):
        word = "these"
    elif word == "a":
        word = article(head)
    elif word == "bare":
        word = ""
    elif word == "number":
        word = number(item.count)
    elif word == "owner":
        word = possessive(item.owner)
    elif word == "how many" and not item.plural:
        word = "how much"
    text = joined(word, head)
    return joined(text, relative(item)) if item.relative else text


def relative(item: NounPhrase) -> str:
    """The relative clause of a noun phrase."""
    inner = item.relative
    assert inner is not None
    living = ("human", "profession", "kin", "friend", "superior", "spouse", "pairkin")
    pronoun = "who" if set(item.noun.classes) & set(living) else "that"
    return joined(pronoun, clause(inner))


def copula(subject: Phrase, past: bool) -> str:
    """The form of be that agrees with the subject."""
    if past:
        return "were" if is_plural(subject) or person(subject) == 2 else "was"
    if is_plural(subject) or person(subject) == 2:
        return "are"
    return "am" if person(subject) == 1 else "is"


def is_third(subject: Phrase) -> bool:
    """Whether the subject takes the -s form."""
    return person(subject) == 3 and not is_plural(subject)


def auxiliary(inner: Clause) -> tuple[str, str]:
    """The auxiliary, empty in plain affirmative clauses, and the form of the main verb."""
    base, third, past, participle, progressive = inner.verb.english
    subject, tense = inner.subject, inner.tense
    if tense in MODALS:
        return tense, base
    if tense == "progressive":
        return copula(subject, past=False), progressive
    if tense == "past perfect":
        return "had", participle
    if tense == "experience":
        return ("has" if is_third(subject) else "have"), participle
    if base == "be":
        return copula(subject, past=tense == "past"), ""
    if tense == "want":
        return ("does" if is_third(subject) else "do"), "want to " + base
    if tense == "had to":
        return "did", "have to " + base
    if tense == "wanted":
        return "did", "want to " + base
    if tense == "past":
        return "did", base
    return ("does" if is_third(subject) else "do"), base


def plain_finite(inner: Clause) -> str:
    """The finite verb of an affirmative clause without an auxiliary."""
    base, third, past, _, _ = inner.verb.english
    match inner.tense:
        case "past":
            return past
        case "want":
            return ("wants to " if is_third(inner.subject) else "want to ") + base
        case "wanted":
            return "wanted to " + base
        case "had to":
            return "had to " + base
    return third if is_third(inner.subject) else base


def verb_words(inner: Clause, question: bool) -> tuple[str, str]:
    """The auxiliary that may be moved to the front, and the remaining verb words."""
    helper, main = auxiliary(inner)
    if helper in ("do", "does", "did") and not inner.negative and not question:
        return "", plain_finite(inner)
    if inner.negative:
        helper = NEGATED[helper]
    elif helper == "future":
        helper = "will"
    return helper, main


def objects(verb: Verb, inner: Clause) -> str:
    """Receiver, object and particle in their order."""
    thing = ""
    if inner.object is not None and inner.gap != "object":
        thing = phrase(inner.object, as_object=True)
    receiver = phrase(inner.receiver, as_object=True) if inner.receiver else ""
    if "~" in verb.english_pattern:
        first, _, last = verb.english_pattern.partition("~")
        if last and not isinstance(inner.object, Pronoun):
            # Pick him up, but pick up my brother.
            first, last = last, ""
        return joined(receiver, first.strip(), thing, last.strip())
    return joined(verb.english_pattern, receiver, thing)


def tail(inner: Clause) -> str:
    """Everything that follows the verb."""
    parts = [objects(inner.verb, inner)]
    if isinstance(inner.predicate, Adjective):
        parts.append(joined(inner.degree, inner.predicate.english))
    elif inner.predicate:
        parts.append(phrase(inner.predicate))
    if inner.goal:
        parts.append(inner.goal.english_to)
    if inner.vehicle:
        parts.append("by " + inner.vehicle.english)
    if inner.companion:
        parts.append("with " + phrase(inner.companion, as_object=True))
    if inner.place:
        parts.append(inner.place.english_at)
    if inner.time and not inner.time_first:
        parts.append(inner.time.english)
    if inner.adverb == "before":
        parts.append(inner.adverb)
    return joined(*parts)


def clause(inner: Clause, order: str = "statement", front: str = "") -> str:
    """The clause as a statement, question, command or infinitive; no final mark."""
    subject = "" if inner.gap == "subject" else phrase(inner.subject)
    if order == "infinitive":
        return joined("to", inner.verb.english[0], tail(inner))
    if order == "command":
        start = "don't" if inner.negative else ""
        return joined(start, inner.verb.english[0], tail(inner))
    asked = order == "question" and inner.gap != "subject"
    helper, main = verb_words(inner, question=asked)
    adverb = "" if inner.adverb == "before" else inner.adverb
    early = inner.time.english if inner.time and inner.time_first else ""
    if asked:
        return joined(front, helper, subject, adverb, main, tail(inner))
    return joined(front, early, subject, helper, adverb, main, tail(inner))
