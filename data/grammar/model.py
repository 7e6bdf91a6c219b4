"""The abstract syntax: what a sentence says before any language has put it into words."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Noun:
    """A noun with its forms in the three languages and its meaning classes."""

    english: str
    english_plural: str
    gender: str
    german: str
    german_plural: str
    weak: bool
    chinese: str
    measure: str
    classes: tuple[str, ...]

    @property
    def countable(self) -> bool:
        """Whether the noun has a plural."""
        return self.english_plural != "-"

    @property
    def plural_only(self) -> bool:
        """Whether the noun is always plural (parents)."""
        return self.gender == "p"


@dataclass(frozen=True)
class Adjective:
    """An adjective with its comparative in English and German."""

    english: str
    english_comparative: str
    german: str
    german_comparative: str
    german_stem: str
    chinese_attributive: str
    chinese_predicate: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Verb:
    """A verb with its forms, its frame and the classes of what goes with it."""

    english: tuple[str, str, str, str, str]
    english_pattern: str
    prefix: str
    infinitive: str
    german_du: str
    german_er: str
    participle: str
    auxiliary: str
    imperative: str
    case: str
    fixed: str
    chinese: str
    chinese_past: str
    chinese_ba: str
    objects: tuple[str, ...]
    places: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def name(self) -> str:
        """A key that tells the readings of a verb apart."""
        return f"{self.english[0]}/{self.prefix}{self.infinitive}/{self.fixed}/{self.chinese}"


@dataclass(frozen=True)
class Pronoun:
    """A personal pronoun."""

    english: str
    english_object: str
    english_possessive: str
    nominative: str
    accusative: str
    dative: str
    possessive: str
    reflexive: str
    chinese: str
    person: int
    plural: bool


@dataclass(frozen=True)
class Name:
    """A person's name."""

    english: str
    german: str
    chinese: str
    gender: str


@dataclass(frozen=True)
class Place:
    """A place as a location and as a destination."""

    name: str
    english_at: str
    english_to: str
    german_at: str
    german_to: str
    chinese: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Time:
    """An adverbial of time; `each` asks for the Chinese adverb 都."""

    english: str
    german: str
    chinese: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class NounPhrase:
    """A noun with its determiner, number and modifiers.

    `determiner` is one of: the, a, bare, some, this, which, no, how many, number, owner.
    """

    noun: Noun
    determiner: str = "the"
    plural: bool = False
    adjective: Adjective | None = None
    owner: Pronoun | None = None
    count: int = 0
    relative: Clause | None = None
    marked: bool = False


Phrase = NounPhrase | Pronoun | Name


@dataclass(frozen=True)
class Clause:
    """A subject, a verb and what belongs to them, with tense and polarity.

    `tense` is one of: present, progressive, past, past perfect, future, can, must, should, may,
    want, had to, wanted, experience (with the adverb ever, never or before). `gap` names the part
    that a relative clause or a question leaves out.
    """

    subject: Phrase
    verb: Verb
    object: Phrase | None = None
    receiver: Phrase | None = None
    predicate: Adjective | NounPhrase | None = None
    degree: str = ""
    place: Place | None = None
    goal: Place | None = None
    companion: Phrase | None = None
    vehicle: Noun | None = None
    time: Time | None = None
    time_first: bool = False
    adverb: str = ""
    tense: str = "present"
    negative: bool = False
    gap: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence in three languages and the combinations of lemmas that it holds."""

    english: str
    german: str
    chinese: str
    combinations: tuple[str, ...]
    pattern: str = ""
    used: tuple[str, ...] = field(default=(), compare=False)


def listed(text: str) -> list[str]:
    """The words of a text, as a table."""
    return text.split()


def is_plural(phrase: Phrase) -> bool:
    """Whether the phrase takes a plural verb."""
    if isinstance(phrase, NounPhrase):
        return phrase.plural or phrase.noun.plural_only
    return isinstance(phrase, Pronoun) and phrase.plural


def person(phrase: Phrase) -> int:
    """The grammatical person of the phrase."""
    return phrase.person if isinstance(phrase, Pronoun) else 3


def is_definite(phrase: Phrase) -> bool:
    """Whether the phrase refers to something known."""
    if isinstance(phrase, NounPhrase):
        return phrase.determiner in ("the", "this", "owner")
    return True


def lemma(part: object) -> str:
    """The lemma of any part of a clause, for the record of combinations."""
    if part is None:
        return "-"
    if isinstance(part, NounPhrase):
        return part.noun.english
    if isinstance(part, Verb | Place):
        return part.name
    return str(getattr(part, "english", part))


def combination(clause: Clause) -> str:
    """The clause's tuple of subject, verb, object and place, as one string."""
    thing = clause.object or clause.predicate
    where = clause.goal or clause.place
    return "|".join(lemma(part) for part in (clause.subject, clause.verb, thing, where))
