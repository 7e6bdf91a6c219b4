"""The order of the training pairs: weights, directions, tags, resumes, several processes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mtkit import feed as feeds
from mtkit.batches import EncodedPair, resampled
from mtkit.config import BOS, EOS, PAD, TrainConfig
from mtkit.errors import MtkitError
from mtkit.feed import Feed, Portion, Resample
from mtkit.tokenizer import Tokenizer

CONFIG = TrainConfig(tokens_per_batch=60, max_epochs=2)


def numbered(first: int, count: int) -> list[EncodedPair]:
    """Pairs of different lengths that tell their number: source n, target n + 1000."""
    return [
        EncodedPair([n] * (1 + n % 7) + [EOS], [BOS] + [n + 1000] * (1 + n % 5) + [EOS])
        for n in range(first, first + count)
    ]


def epoch(feed: Feed) -> Counter[tuple[int, ...]]:
    """How often each source came in the epoch that the feed is in."""
    number, seen = feed.epoch, Counter()
    while feed.epoch == number:
        for batch in feed.next_step().batches:
            assert batch.source.numel() <= 60
            assert batch.target[:, 1:].numel() <= 60
            seen.update(tuple(row[row != PAD].tolist()) for row in batch.source)
    return seen


def sources(pairs: list[EncodedPair]) -> Counter[tuple[int, ...]]:
    return Counter(tuple(pair.source) for pair in pairs)


@pytest.mark.parametrize("pool", [feeds.POOL, 70])
@pytest.mark.parametrize("accumulate", [1, 3])
def test_every_pair_comes_once_an_epoch(
    monkeypatch: pytest.MonkeyPatch, pool: int, accumulate: int
) -> None:
    monkeypatch.setattr(feeds, "POOL", pool)
    pairs = numbered(10, 200)
    feed = Feed([Portion(pairs)], replace(CONFIG, accumulate=accumulate))
    assert epoch(feed) == sources(pairs)
    assert (feed.epochs, feed.epoch_number) == (1, 1)  # the last step belongs to the first pass
    assert epoch(feed) == sources(pairs)
    assert (feed.epochs, feed.epoch_number) == (2, 2)
    feed.next_step()
    assert feed.epoch_number == 3


def test_epochs_differ_and_seeds_differ_but_the_same_seed_repeats() -> None:
    def order(seed: int, skipped: int) -> list[list[list[int]]]:
        feed = Feed([Portion(numbered(10, 200))], replace(CONFIG, seed=seed))
        feed.position = (skipped, 0, 0)
        return [feed.next_step().batches[0].source.tolist() for _ in range(10)]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(2, 0)
    assert order(1, 0) != order(1, 1)


def test_a_weight_says_how_often_a_pair_comes_in_an_epoch() -> None:
    often, seldom = numbered(10, 50), numbered(100, 40)
    feed = Feed([Portion(often, 3), Portion(seldom, 0.5)], CONFIG)
    halves = []
    for _ in range(2):
        seen = epoch(feed)
        assert all(seen[tuple(pair.source)] == 3 for pair in often)
        halves.append({row for row in seen if row[0] >= 100})
        assert len(halves[-1]) == 20
        assert max(seen[row] for row in halves[-1]) == 1
    assert halves[0] != halves[1]  # another half each time


def test_both_directions_come_once_an_epoch() -> None:
    pairs = numbered(10, 50)
    seen = epoch(Feed([Portion(pairs)], replace(CONFIG, bidirectional=True)))
    assert seen == sources(pairs) + sources([pair.reversed() for pair in pairs])


def test_reversing_twice_changes_nothing() -> None:
    pair = EncodedPair([5, 6, EOS], [BOS, 7, EOS])
    assert pair.reversed() == EncodedPair([7, EOS], [BOS, 5, 6, EOS])
    assert pair.reversed().reversed() == pair


def test_a_tag_stands_before_each_source_of_its_portion() -> None:
    feed = Feed([Portion(numbered(10, 50), tag=4), Portion(numbered(100, 20))], CONFIG)
    for row in epoch(feed):
        assert (row[0] == 4) == (row[-2] < 100)


@pytest.mark.parametrize("steps", [0, 1, 5, 12, 40])
def test_a_feed_goes_on_from_any_position(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    monkeypatch.setattr(feeds, "POOL", 70)
    resample = sampler()
    first = Feed([Portion(letters())], CONFIG, resample)
    for _ in range(steps):
        first.next_step()
    second = Feed([Portion(letters())], CONFIG, resample)
    second.position = first.position
    assert second.epochs == first.epochs
    for _ in range(30):
        one, other = first.next_step(), second.next_step()
        assert torch.equal(one.batches[0].source, other.batches[0].source)
        assert torch.equal(one.batches[0].target, other.batches[0].target)
    assert first.epochs == second.epochs


def test_pools_are_of_one_size_so_that_epochs_grow_evenly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "POOL", 190)
    feed, rows = Feed([Portion(numbered(10, 200))], CONFIG), 0
    while feed.epochs < 0.5:
        rows += sum(len(batch.source) for batch in feed.next_step().batches)
    assert rows == 100


def test_weights_that_leave_no_pair_are_refused() -> None:
    with pytest.raises(MtkitError, match="an epoch holds no pairs"):
        Feed([Portion(numbered(10, 40), weight=0.01)], CONFIG)


def test_processes_share_out_every_batch() -> None:
    config = replace(CONFIG, tokens_per_batch=12)  # some batches have fewer rows than processes
    alone = Feed([Portion(numbered(10, 100))], config)
    shares = [Feed([Portion(numbered(10, 100))], config, share=(rank, 3)) for rank in range(3)]
    for _ in range(120):
        whole, parts = alone.next_step(), [feed.next_step() for feed in shares]
        assert {part.tokens for part in parts} == {whole.tokens}
        assert sum(part.batches[0].tokens for part in parts) == whole.tokens
        rows = [
            tuple(row[row != PAD].tolist())
            for part in parts
            if part.batches[0].tokens
            for row in part.batches[0].source
        ]
        assert Counter(rows) == Counter(
            tuple(row[row != PAD].tolist()) for row in whole.batches[0].source
        )


def test_the_steps_of_an_epoch_are_counted() -> None:
    feed = Feed([Portion(numbered(10, 200))], replace(CONFIG, accumulate=2))
    expected, steps = feed.steps_per_epoch, 0
    while feed.epoch == 0:
        feed.next_step()
        steps += 1
    assert steps == expected


LINES = ["abab abba baab", "aabb bbaa abab", "abba abba", "baba bab ab"] * 50
TOKENIZER = Tokenizer.fit(LINES, 14)


def letters() -> list[EncodedPair]:
    return [
        EncodedPair([*TOKENIZER.encode(line), EOS], [BOS, *TOKENIZER.encode(line), EOS])
        for line in LINES
    ]


def sampler() -> Resample:
    return lambda pairs, seed: resampled(pairs, TOKENIZER, 0.1, 20, seed)


def test_sampled_pieces_change_with_the_epoch_and_spell_the_same_text() -> None:
    feed = Feed([Portion(letters())], CONFIG, sampler())
    one, other = epoch(feed), epoch(feed)
    assert one != other
    for seen in (one, other):
        texts = [TOKENIZER.decode(row[:-1]) for row in seen.elements()]
        assert Counter(texts) == Counter(LINES)


SAMPLING = """
import sys
from pathlib import Path
from mtkit.tokenizer import Tokenizer
tokenizer = Tokenizer.load(Path(sys.argv[1]))
print(tokenizer.sample_lines(["abab abba baab", "aabb bbaa abab"] * 20, 0.1, 7))
"""


def test_the_seed_alone_decides_what_is_sampled_also_in_another_process(tmp_path: Path) -> None:
    file = tmp_path / "tok.model"
    file.write_bytes(TOKENIZER.model)
    command = [sys.executable, "-c", SAMPLING, str(file)]
    first, second = (subprocess.check_output(command, text=True) for _ in range(2))
    assert first == second
    rows = json.loads(first)
    assert len({str(row) for row in rows[::2]}) > 1


def test_a_pair_with_an_unknown_character_or_too_many_pieces_is_not_sampled() -> None:
    [known] = letters()[:1]
    unknown = EncodedPair([*TOKENIZER.encode("abab xyz"), EOS], known.target)
    for _ in range(5):
        assert resampled([unknown], TOKENIZER, 0.1, 30, seed=3) == [unknown]
    drawn = [resampled([known], TOKENIZER, 0.1, known.length, seed)[0] for seed in range(9)]
    assert all(pair.length <= known.length for pair in drawn)
