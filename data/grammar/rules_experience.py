"""Experiences: the English perfect with ever, never or before, and 过 in Chinese."""

from __future__ import annotations

from dataclasses import replace

from grammar import lexicon
from grammar.model import Clause, Noun, NounPhrase, Phrase, Pronoun, Sentence, Verb, lemma
from grammar.rules import rule
from grammar.rules_simple import asked, stated
from grammar.sampler import Sampler

# Having been somewhere: sein with the place in German, 去过 in Chinese.
BEEN = Verb(
    ("go", "goes", "went", "been", "going"), "", "", "sein", "bist", "ist", "gewesen", "sein",
    "sei", "goal", "", "去~", "去了~", "", (), ("city", "country"), (),
)  # fmt: skip
TOWN = ("zoo", "theatre", "museum", "beach", "airport", "university", "library", "hospital")
# English, pattern, class that tells readings apart, determiner, nouns (* marks a class).
DONE = (
    "eat//food/a/sandwich pizza sausage orange pear strawberry banana biscuit",
    "eat//food/a/cheese butter rice fish salad chocolate honey ham jam sandwich",
    "drink//drink/bare/coffee tea juice lemonade milk",
    "drink//drink/bare/beer wine coffee lemonade",
    "cook//cooked/bare/rice meat fish soup",
    "bake//baked/a/cake pizza biscuit bread",
    "order//order/a/pizza sandwich sausage",
    "read//reading/this/novel book magazine poem article story",
    "watch//show/this/*show",
    "see//animal/a/horse cow rabbit sheep duck pig mouse",
    "visit//sight/this/*sight",
    "write//written/a/poem article story report postcard",
    "drive//driven/a/car truck",
    "ride//ridden/a/horse",
    "plant//plant/a/flower rose tree",
    "draw//animal/a/*animal *plant house bridge",
    "learn//language/bare/*language",
    "lose//carried/owner/passport wallet key umbrella phone camera ticket",
    "sell//vehicle/a/car motorcycle bicycle piano guitar picture",
    "rent//driven/a/car truck apartment house",
    "build//built/a/house bridge",
    "feed//animal/a/*animal",
    "repair//machine/a/*machine bicycle",
    "use//gadget/this/camera computer washing_machine phone",
    "sing//song/this/song",
    "collect//collected/bare/*collected",
    "translate//written/a/poem letter article",
    "sign//paper/a/contract",
    "break//breakable/a/*breakable",
    "win//won/a/game",
    "wear//dressed/a/suit",
    "wear//topped/a/tie hat scarf",
)
MET = ("meet/", "visit/", "call/", "help/", "invite/", "talk/to ~", "dance/with ~")
PLAIN = ("swim/", "ski/", "hike/", "fish/", "meditate/", "smoke/", "work/", "ride/a bicycle",
         "play/football", "play/basketball", "play/tennis", "play/chess", "play/cards")  # fmt: skip


def choices(names: str) -> list[Noun]:
    """The nouns of a list of names and, behind a star, classes."""
    found: list[Noun] = []
    for name in names.split():
        if name[0] == "*":
            found.extend(lexicon.nouns_of(name[1:]))
        else:
            found.append(lexicon.noun(name.replace("_", " ")))
    return found


def done(sampler: Sampler, adverb: str) -> Clause | None:
    """Something done to a thing."""
    english, pattern, mark, determiner, names = sampler.pick(DONE).split("/")
    verb = lexicon.verb(english, pattern, mark)
    who = subject(sampler, verb, adverb)
    entry = sampler.pick(choices(names))
    if "alcohol" in entry.classes and isinstance(who, NounPhrase) and "young" in who.noun.classes:
        return None
    owner = sampler.owner_for(who)
    if determiner == "owner" and owner is None:
        determiner = "the"
    if not entry.countable or determiner == "bare":
        item = NounPhrase(entry, "bare", entry.countable)
    else:
        item = NounPhrase(entry, determiner, owner=owner)
    return Clause(who, verb, object=item)


def met(sampler: Sampler, adverb: str) -> Clause | None:
    """Something done to or with a person."""
    english, pattern = sampler.pick(MET).split("/")
    verb = lexicon.verb(english, pattern, "friend")
    who = subject(sampler, verb, adverb)
    other = acquaintance(sampler, who, english in ("visit", "call", "help"))
    return Clause(who, verb, object=other) if other else None


def acquaintance(sampler: Sampler, who: Phrase, family: bool) -> Phrase | None:
    """A person whom the subject may not know: a name, or a relation of somebody else."""
    if sampler.chance(0.3):
        return sampler.person(("person",), who)
    mine = (lexicon.I, lexicon.WE)
    holder = who.owner if isinstance(who, NounPhrase) else who
    ours = holder in mine
    owners: list[Pronoun] = [lexicon.YOU] if ours else [*mine]
    if isinstance(who, NounPhrase) and who.determiner == "owner" and holder not in (*mine,):
        owners = [*mine]
    classes = ("friend", "superior", "partner", "kin") if family else ("friend", "superior")
    found = sampler.relation(sampler.any(owners), *classes)
    return None if found is None or lemma(found) == lemma(who) else replace(found, plural=False)


def went(sampler: Sampler, adverb: str) -> Clause | None:
    """Something done without an object, or a journey."""
    if sampler.chance(0.2):
        verb = lexicon.verb(sampler.any(("fly", "travel")), "", "goal")
        return Clause(subject(sampler, verb, adverb), verb, goal=sampler.place("city", "country"))
    english, pattern = sampler.pick(PLAIN).split("/")
    verb = lexicon.verb(english, pattern, "-")
    fitting = lexicon.places_of(*verb.places)
    wanted = english == "work" or (english in ("hike", "fish") and sampler.chance(0.6))
    where = sampler.pick(fitting) if wanted else None
    return Clause(subject(sampler, verb, adverb), verb, place=where)


def been(sampler: Sampler, adverb: str) -> Clause | None:
    """A stay at a place."""
    far = sampler.chance(0.75)
    pool = lexicon.places_of("city", "country") if far else lexicon.places_of("goal")
    place = sampler.pick([one for one in pool if far or one.name in TOWN])
    goal = replace(place, german_to=place.german_at)
    return Clause(subject(sampler, BEEN, adverb), BEEN, goal=goal)


def subject(sampler: Sampler, verb: Verb, adverb: str) -> Phrase:
    """Somebody who may have the experience; nobody asks about himself."""
    adult = "adult" in verb.flags or verb.english[0] in ("ski", "drive")
    while True:
        who = sampler.subject(adult)
        own = adverb == "ever" and who in (lexicon.I, lexicon.WE)
        if not own and not (adult and isinstance(who, NounPhrase) and "young" in who.noun.classes):
            return who


def experience(sampler: Sampler, adverb: str, kinds: tuple) -> Clause:
    """A clause about an experience of one of the kinds."""
    while True:
        inner = sampler.any(kinds)(sampler, adverb)
        if inner:
            return replace(inner, tense="experience", adverb=adverb)


@rule(4.5)
def experience_question(sampler: Sampler) -> Sentence:
    """Have you ever eaten cheese?"""
    return asked(experience(sampler, "ever", (done, done, done, met, went)))


@rule(4.5)
def experience_never(sampler: Sampler) -> Sentence:
    """My brother has never eaten cheese."""
    return stated(experience(sampler, "never", (done, done, done, met, went)))


@rule(4)
def experience_before(sampler: Sampler) -> Sentence:
    """I have visited this museum before."""
    return stated(experience(sampler, "before", (done, done, done, met, went)))


@rule(4)
def experience_place(sampler: Sampler) -> Sentence:
    """My brother has never been to Berlin."""
    adverb = sampler.any(("ever", "never", "before"))
    inner = experience(sampler, adverb, (been,))
    return asked(inner) if adverb == "ever" else stated(inner)
