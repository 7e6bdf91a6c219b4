"""The objects that search asks, each alone: what may come next, what goes on, how to rank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtkit.config import BOS, EOS, PAD, UNK, SamplingConfig, SearchConfig
from mtkit.errors import MtkitError
from mtkit.ranking import (
    LEAD,
    Hypothesis,
    Ranking,
    closing_words,
    is_loop,
    length_penalty,
    repeats,
)
from mtkit.search.choice import Banks, BestFirst, Sampling, best_continuations, going_on
from mtkit.search.controls import Control, Lengths, NoLoops, NoRepeat, OnlyText, Prefix
from mtkit.search.phrases import Forbidden, Phrase, Required, Wishes
from mtkit.search.plan import output_limit

PIECES = ["", "", "", "", "▁", "a", "b", "ab", "▁a", "▁ab", "c"]
NAMES = {piece: token for token, piece in enumerate(PIECES) if piece}
V = len(PIECES)


def allowed(control: Control, tokens: list[list[int]], beam: int = 1) -> list[set[int]]:
    """What each hypothesis may say next; tokens: what it says so far, BOS left out."""
    sentences = len(tokens) // beam
    scores = torch.zeros(sentences, beam, V)
    said = torch.tensor([[BOS, *row] for row in tokens])
    control.restrict(scores, list(range(sentences)), said)
    return [set(row.isfinite().nonzero().flatten().tolist()) for row in scores.flatten(0, 1)]


def say(control: Control, *words: int) -> None:
    """One hypothesis says these words."""
    for word in words:
        control.follow(torch.tensor([0]), torch.tensor([word]))


def spelt(text: str) -> list[int]:
    """Character by character."""
    return [NAMES[character] for character in text]


EVERYTHING = set(range(V))


def test_only_text_is_said_and_unknown_only_if_the_source_has_it() -> None:
    never, first, second = allowed(OnlyText([0, 1, 2]), [[5], [5], [5]])
    assert never == first == EVERYTHING - {PAD, BOS, UNK}
    assert second == EVERYTHING - {PAD, BOS}


def test_no_end_before_the_minimum_and_only_the_end_at_the_limit() -> None:
    control = Lengths(2, [4, 5])
    assert allowed(control, [[5], [5]]) == [EVERYTHING - {EOS}] * 2
    assert allowed(control, [[5, 5], [5, 5]]) == [EVERYTHING, EVERYTHING]
    assert allowed(control, [[5, 5, 5], [5, 5, 5]]) == [{EOS}, EVERYTHING]


def test_a_hypothesis_that_is_cut_is_not_charged_for_its_end() -> None:
    control = Lengths(0, [2], cut=2)
    scores = torch.full((1, 1, V), -7.0)
    control.restrict(scores, [0], torch.tensor([[BOS, 5]]))
    assert scores[0, 0, EOS] == 0
    assert scores[0, 0, :EOS].isinf().all()
    scores.fill_(-7.0)
    control.restrict(scores, [0], torch.tensor([[BOS]]))
    assert (scores == -7.0).all()


def test_a_prefix_is_said_first() -> None:
    control = Prefix([[7, 8], []])
    assert allowed(control, [[], []]) == [{7}, EVERYTHING]
    assert allowed(control, [[7], [5]]) == [{8}, EVERYTHING]
    assert allowed(control, [[7, 8], [5, 6]]) == [EVERYTHING, EVERYTHING]


def test_nothing_is_said_twice() -> None:
    assert allowed(NoRepeat(1), [[5, 6, 5]]) == [EVERYTHING - {5, 6}]
    assert allowed(NoRepeat(2), [[5, 6, 7, 5]]) == [EVERYTHING - {6}]
    assert allowed(NoRepeat(3), [[5, 6, 7, 5]]) == [EVERYTHING]
    assert allowed(NoRepeat(3), [[5, 6, 7, 5, 6], [5, 5, 5, 5, 5]]) == [
        EVERYTHING - {7}, EVERYTHING - {5},
    ]  # fmt: skip


def test_no_hypothesis_gets_caught_in_a_loop() -> None:
    control = NoLoops([[9], [9, 9], [9]], free={2})
    caught = [[5, 5, 5, 7, 6, 6, 6], [6, 7, 6, 7, 6, 7, 6]]
    assert allowed(control, caught * 2, beam=2)[:2] == [EVERYTHING - {6}, EVERYTHING - {7}]
    assert allowed(control, caught * 2, beam=2)[2:] == [EVERYTHING] * 2  # the source says it twice
    assert allowed(control, [[6, 6, 6]] * 3) == [EVERYTHING - {6}, EVERYTHING, EVERYTHING]
    assert allowed(control, [[6, 6, 6, 6]] * 3)[1:] == [EVERYTHING - {6}, EVERYTHING]


pieces = st.lists(st.sampled_from([t for t, piece in enumerate(PIECES) if piece]), max_size=12)
texts = st.text(alphabet="ab▁", min_size=1, max_size=6)


@given(texts, pieces)
def test_a_phrase_is_found_wherever_the_pieces_cut_it(text: str, tokens: list[int]) -> None:
    phrase = Phrase(text, PIECES)
    state, said = 0, ""
    for token in tokens:
        state = phrase.advance(state, token)
        said += PIECES[token]
        assert (state == phrase.length) == (text in said)


@given(texts, pieces)
def test_forbidden_is_what_would_complete_the_phrase(text: str, tokens: list[int]) -> None:
    control = Forbidden([[Phrase(text, PIECES)]], beam=1)
    said = ""
    for token in tokens:
        [may] = allowed(control, [[5] * len(said)])
        for word, piece in enumerate(PIECES):
            assert (word in may) == (text not in said + piece)
        if token in may:
            say(control, token)
            said += PIECES[token]


@given(texts, pieces)
def test_any_state_is_as_many_pieces_from_the_end_as_it_says(text: str, tokens: list[int]) -> None:
    phrase = Phrase(text, PIECES)
    assert phrase.sayable
    state = 0
    for token in tokens:
        state = phrase.advance(state, token)
    assert phrase.needed(state) <= phrase.needed()
    while state < phrase.length:
        after = phrase.advance(state, phrase.shortest(state))
        assert phrase.needed(after) == phrase.needed(state) - 1
        state = after


def test_a_phrase_of_unknown_characters_cannot_be_said() -> None:
    assert not Phrase("axb", PIECES).sayable
    assert Phrase("▁abc", PIECES).sayable
    assert Phrase("▁abc", PIECES).needed() == 2


def test_what_was_said_before_counts_for_what_is_forbidden() -> None:
    control = Forbidden([[Phrase("a▁b", PIECES)]], 1, [Wishes(before="a")])
    say(control, NAMES["▁"])
    assert NAMES["b"] not in allowed(control, [[4]])[0]


def test_what_a_prefix_says_counts_although_its_pieces_are_unknown() -> None:
    control = Forbidden([[Phrase("🙂b", PIECES)]], 1, [Wishes((UNK,), prefix_text="🙂")])
    assert NAMES["b"] in allowed(control, [[]])[0]
    say(control, UNK)
    assert NAMES["b"] not in allowed(control, [[UNK]])[0]


@given(st.lists(texts, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_required_phrases_are_said_before_the_limit(found: list[str], random: object) -> None:
    phrases = [Phrase(text, PIECES) for text in found]
    limit = sum(phrase.needed() for phrase in phrases) + 4
    control = Required([phrases], 1, [Wishes()], [limit])
    said: list[int] = []
    while True:
        assert len(said) < limit
        [may] = allowed(control, [said])
        word = random.choice(sorted(may - {PAD, BOS, UNK}))  # type: ignore[attr-defined]
        if word == EOS:
            break
        said.append(word)
        say(control, word)
        if len(said) == limit - 1:
            break
    text = "".join(PIECES[token] for token in said)
    assert all(phrase in text for phrase in found)


def test_each_bank_has_its_place_in_the_beam() -> None:
    """The likeliest words never say what is required; still a hypothesis that does goes on."""
    required = Required([[Phrase("ab", PIECES)]], 2, [Wishes()], [20])
    words = torch.full((1, 2, V), -9.0)
    words[..., NAMES["c"]] = -0.1
    scores = torch.tensor([[0.0, -0.5]])
    assert (BestFirst(2).pick(scores, words, [0], 0)[2][:, :2] == NAMES["c"]).all()
    found, parents, chosen = Banks(2, required).pick(scores, words, [0], 0)
    first, second = chosen[0, :2].tolist()
    assert {first, second} == {NAMES["ab"], NAMES["c"]}
    assert found.shape == parents.shape == chosen.shape == (1, 4)


@given(st.integers(1, 9), st.integers(1, 3), st.sampled_from([5, 16, 900]), st.integers(0, 2**32))
def test_the_best_continuations_are_those_of_topk(
    count: int, hypotheses: int, vocabulary: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    words = torch.randn(2, hypotheses, vocabulary, generator=generator)
    words[torch.rand(words.shape, generator=generator) < 0.3] = -torch.inf
    scores = torch.randn(2, hypotheses, generator=generator)
    totals = (scores[..., None] + words).flatten(1)
    expected = totals.topk(min(count, totals.size(1))).values
    best, parents, chosen = best_continuations(scores, words, count)
    assert torch.equal(best, expected)
    assert torch.equal(totals.gather(1, parents * vocabulary + chosen), expected)


def test_what_ends_does_not_go_on() -> None:
    candidates = (
        torch.tensor([[-1.0, -2.0, -3.0, -4.0], [-1.0, -2.0, -torch.inf, -torch.inf]]),
        torch.tensor([[0, 1, 0, 1], [1, 0, 0, 0]]),
        torch.tensor([[EOS, 5, 6, EOS], [EOS, 7, 5, 5]]),
    )
    scores, parents, words = going_on(candidates, 2, [-math.inf, -5.0])
    assert scores.tolist() == [[-2.0, -3.0], [-2.0, -torch.inf]]
    assert words[0].tolist() == [5, 6]
    assert (words[1, 0], parents[1, 0]) == (7, 0)
    assert going_on(candidates, 2, [-2.0, math.inf])[0].isinf().all()
    assert going_on(candidates, 2, [-2.5, -2.0])[0].tolist() == [
        [-2.0, -torch.inf],
        [-torch.inf] * 2,
    ]


def draw(
    config: SamplingConfig,
    words: Tensor,
    sources: Sequence[Sequence[int]] = ([9, EOS],),
    limit: int = 1,
) -> Tensor:
    """(N, K): one word for each of K hypotheses of N sentences."""
    sampling = Sampling(replace(config, samples=words.size(1)), sources, [limit] * len(sources))
    return sampling.pick(torch.zeros(words.shape[:2]), words, range(len(sources)), 0)[2]


def test_words_are_drawn_as_often_as_they_are_probable() -> None:
    words = torch.tensor([0.5, 0.3, 0.2, 0.0]).log().expand(1, 20_000, 4)
    shares = draw(SamplingConfig(), words).flatten().bincount(minlength=4) / 20_000
    assert shares.tolist() == pytest.approx([0.5, 0.3, 0.2, 0.0], abs=0.02)
    sharp = draw(SamplingConfig(temperature=0.5), words).flatten().bincount(minlength=4) / 20_000
    assert sharp.tolist() == pytest.approx([25 / 38, 9 / 38, 4 / 38, 0.0], abs=0.02)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"top_k": 2}, {0, 1}),
        ({"top_k": 9}, {0, 1, 2, 3}),
        ({"top_p": 0.45}, {0}),
        ({"top_p": 0.75}, {0, 1}),
        ({"top_k": 3, "top_p": 0.95}, {0, 1, 2}),
    ],
)
def test_only_the_likely_may_be_drawn(options: dict[str, float], expected: set[int]) -> None:
    words = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(1, 2000, 4)
    assert set(draw(SamplingConfig(**options), words).flatten().tolist()) == expected  # type: ignore[arg-type]


def test_the_seed_and_the_sentence_decide_what_is_drawn() -> None:
    words = torch.zeros(2, 50, V)
    sources = [[7, 8, EOS], [9, EOS]]
    both = draw(SamplingConfig(seed=4), words, sources)
    turned = draw(SamplingConfig(seed=4), words, sources[::-1])
    alone = draw(SamplingConfig(seed=4), words[:1], sources[1:], limit=7)
    assert torch.equal(both, turned.flip(0))
    assert torch.equal(both[1:], alone)
    assert not torch.equal(both[0], both[1])
    assert not torch.equal(both, draw(SamplingConfig(seed=5), words, sources))


def hypothesis_of(score: float, tokens: list[int], loops: bool = False) -> Hypothesis:
    return Hypothesis(tokens, [score], score, loops)


def test_scores_are_normalised_by_length() -> None:
    assert Ranking(alpha=1.0).score(-6.0, 7) == -3.0
    assert Ranking(alpha=0.0).score(-6.0, 7) == -6.0
    assert Ranking("average").score(-6.0, 3) == -2.0
    assert length_penalty(7, 0.5) == pytest.approx(2**0.5)


def test_a_hypothesis_without_a_loop_comes_before_a_better_one_with() -> None:
    looping, plain = hypothesis_of(-1.0, [5] * 9, True), hypothesis_of(-2.0, [5])
    assert Ranking(n_best=2).best([looping, plain]) == [plain]
    assert Ranking(n_best=2).best([looping]) == [looping]


def test_search_goes_on_while_something_better_may_come() -> None:
    ranking = Ranking(alpha=0.0, n_best=2)
    found = [hypothesis_of(-1.0, [5]), hypothesis_of(-3.0, [6])]
    assert ranking.least(found[:1], 2, 9) == -math.inf
    assert ranking.least(found, 2, 9) == -3.0
    assert Ranking(alpha=1.0).least(found, 2, 7) == -2.0
    assert Ranking("average").least(found, 2, 7) == pytest.approx(-7.0)
    assert Ranking("average").least(found, 2, 99) == -2.0 - LEAD
    looping = [hypothesis_of(-1.0, [5] * 9, True)]
    assert ranking.least(looping * 2, 2, 9) == -math.inf
    assert Ranking(greedy=True).least(looping, 2, 9) == math.inf


@pytest.mark.parametrize(
    ("tokens", "source", "loops"),
    [
        ([5, 6, 7, 8], [5], False),
        ([5, 6, 6, 6, 7], [5], False),
        ([5, 6, 6, 6, 6, 7], [5], True),
        ([5, 6, 5, 6, 5, 6, 5, 6], [9, 8], True),
        ([5, 6, 6, 6, 6, 7], [9, 9, 9], False),  # so does the source
        ([], [], False),
    ],
)
def test_a_loop_is_more_of_the_same_than_in_the_source(
    tokens: list[int], source: list[int], loops: bool
) -> None:
    assert is_loop(tokens, source) == loops


few_words = st.lists(st.integers(5, 7), max_size=30)


@given(few_words, few_words)
def test_words_that_close_a_loop_are_those_that_make_one(
    tokens: list[int], source: list[int]
) -> None:
    while is_loop(tokens, source):
        tokens = tokens[:-1]
    loops = {word for word in range(5, 8) if is_loop([*tokens, word], source)}
    assert set(closing_words(tokens, source)) == loops


def test_repeats_of_units_are_counted() -> None:
    assert [repeats(row) for row in ([], [5], [5, 6], [5, 5], [5, 6, 5, 6, 5])] == [0, 1, 1, 2, 2]


def test_limits_make_room_for_what_is_wanted() -> None:
    assert output_limit(5, SearchConfig(), 100) == 20
    assert output_limit(5, SearchConfig(), 100, needed=7) == 27
    assert output_limit(5, SearchConfig(min_length=50), 100) == 51
    assert output_limit(5, SearchConfig(max_length=8), 100) == 9
    assert output_limit(5, SearchConfig(), 12) == 12


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (SearchConfig, {"min_length": 5, "max_length": 4}, "--max-length 4 is out of range"),
        (SearchConfig, {"max_length": 0}, "--max-length 0 is out of range"),
        (SearchConfig, {"normalisation": "none"}, "--normalisation none"),
        (SearchConfig, {"no_repeat_ngram": -1}, "--no-repeat-ngram -1"),
        (SamplingConfig, {"temperature": 0.0}, "--temperature 0.0"),
        (SamplingConfig, {"temperature": math.nan}, "--temperature nan"),
        (SamplingConfig, {"top_p": 1.5}, "--top-p 1.5"),
        (SamplingConfig, {"top_k": -1}, "--top-k -1"),
        (SamplingConfig, {"samples": 0}, "--samples 0"),
    ],
)
def test_settings_out_of_range_are_refused(
    kind: type, options: dict[str, object], message: str
) -> None:
    with pytest.raises(MtkitError, match=message):
        kind(**options)
