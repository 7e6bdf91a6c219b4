"""Sentences about people: greetings, age, health, likes, where they live."""

from __future__ import annotations

from dataclasses import replace

from grammar import chinese, english, german, lexicon
from grammar.clauses import draw_clause
from grammar.model import (
    Clause,
    Name,
    NounPhrase,
    Phrase,
    Sentence,
    Verb,
    is_plural,
    lemma,
)
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

AGES = (20, 25, 30, 35, 40)
PAINS = (
    ("a headache", "Kopfschmerzen", "头疼"),
    ("a stomachache", "Bauchschmerzen", "肚子疼"),
    ("a toothache", "Zahnschmerzen", "牙疼"),
    ("a sore throat", "Halsschmerzen", "嗓子疼"),
    ("back pain", "Rückenschmerzen", "背疼"),
    ("a fever", "Fieber", "发烧了"),
    ("a cold", "eine Erkältung", "感冒了"),
)


@rule(2)
def personal_data(sampler: Sampler) -> Sentence:
    """I don't know your brother's address."""
    who = sampler.subject(adult=True)
    relation = sampler.relation(sampler.any(lexicon.PRONOUNS), "kin", "friend", "superior")
    if relation is None or relation.plural or relation.noun.plural_only:
        return personal_data(sampler)
    info = sampler.pick(lexicon.nouns_of("info"))
    of = german.with_preposition("von", "dat", relation)
    negative = sampler.chance(0.5)
    inner = Clause(who, lexicon.verb("know", flag="profession"), negative=negative)
    en = f"{english.phrase(relation)}'s {info.english}"
    de = f"{german.phrase(NounPhrase(info), 'acc')} {of}"
    zh = f"{chinese.phrase(relation)}的{info.chinese}"
    word = "不知道" if negative else "知道"
    finite = german.present(inner.verb, german.forms_index(who))
    return sentence(
        f"{english.clause(inner)} {en}.",
        german.joined(german.phrase(who), finite, de, "nicht" if negative else "") + ".",
        f"{chinese.phrase(who)}{word}{zh}。",
        f"{lemma(who)}|know|{info.english}|{lemma(relation)}",
    )


@rule(2)
def greetings(sampler: Sampler) -> Sentence:
    """Good morning, Anna, how are you?"""
    name: Name = sampler.pick([one for one in lexicon.names() if " " not in one.english])
    opens = (("good morning", "guten Morgen", "早上好"), ("good evening", "guten Abend", "晚上好"),
             ("hello", "hallo", "你好"), ("good afternoon", "guten Tag", "下午好"))  # fmt: skip
    closes = (
        ("how are you?", "wie geht es dir?", "你好吗？"),
        ("nice to see you.", "schön, dich zu sehen.", "很高兴见到你。"),
        ("did you sleep well?", "hast du gut geschlafen?", "你睡得好吗？"),
        ("please come in.", "komm bitte herein.", "请进。"),
        ("welcome to our house.", "willkommen in unserem Haus.", "欢迎来我们家。"),
        ("what are you doing today?", "was machst du heute?", "你今天做什么？"),
        ("happy birthday!", "alles Gute zum Geburtstag!", "生日快乐！"),
    )
    ends = (
        ("goodbye, {}, see you tomorrow!", "auf Wiedersehen, {}, bis morgen!",
         "再见，{}，明天见！"),
        ("good night, {}, sleep well!", "gute Nacht, {}, schlaf gut!", "晚安，{}，好好睡！"),
        ("thank you very much for your help, {}!", "vielen Dank für deine Hilfe, {}!",
         "非常感谢你的帮助，{}！"),
        ("I am sorry, {}, I am late.", "es tut mir leid, {}, ich bin zu spät.",
         "对不起，{}，我迟到了。"),
        ("have a good trip, {}!", "gute Reise, {}!", "一路平安，{}！"),
        ("good luck with the exam, {}!", "viel Glück bei der Prüfung, {}!", "祝你考试顺利，{}！"),
        ("congratulations on the new job, {}!", "herzlichen Glückwunsch zur neuen Stelle, {}!",
         "祝贺你找到新工作，{}！"),
    )  # fmt: skip
    if sampler.chance(0.3):
        number = sampler.index(len(ends))
        en, de, zh = ends[number]
        return sentence(en.format(name.english), de.format(name.german), zh.format(name.chinese),
                        f"{name.english}|farewell|{number}|-")  # fmt: skip
    start, end = sampler.any(opens), sampler.any(closes)
    return sentence(
        f"{start[0]}, {name.english}, {end[0]}", f"{start[1]}, {name.german}, {end[1]}",
        f"{start[2]}，{name.chinese}，{end[2]}", f"{name.english}|{start[0]}|{end[0]}|-",
    )  # fmt: skip


@rule(1.5)
def ages(sampler: Sampler) -> Sentence:
    """My brother is twenty-five years old."""
    who = sampler.subject()
    if is_plural(who):
        return ages(sampler)
    small = isinstance(who, NounPhrase) and "young" in who.noun.classes
    old = isinstance(who, NounPhrase) and "elder" in who.noun.classes
    pool = (8, 9, 10, 12) if small else (60, 70, 75, 80, 90) if old else AGES
    years = sampler.any(pool)
    inner = Clause(who, lexicon.BE)
    finite = english.copula(who, past=False), german.PRESENT["sein"][german.forms_index(who)]
    if sampler.chance(0.3):
        return sentence(
            f"how old {finite[0]} {english.phrase(who)}?",
            f"wie alt {finite[1]} {german.phrase(who)}?",
            f"{chinese.phrase(who)}{'几' if small else '多大'}{'岁' if small else ''}？",
            f"{lemma(inner.subject)}|how old|-|-",
        )
    return sentence(
        f"{english.phrase(who)} {finite[0]} {english.number(years)} years old.",
        f"{german.phrase(who)} {finite[1]} {german.number(years)} Jahre alt.",
        f"{chinese.phrase(who)}{chinese.number(years)}岁。",
        f"{lemma(who)}|be old|{years}|-",
    )


@rule(2)
def health(sampler: Sampler) -> Sentence:
    """My brother has a headache."""
    who: Phrase = sampler.subject()
    pain = sampler.pick(PAINS)
    index = german.forms_index(who)
    key = f"{lemma(who)}|have|{pain[0]}|-"
    draw = sampler.index(4)
    en, de, zh = english.phrase(who), german.phrase(who), chinese.phrase(who)
    third = english.is_third(who)
    if draw == 0:
        return sentence(f"{'does' if third else 'do'} {en} have {pain[0]}?",
                        f"{german.PRESENT['haben'][index]} {de} {pain[1]}?",
                        f"{zh}{pain[2]}吗？", key)  # fmt: skip
    if draw == 1:
        time = sampler.time("past")
        return sentence(f"{en} had {pain[0]} {time.english}.",
                        f"{de} {german.PRETERITE['haben'][index]} {time.german} {pain[1]}.",
                        f"{zh}{time.chinese}{pain[2]}。", key)  # fmt: skip
    if draw == 2:
        inner = draw_clause(sampler, "can", True, subject=who, timed=0, kinds=("plain", "goal"))
        while "skill" in inner.verb.flags:
            # Not able today is 不能, never having learnt it 不会: only the first is meant.
            inner = draw_clause(sampler, "can", True, subject=who, timed=0, kinds=("plain", "goal"))
        return sentence(
            f"{english.clause(inner)} because "
            f"{english.phrase(follow(sampler, who))} {'has' if third else 'have'} {pain[0]}.",
            f"{german.clause(inner)}, weil {german.phrase(follow(sampler, who))} {pain[1]} "
            f"{german.PRESENT['haben'][index]}.",
            f"因为{zh}{pain[2]}，"
            f"所以{chinese.clause(replace(inner, subject=follow(sampler, who)))}。",
            key,
            inner,
        )
    return sentence(f"{en} {'has' if third else 'have'} {pain[0]}.",
                    f"{de} {german.PRESENT['haben'][index]} {pain[1]}.", f"{zh}{pain[2]}。",
                    key)  # fmt: skip


def follow(sampler: Sampler, who: Phrase) -> Phrase:
    """The pronoun for a subject already named; a neuter noun is named again."""
    return sampler.owner_for(who) or who


def unlikely(verb: Verb) -> bool:
    """Whether nobody says that he likes doing it."""
    dull = bool({"clock", "noprog"} & set(verb.flags))
    return dull or verb.english[0] == "cry" or verb.case == "refl"


@rule(2)
def likes(sampler: Sampler) -> Sentence:
    """My sister likes swimming."""
    who = sampler.subject()
    inner = draw_clause(sampler, "present", subject=who, kinds=("plain",), timed=0, placed=0.5)
    while unlikely(inner.verb):
        inner = draw_clause(sampler, "present", subject=who, kinds=("plain",), timed=0, placed=0.5)
    third = english.is_third(who)
    negative = sampler.chance(0.25)
    rest = english.joined(inner.verb.english[4], english.tail(inner))
    finite, prefix, _ = german.verb_group(inner)
    not_word = "nicht gern" if negative else "gern"
    inside = german.joined(not_word, german.middle(inner), prefix)
    helper = ("doesn't like" if third else "don't like") if negative else (
        "likes" if third else "like")  # fmt: skip
    zh = chinese.clause(inner, subject=False)
    return sentence(
        f"{english.phrase(who)} {helper} {rest}.",
        f"{german.phrase(who)} {finite} {inside}.",
        f"{chinese.phrase(who)}{'不' if negative else ''}喜欢{zh}。",
        inner,
    )


@rule(2)
def residence(sampler: Sampler) -> Sentence:
    """I have been living in Berlin for ten years."""
    who = sampler.subject(adult=True)
    place = sampler.place("city", "country")
    years = 2 + sampler.index(19)
    work = sampler.chance(0.5)
    key = f"{lemma(who)}|{'work' if work else 'live'}|{years}|{place.name}"
    index, third = german.forms_index(who), english.is_third(who)
    live = ("wohne", "wohnst", "wohnt", "wohnen")
    forms = ("arbeite", "arbeitest", "arbeitet", "arbeiten") if work else live
    has = "has" if third else "have"
    zh = f"在{place.chinese}工作" if work else f"在{place.chinese}住"
    lasting = "been working" if work else "been living"
    base = "work" if work else "live"
    if sampler.chance(0.5):
        return sentence(
            f"{english.phrase(who)} {base}{'s' if third else ''} {place.english_at}.",
            f"{german.phrase(who)} {forms[index]} {place.german_at}.",
            f"{chinese.phrase(who)}{zh if work else '住在' + place.chinese}。",
            f"{lemma(who)}|{base}|-|{place.name}",
        )
    return sentence(
        f"{english.phrase(who)} {has} {lasting} {place.english_at} "
        f"for {english.number(years)} years.",
        f"{german.phrase(who)} {forms[index]} seit {german.number(years)} Jahren "
        f"{place.german_at}.",
        f"{chinese.phrase(who)}{zh}了{chinese.counted(years)}年。",
        key,
    )
