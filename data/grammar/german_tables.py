"""German endings, irregular forms and function words, and the numbers."""

from __future__ import annotations

from grammar.model import listed

DER = {
    "nom": {"m": "der", "f": "die", "n": "das", "p": "die"},
    "acc": {"m": "den", "f": "die", "n": "das", "p": "die"},
    "dat": {"m": "dem", "f": "der", "n": "dem", "p": "den"},
}
# Endings of ein, kein, mein ...
EIN = {
    "nom": {"m": "", "f": "e", "n": "", "p": "e"},
    "acc": {"m": "en", "f": "e", "n": "", "p": "e"},
    "dat": {"m": "em", "f": "er", "n": "em", "p": "en"},
}
# Endings of dieser, welcher, and of an adjective without a determiner.
STRONG = {
    "nom": {"m": "er", "f": "e", "n": "es", "p": "e"},
    "acc": {"m": "en", "f": "e", "n": "es", "p": "e"},
    "dat": {"m": "em", "f": "er", "n": "em", "p": "en"},
}
MODALS = {
    "can": ("kann", "kannst", "kann", "können"),
    "must": ("muss", "musst", "muss", "müssen"),
    "should": ("sollte", "solltest", "sollte", "sollten"),
    "may": ("darf", "darfst", "darf", "dürfen"),
    "want": ("will", "willst", "will", "wollen"),
    "future": ("werde", "wirst", "wird", "werden"),
    "had to": ("musste", "musstest", "musste", "mussten"),
    "wanted": ("wollte", "wolltest", "wollte", "wollten"),
}
PRETERITE = {
    "sein": ("war", "warst", "war", "waren"),
    "haben": ("hatte", "hattest", "hatte", "hatten"),
}
PRESENT = {
    "sein": ("bin", "bist", "ist", "sind"),
    "haben": ("habe", "hast", "hat", "haben"),
    "brauchen": ("brauche", "brauchst", "braucht", "brauchen"),
    "mögen": ("mag", "magst", "mag", "mögen"),
    "sammeln": ("sammle", "sammelst", "sammelt", "sammeln"),
    "angeln": ("angle", "angelst", "angelt", "angeln"),
}
ADVERBS = {
    "always": "immer",
    "often": "oft",
    "usually": "normalerweise",
    "sometimes": "manchmal",
    "rarely": "selten",
    "never": "nie",
}
EXPERIENCES = {"ever": "schon einmal", "before": "schon einmal", "never": "noch nie"}
DEGREES = {"very": "sehr", "too": "zu", "really": "wirklich", "": ""}
CONTRACTIONS = (
    ("in dem ", "im "), ("an dem ", "am "), ("zu dem ", "zum "), ("zu der ", "zur "),
    ("von dem ", "vom "), ("bei dem ", "beim "), ("in das ", "ins "), ("an das ", "ans "),
)  # fmt: skip
SMALL = listed(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
TENS = listed("- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")


def number(value: int) -> str:
    """A number below ten thousand in words."""
    if value < 20:
        return SMALL[value]
    if value < 100:
        unit = value % 10
        before = ("ein" if unit == 1 else SMALL[unit]) + "und" if unit else ""
        return before + TENS[value // 10]
    size, word = (1000, "tausend") if value >= 1000 else (100, "hundert")
    head, rest = divmod(value, size)
    return ("ein" if head == 1 else SMALL[head]) + word + (number(rest) if rest else "")


def contracted(text: str) -> str:
    """The text with preposition and article melted where German does so."""
    for long, short in CONTRACTIONS:
        if text.startswith(long):
            return short + text[len(long) :]
    return text
