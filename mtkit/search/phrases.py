"""Phrases that a translation must hold, or must not.

A phrase is looked for in the text, not among the pieces, because the same text can be cut into
pieces in many ways.  How much of it the text ends with is a number of characters, the state of
the automaton of Knuth, Morris and Pratt (1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from mtkit.config import EOS
from mtkit.search.controls import Control, only


class Phrase:
    """Follows a text piece by piece until it holds the phrase."""

    def __init__(self, text: str, pieces: Sequence[str], cut: Sequence[int] = ()) -> None:
        """text: with `▁` for spaces, as in the pieces of the vocabulary.

        cut: how the tokenizer would cut it; to search, the pieces that say it with fewest tokens
        are another way.  Pieces that are no text (of the ids below 4, and tags) must be empty.
        """
        self.text, self.pieces = text, pieces
        self._states: dict[tuple[int, int], int] = {}
        self._endings: dict[int, list[int]] = {}
        self._cut = {}
        done = 0
        for token in cut:
            self._cut[done] = token
            done += len(pieces[token])

    @property
    def length(self) -> int:
        """Characters: the state in which the whole phrase was said."""
        return len(self.text)

    def advance(self, state: int, token: int) -> int:
        """The state after one more piece; where the phrase was said, it stays said."""
        key = (state, token)
        if key not in self._states:
            self._states[key] = self.after(self.pieces[token], state)
        return self._states[key]

    def after(self, text: str, state: int = 0) -> int:
        """The state after more text."""
        for character in text:
            while 0 < state < self.length and self.text[state] != character:
                state = self._shorter[state]
            if state < self.length and self.text[state] == character:
                state += 1
        return state

    def endings(self, state: int) -> list[int]:
        """The pieces with which the phrase would have been said."""
        if state not in self._endings:
            tokens = range(len(self.pieces))
            self._endings[state] = [t for t in tokens if self.advance(state, t) == self.length]
        return self._endings[state]

    @cached_property
    def _shorter(self) -> list[int]:
        """For each state the longest shorter beginning that the text ends with, too."""
        found = [0, 0]
        for character in self.text[1:]:
            state = found[-1]
            while state and self.text[state] != character:
                state = found[state]
            found.append(state + (self.text[state] == character))
        return found

    @cached_property
    def _shortest(self) -> dict[int, tuple[int, int]]:
        """For each state how many pieces, at least, say the phrase, and the first of them."""
        useful = [t for t, piece in enumerate(self.pieces) if piece and piece in self.text]
        useful.sort(key=lambda token: -len(self.pieces[token]))
        found, steps = {self.length: (0, -1)}, 0
        while True:
            steps += 1
            new = {
                state: (steps, token)
                for state in range(self.length)
                if state not in found
                for token in reversed(useful)  # the last one stays: the longest piece
                if self.advance(state, token) in found
            }
            if not new:
                return found
            found |= new

    @property
    def sayable(self) -> bool:
        """Whether the vocabulary has pieces for it."""
        return 0 in self._shortest

    def needed(self, state: int = 0) -> int:
        """How many more pieces, at least, say the phrase.  It is at most what is needed from 0."""
        return self._shortest[state][0]

    def shortest(self, state: int) -> int:
        """The first of the fewest pieces that say it."""
        return self._shortest[state][1]

    def next_tokens(self, state: int) -> set[int]:
        """Pieces that are worth a try: as the tokenizer would go on, and the shortest way."""
        return {self._cut.get(state, self.shortest(state)), self.shortest(state)}


@dataclass(frozen=True)
class Wishes:
    """What is asked of the translation of one sentence."""

    prefix: Sequence[int] = ()  # tokens that it begins with
    required: Sequence[Phrase] = ()
    forbidden: Sequence[Phrase] = ()
    before: str = ""  # the text, with `▁` for spaces, that the translation will follow
    prefix_text: str = ""  # of the prefix, with `▁`: some of its tokens may be unknown

    @property
    def needed(self) -> int:
        """Tokens, without EOS, that the prefix and the required phrases may take."""
        return len(self.prefix) + sum(phrase.needed() for phrase in self.required)


class Follower(Control):
    """Follows the phrases of each sentence through its hypotheses."""

    def __init__(
        self, phrases: Sequence[Sequence[Phrase]], beam: int, wishes: Sequence[Wishes] = ()
    ) -> None:
        """phrases: those of each sentence of the batch; beam: hypotheses that each starts with.

        wishes: of each sentence, for the text that it follows and its prefix; without, none.
        """
        self.phrases = phrases
        self.wishes = wishes or [Wishes()] * len(phrases)
        starts = [
            [phrase.after(wish.before) for phrase in found]
            for found, wish in zip(phrases, self.wishes, strict=True)
        ]
        self.states = [list(start) for start in starts for _ in range(beam)]
        self.owners = [n for n in range(len(phrases)) for _ in range(beam)]
        self.said = 0  # tokens of each hypothesis

    def rows(self, sentences: Sequence[int], width: int) -> range:
        """Among all hypotheses, the `width` of each of these sentences, which stand together."""
        first = self.owners.index(sentences[0])
        return range(first, first + len(sentences) * width)

    def follow(self, rows: Tensor, words: Tensor) -> None:
        pairs = list(zip(rows.tolist(), words.tolist(), strict=True))
        self.states = [self._after(self.owners[row], self.states[row], word) for row, word in pairs]
        self.owners = [self.owners[row] for row, _ in pairs]
        self.said += 1

    def _after(self, owner: int, states: list[int], word: int) -> list[int]:
        """The states of a hypothesis after one more word."""
        wish, phrases = self.wishes[owner], self.phrases[owner]
        if self.said + 1 == len(wish.prefix):  # its text is known better than by its tokens
            return [phrase.after(wish.before + wish.prefix_text) for phrase in phrases]
        return [p.advance(state, word) for p, state in zip(phrases, states, strict=True)]


class Forbidden(Follower):
    """Phrases that never appear, also not within a word."""

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        for place, row in enumerate(self.rows(sentences, scores.size(1))):
            for phrase, state in zip(self.phrases[self.owners[row]], self.states[row], strict=True):
                if endings := phrase.endings(state):
                    scores.flatten(0, 1)[place, endings] = -torch.inf


class Required(Follower):
    """Phrases that always appear.

    No hypothesis ends without them; and where the tokens that are left would just do to say
    them, nothing else may come.
    """

    def __init__(
        self,
        phrases: Sequence[Sequence[Phrase]],
        beam: int,
        wishes: Sequence[Wishes],
        limits: Sequence[int],
    ) -> None:
        """limits: tokens with EOS, for each sentence."""
        super().__init__(phrases, beam, [replace(wish, before="") for wish in wishes])
        self.limits = limits

    def unmet(self, row: int) -> list[tuple[Phrase, int]]:
        """The phrases that a hypothesis still owes, and how far each is."""
        pairs = zip(self.phrases[self.owners[row]], self.states[row], strict=True)
        return [(phrase, state) for phrase, state in pairs if state < phrase.length]

    def owes(self, row: int, word: int) -> int:
        """How many tokens a hypothesis owes at least after one more word."""
        return sum(phrase.needed(phrase.advance(state, word)) for phrase, state in self.unmet(row))

    def suggestions(self, row: int) -> set[int]:
        """The words that bring a hypothesis closer to what it owes."""
        return {token for phrase, state in self.unmet(row) for token in phrase.next_tokens(state)}

    def restrict(self, scores: Tensor, sentences: Sequence[int], tokens: Tensor) -> None:
        rows = self.rows(sentences, scores.size(1))
        for words, row in zip(scores.flatten(0, 1), rows, strict=True):
            if unmet := self.unmet(row):
                words[EOS] = -torch.inf
                left = self.limits[self.owners[row]] - tokens.size(1)  # tokens before EOS must come
                # A free choice may bring every phrase back to its beginning.  The first one is
                # said to its end, then the next, whatever becomes of the others meanwhile.
                if left <= sum(phrase.needed() for phrase, _ in unmet):
                    phrase, state = unmet[0]
                    only(words, phrase.shortest(state))
