"""Sentences about clock times, dates and the weather."""

from __future__ import annotations

from grammar import chinese, english, german, lexicon
from grammar.model import (
    NounPhrase,
    Sentence,
    is_plural,
    lemma,
    listed,
)
from grammar.rules import rule, sentence
from grammar.sampler import Sampler

WEEKDAYS = tuple(
    zip(
        listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        listed("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        "一二三四五六天",
        strict=True,
    )
)
MONTHS = tuple(
    zip(
        listed("January February March April May June July August September October"),
        listed("Januar Februar März April Mai Juni Juli August September Oktober"),
        listed("一 二 三 四 五 六 七 八 九 十"),
        strict=True,
    )
)
ORDINALS = (
    ("first", "erste", "一"), ("second", "zweite", "二"), ("third", "dritte", "三"),
    ("fourth", "vierte", "四"), ("fifth", "fünfte", "五"), ("sixth", "sechste", "六"),
    ("seventh", "siebte", "七"), ("eighth", "achte", "八"), ("ninth", "neunte", "九"),
    ("tenth", "zehnte", "十"), ("twelfth", "zwölfte", "十二"), ("fifteenth", "fünfzehnte", "十五"),
    ("twentieth", "zwanzigste", "二十"),
)  # fmt: skip
DAYS = (("tomorrow", "morgen", "明天"), ("today", "heute", "今天"), ("", "", ""),
            *((f"on {one[0]}", f"am {one[1]}", f"星期{one[2]}") for one in WEEKDAYS))  # fmt: skip
SKIES = (
    ("it is cold", "ist es kalt", "很冷", "cold", "kalt", "冷"),
    ("it is warm", "ist es warm", "很暖和", "warm", "warm", "暖和"),
    ("it is hot", "ist es heiß", "很热", "hot", "heiß", "热"),
    ("it is sunny", "ist es sonnig", "阳光很好", "sunny", "sonnig", "晴"),
    ("it is windy", "ist es windig", "风很大", "windy", "windig", "刮风"),
    ("it is cloudy", "ist es bewölkt", "多云", "cloudy", "bewölkt", "多云"),
)


@rule(2.5)
def clock_times(sampler: Sampler) -> Sentence:
    """The train leaves at half past seven."""
    hour = 1 + sampler.index(12)
    after = hour % 12 + 1
    spoken = "ein" if hour == 1 else german.number(hour)
    zh_hour = chinese.counted(hour) + "点"
    exact = (
        (f"{english.number(hour)} o'clock", f"{spoken} Uhr", zh_hour),
        (f"half past {english.number(hour)}", f"halb {german.number(after)}", zh_hour + "半"),
        (f"a quarter past {english.number(hour)}", f"Viertel nach {german.number(hour)}",
         zh_hour + "一刻"),
        (f"a quarter to {english.number(after)}", f"Viertel vor {german.number(after)}",
         zh_hour + "三刻"),
        (f"ten past {english.number(hour)}", f"zehn nach {german.number(hour)}", zh_hour + "十分"),
        (f"twenty past {english.number(hour)}", f"zwanzig nach {german.number(hour)}",
         zh_hour + "二十分"),
    )  # fmt: skip
    en, de, zh = sampler.any(exact)
    if sampler.chance(0.12):
        return sentence(f"it is {en}.", f"es ist {de}.", f"现在{zh}。", f"it is|{en}|-|-")
    subjects = [lexicon.noun(one) for one in
                ("train", "bus", "tram", "ship", "plane")]  # fmt: skip
    begins = lexicon.nouns_of("show", "event", "exam", "won")
    leaving = sampler.chance(0.5)
    entry = sampler.pick(subjects if leaving else begins)
    english_verb, german_verb, zh_verb = (
        ("leaves", "fährt", "开") if leaving else ("begins", "beginnt", "开始"))  # fmt: skip
    if entry.english == "plane":
        german_verb, zh_verb = "fliegt", "起飞"
    tail = " ab" if leaving else ""
    day, item = sampler.any(DAYS), NounPhrase(entry)
    key = f"{entry.english}|{english_verb}|{day[0]} {en}|-"
    return sentence(
        english.joined(english.phrase(item), english_verb, day[0], f"at {en}") + ".",
        german.joined(german.phrase(item), german_verb, day[1], f"um {de}") + tail + ".",
        f"{chinese.phrase(item)}{day[2]}{zh}{zh_verb}。",
        key,
    )


@rule(2)
def dates(sampler: Sampler) -> Sentence:
    """My birthday is on the third of May."""
    month, day = sampler.any(MONTHS), sampler.any(ORDINALS)
    who = sampler.relation(sampler.any(lexicon.PRONOUNS), "kin", "friend", "partner")
    draw = sampler.index(3)
    zh_date = f"{month[2]}月{day[2]}号"
    if draw == 0 and who and not is_plural(who):
        of = german.with_preposition("von", "dat", who)
        return sentence(
            f"{english.phrase(who)}'s birthday is on the {day[0]} of {month[0]}.",
            f"der Geburtstag {of} ist am {day[1]}n {month[1]}.",
            f"{chinese.phrase(who)}的生日是{zh_date}。",
            f"{lemma(who)}|birthday|{day[0]} {month[0]}|-",
        )
    if draw == 1:
        item = NounPhrase(sampler.pick(lexicon.nouns_of("planned", "exam", "won")), "the")
        return sentence(
            f"{english.phrase(item)} is on the {day[0]} of {month[0]}.",
            f"{german.phrase(item)} ist am {day[1]}n {month[1]}.",
            f"{chinese.phrase(item)}是{zh_date}。",
            f"{item.noun.english}|be on|{day[0]} {month[0]}|-",
        )
    week = sampler.any(WEEKDAYS)
    return sentence(
        f"today is {week[0]}, the {day[0]} of {month[0]}.",
        f"heute ist {week[1]}, der {day[1]} {month[1]}.",
        f"今天是{zh_date}，星期{week[2]}。",
        f"today|{week[0]}|{day[0]} {month[0]}|-",
    )


@rule(1.5)
def weather(sampler: Sampler) -> Sentence:
    """It is very cold in Berlin in January."""
    place = sampler.place("city", "country")
    sky = sampler.pick(SKIES)
    month = sampler.any(lexicon.times("month") + lexicon.times("season"))
    key = f"weather|{sky[3]}|{place.name}|{month.english}"
    draw = sampler.index(4)
    if draw == 0:
        return sentence(
            f"{sky[0]} {place.english_at} today.", f"heute {sky[1]} {place.german_at}.".replace(
                f"es {sky[4]} {place.german_at}", f"es {place.german_at} {sky[4]}"),
            f"今天{place.chinese}{sky[2]}。", f"weather|{sky[3]}|{place.name}|today",
        )  # fmt: skip
    if draw == 1:
        falls, fällt, zh = sampler.any((("rains", "regnet", "下雨"), ("snows", "schneit", "下雪")))
        return sentence(
            f"it often {falls} {place.english_at} {month.english}.",
            f"es {fällt} {month.german} oft {place.german_at}.",
            f"{place.chinese}{month.chinese}经常{zh}。",
            f"weather|{falls}|{place.name}|{month.english}",
        )
    if draw == 2:
        if sky[3] in ("sunny", "windy", "cloudy"):
            return weather(sampler)
        return sentence(
            f"is it {sky[3]} {place.english_at} {month.english}?",
            f"ist es {month.german} {place.german_at} {sky[4]}?",
            f"{place.chinese}{month.chinese}{sky[5]}吗？",
            key,
        )
    return sentence(
        f"{sky[0]} {place.english_at} {month.english}.",
        f"es ist {month.german} {place.german_at} {sky[4]}.",
        f"{place.chinese}{month.chinese}{sky[2]}。",
        key,
    )
