"""Drawing whole clauses: a verb with everything its frame asks for."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.model import Clause, NounPhrase, Phrase, Time, Verb
from grammar.sampler import HOURS, KINDS, PERSONS, Sampler

EVENTS = ("past", "past perfect")
PEOPLE = (*PERSONS, "person", "profession", "human", "young", "sibling")
COMPANY = ("sleep", "wake", "cry", "get", "meditate", "do", "work", "smoke", "surf", "phone")


def kind(verb: Verb) -> str:
    """The frame of the verb: object, plain, goal or receiver."""
    return KINDS.get(verb.case, "object")


def allowed(verb: Verb, tense: str, negative: bool) -> bool:
    """Whether the verb makes sense in this tense and polarity."""
    flags = set(verb.flags)
    if negative and "noneg" in flags:
        return False
    if tense == "present":
        return bool(flags & {"often", "stative", "many"})
    if "stative" in flags:
        return False
    if tense in EVENTS:
        return True
    if "past" in flags:
        return False
    if tense == "progressive":
        return not flags & {"noprog", "clock"} or "breakfast" in verb.english_pattern
    if tense == "command" and flags & {"noimp", "skill"}:
        return False
    return "noplan" not in flags


def choose_verb(sampler: Sampler, tense: str, kinds: tuple[str, ...], negative: bool) -> Verb:
    """A verb of one of the kinds that fits the tense."""
    while True:
        wanted = sampler.any(kinds)
        pool = [verb for verb in lexicon.verbs() if kind(verb) == wanted]
        pool = [verb for verb in pool if allowed(verb, tense, negative)]
        if pool:
            return sampler.pick(pool)


def clock(sampler: Sampler, about: str) -> Time:
    """A time of day that fits the activity."""
    low, high = HOURS.get(about, (7, 10))
    hour = low + sampler.index(high - low + 1)
    after = 1 if hour == 12 else hour + 1
    if sampler.chance(0.4):
        return Time(
            f"at half past {english.number(hour)}",
            f"um halb {german.number(after)}",
            f"{chinese.counted(hour)}点半",
        )
    spoken = "ein" if hour == 1 else german.number(hour)
    return Time(
        f"at {english.number(hour)} o'clock", f"um {spoken} Uhr", f"{chinese.counted(hour)}点"
    )


def combined(day: Time, hour: Time) -> Time:
    """A day and a time of day in one adverbial."""
    return Time(
        f"{day.english} {hour.english}",
        f"{day.german} {hour.german}",
        f"{day.chinese}{hour.chinese}",
        day.uses,
    )


def time_for(sampler: Sampler, verb: Verb, tense: str, thing: Phrase | None) -> Time | None:
    """A time that fits tense and activity."""
    about, near = verb.english_pattern, "clock" in verb.flags
    if isinstance(thing, NounPhrase) and "meal" in thing.noun.classes:
        about, near = thing.noun.english, True
    if verb.english[0] == "travel":
        about = "travel"
    if tense in ("past", "had to", "wanted"):
        use = "past"
    elif tense == "present":
        if "often" not in verb.flags and "many" not in verb.flags:
            return None
        use = "habit"
    elif tense in ("progressive", "past perfect", "command"):
        return None
    else:
        use = "future"
    if "clock" in verb.flags and sampler.chance(0.6):
        hour = clock(sampler, about)
        if sampler.chance(0.4):
            return hour
        return combined(sampler.time(use, about, near), hour)
    return sampler.time(use, about, near)


def draw_object(sampler: Sampler, verb: Verb, subject: Phrase, tense: str) -> Phrase | None:
    """An object for the verb; none when no fitting one was found."""
    classes = verb.objects
    if "many" in verb.flags and tense == "present":
        classes = ("food", "massfood", "drink", "grocery")
        found = sampler.thing(classes, subject)
        return NounPhrase(found.noun, "bare", found.noun.countable)
    persons = [name for name in classes if name in PEOPLE]
    things = [name for name in classes if name not in PEOPLE]
    people = len(persons) / len(classes)
    if persons and sampler.chance(people) and verb.english[0] != "have":
        return sampler.person(persons, subject)
    if verb.english[0] == "have" and sampler.chance(0.2):
        entry = sampler.pick(lexicon.nouns_of("sibling"))
        count = 2 + sampler.index(3) if sampler.chance(0.5) else 0
        return NounPhrase(entry, "number" if count else "a", bool(count), count=count)
    item = sampler.thing(things, subject, verb)
    habitual = tense in ("present", "progressive") and "stative" not in verb.flags
    if habitual and item.determiner in ("some", "number") and "have" not in verb.english:
        if " of " in item.noun.english:
            # Nobody drinks cups of coffee without a number.
            return replace(item, determiner="a", count=0, plural=False)
        determiner = "the" if "often" not in verb.flags else "bare"
        return replace(item, determiner=determiner, count=0, plural=determiner == "bare")
    return item


def draw_clause(sampler: Sampler, tense: str = "past", negative: bool = False,
                kinds: tuple[str, ...] = ("object", "object", "plain", "goal", "receiver"),
                subject: Phrase | None = None, verb: Verb | None = None,
                timed: float = 0.7, placed: float = 0.55) -> Clause:  # fmt: skip
    """A clause in this tense; what is not given is drawn."""
    while True:
        chosen = verb or choose_verb(sampler, tense, kinds, negative)
        if not allowed(chosen, tense, negative):
            raise ValueError(f"{chosen.name} does not go with {tense}")
        if not verb and not timed and "clock" in chosen.flags and tense in EVENTS:
            # Getting up and the like are worth telling only with a time.
            continue
        adult = "adult" in chosen.flags
        who = subject or sampler.subject(adult)
        if adult and isinstance(who, NounPhrase) and "young" in who.noun.classes:
            if subject and verb:
                raise ValueError("a child as the subject of an adult's verb")
            continue
        inner = Clause(who, chosen, tense=tense, negative=negative)
        full = fill(sampler, inner, timed, placed)
        if full:
            return full


def fill(sampler: Sampler, inner: Clause, timed: float, placed: float) -> Clause | None:
    """The clause with its object, receiver, destination, place, company and time."""
    verb, who = inner.verb, inner.subject
    parts: dict[str, object] = {}
    if verb.case == "goal":
        parts["goal"] = sampler.place(*verb.places)
        if "city" not in verb.places and sampler.chance(0.2):
            parts["companion"] = sampler.person(("kin", "friend", "partner"), who)
    elif verb.case == "rec":
        parts["receiver"] = sampler.person(("kin", "friend", "person"), who)
        parts["object"] = sampler.thing(verb.objects, who, verb)
        if parts["receiver"] is None:
            return None
    elif kind(verb) == "object":
        parts["object"] = draw_object(sampler, verb, who, inner.tense)
        if parts["object"] is None:
            return None
    item = parts.get("object")
    if inner.negative and isinstance(item, NounPhrase) and item.determiner in ("some", "number"):
        parts["object"] = item = replace(
            item, determiner="a" if verb.english[0] == "have" else "the", plural=False, count=0
        )
    static = inner.tense in ("may",) or "stative" in verb.flags
    if kind(verb) in ("object", "plain") and not static and sampler.chance(placed):
        fitting = lexicon.places_of(*verb.places)
        if fitting:
            parts["place"] = sampler.pick(fitting)
        elif kind(verb) == "plain" and not (verb.english[0] in COMPANY or "clock" in verb.flags):
            parts["companion"] = sampler.person(("kin", "friend", "partner"), who)
    if timed and verb.english[0] == verb.english[2]:
        # I read: only a time tells the present from the past.
        timed = 1
    if sampler.chance(timed):
        shown = item if isinstance(item, NounPhrase) else None
        parts["time"] = time_for(sampler, verb, inner.tense, shown)
    return replace(inner, **parts)
