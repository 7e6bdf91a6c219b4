"""Chinese: measure words, aspect, negation, and time and place before the verb."""

from __future__ import annotations

from grammar.model import (
    Adjective,
    Clause,
    Name,
    NounPhrase,
    Phrase,
    Pronoun,
    is_definite,
    is_plural,
)

DIGITS = "零一二三四五六七八九"
FAMILY = ("kin", "pairkin", "partner", "spouse")
PEOPLE = ("human", "profession", "friend", "kin", "superior")
MODALS = {
    "can": ("能", "不能"),
    "must": ("必须", "不准"),
    "should": ("应该", "不应该"),
    "may": ("可以", "不可以"),
    "want": ("想", "不想"),
    "wanted": ("想", "不想"),
    "future": ("会", "不会"),
    "had to": ("不得不", "不用"),
}
ADVERBS = {
    "always": "总是",
    "often": "经常",
    "usually": "通常",
    "sometimes": "有时候",
    "rarely": "很少",
    "never": "从来不",
}
EXPERIENCES = {"ever": "", "never": "从来没", "before": "以前"}
# The experience of seeing or repairing says nothing about its result.
LIVED = {"看见": "见过", "修理": "修理过"}
PLANNED = ("future", "must", "should", "had to", "command", "infinitive")
RIDING = {"bicycle": "骑", "motorcycle": "骑", "car": "开"}


def number(value: int) -> str:
    """A number below ten thousand in characters, as it is read out."""
    if value < 10:
        return DIGITS[value]
    if value < 100:
        head = "" if value < 20 else DIGITS[value // 10]
        return head + "十" + (DIGITS[value % 10] if value % 10 else "")
    size, word = (1000, "千") if value >= 1000 else (100, "百")
    head, rest = divmod(value, size)
    if not rest:
        return counted(head) + word
    gap = "零" if rest < size // 10 else ""
    teen = "一" if 10 <= rest < 20 else ""
    return counted(head) + word + gap + teen + number(rest)


def counted(value: int) -> str:
    """A number before a measure word: two is 两 there."""
    return "两" if value == 2 else number(value)


def possessive(owner: Pronoun | Name | None, family: bool) -> str:
    """The owner with 的, or without it before members of the family."""
    assert owner is not None
    close = family and isinstance(owner, Pronoun)
    return owner.chinese + ("" if close else "的")


def determiner(item: NounPhrase) -> str:
    """The determiner with its measure word."""
    measure = item.noun.measure
    person_like = bool(set(item.noun.classes) & set(PEOPLE))
    match item.determiner:
        case "the":
            if not (item.relative or item.marked):
                return ""
            return "那" + ("些" if is_plural(item) else measure)
        case "this":
            return "这" + ("些" if is_plural(item) else measure)
        case "which":
            return "哪" + ("些" if is_plural(item) else measure)
        case "a":
            return "一" + measure
        case "some":
            return "几" + measure if person_like else "一些"
        case "number":
            return counted(item.count) + measure
        case "how many":
            return "多少" + (measure if item.noun.countable else "")
        case "owner":
            return possessive(item.owner, bool(set(item.noun.classes) & set(FAMILY)))
    return ""


def phrase(item: Phrase, bare: bool = False) -> str:
    """A noun phrase, pronoun or name; `bare` drops the indefinite article."""
    if isinstance(item, Pronoun | Name):
        return item.chinese
    before = "" if bare and item.determiner == "a" else determiner(item)
    modifier = item.adjective.chinese_attributive if item.adjective else ""
    if isinstance(item.owner, Pronoun) and modifier.endswith("的"):
        # 他可爱的兔子 rather than 他的可爱的兔子.
        before = before.removesuffix("的")
    described = clause(item.relative, role="relative") + "的" if item.relative else ""
    several = item.determiner in ("the", "owner") and item.plural
    person_like = bool(set(item.noun.classes) & set(PEOPLE))
    # 们 stands only where no other word counts the persons.
    ending = "们" if several and person_like and not before.startswith("那") else ""
    return described + before + modifier + item.noun.chinese + ending


def predicate(inner: Clause) -> str:
    """The predicate of a clause with be: an adjective, a noun or a place."""
    item, negative = inner.predicate, inner.negative
    if item is None:
        where = inner.place.chinese if inner.place else ""
        return ("不在" if negative else "在") + where
    if not isinstance(item, Adjective):
        return ("不是" if negative else "是") + phrase(item, bare=negative)
    word = item.chinese_predicate
    if word.startswith("="):
        return ("不是" if negative else "是") + word[1:]
    if word.startswith("!"):
        return ("没病" if negative else word[1:]) if inner.tense != "future" else "生病"
    if negative:
        return "不" + {"very": "太", "really": "太", "too": "太"}.get(inner.degree, "") + word
    degree = {"": "很", "very": "非常", "too": "太", "really": "真的很"}[inner.degree]
    asked = inner.gap == "yes or no"
    plain = "" if (asked and degree == "很") or inner.tense == "future" else degree
    return plain + word + ("了" if inner.degree == "too" else "")


def auxiliaries(inner: Clause) -> str:
    """Adverb, negation and modal verb, in the order they take before the verb."""
    tense, negative = inner.tense, inner.negative
    adverb = ADVERBS.get(inner.adverb, "")
    if tense == "experience":
        return EXPERIENCES[inner.adverb]
    each = "都" if inner.time and "each" in inner.time.uses else ""
    if tense in MODALS:
        word = MODALS[tense][negative]
        if tense == "can" and "skill" in inner.verb.flags:
            word = "不会" if negative else "会"
        return each + adverb + word
    if inner.verb.english[0] == "be" and not inner.verb.prefix:
        return each + adverb
    if tense == "progressive":
        return "正在"
    if tense == "command":
        return "不要" if negative else ""
    if negative and (inner.verb.chinese == "有" or is_finished(inner)):
        return each + adverb + "没"
    return each + adverb + ("不" if negative else "")


def is_finished(inner: Clause) -> bool:
    """Whether the clause reports a finished event."""
    return inner.tense in ("past", "past perfect") and "stative" not in inner.verb.flags


def takes_ba(inner: Clause) -> bool:
    """Whether the object stands before the verb with 把."""
    form = inner.verb.chinese_ba
    if not form or inner.negative or inner.gap or inner.object is None:
        return False
    if not is_definite(inner.object):
        return False
    if is_finished(inner):
        return True
    return len(form) > 1 and inner.tense in PLANNED


def verb_and_object(inner: Clause, role: str) -> str:
    """The verb with aspect and what belongs to it."""
    verb, item = inner.verb, inner.object
    if verb.english[0] == "be" and not verb.prefix:
        return predicate(inner)
    finished = is_finished(inner)
    form = verb.chinese_past if finished else verb.chinese
    if finished and (inner.negative or role in ("relative", "emphasis")):
        form = form.replace("了", "")
    if inner.tense == "experience":
        form = LIVED.get(verb.chinese, verb.chinese_past.replace("了", "过"))
    asked = inner.negative or inner.gap == "yes or no" or inner.tense == "experience"
    thing = ""
    if item is not None and inner.gap != "object":
        thing = phrase(item, bare=asked)
    if takes_ba(inner):
        return "把" + thing + verb.chinese_ba + ("了" if finished else "")
    if inner.goal:
        return form.replace("~", inner.goal.chinese)
    if inner.receiver:
        form = form.replace("^", phrase(inner.receiver))
    return form.replace("~", thing) if "~" in form else form + thing


def circumstances(inner: Clause) -> str:
    """Company, vehicle and place, before the verb."""
    parts = []
    if inner.companion:
        parts.append("跟" + phrase(inner.companion) + "一起")
    if inner.vehicle:
        parts.append(RIDING.get(inner.vehicle.english, "坐") + inner.vehicle.chinese)
    if inner.place and not (inner.verb.english[0] == "be" and inner.predicate is None):
        parts.append("在" + inner.place.chinese)
    return "".join(parts)


def clause(inner: Clause, role: str = "", subject: bool = True, link: str = "") -> str:
    """The clause without final particle or mark.

    `role` is relative (了 is dropped), emphasis (the middle of 是……的), command or empty;
    `link` is an adverb such as 就 or 才, or a question word, that stands after subject and time.
    """
    named = phrase(inner.subject) if subject and inner.gap != "subject" else ""
    time = inner.time.chinese if inner.time else ""
    start = time + named if inner.time_first else named + time
    rest = auxiliaries(inner) + circumstances(inner) + verb_and_object(inner, role)
    return (start + link + rest).replace("正在在", "正在")
