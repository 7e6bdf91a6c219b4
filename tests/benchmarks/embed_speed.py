"""Words a second of `mtkit embed` and gensim, one thread each, and how far their neighbours agree.

    OMP_NUM_THREADS=1 python tests/benchmarks/embed_speed.py [../shared/bitext/multi30k/train.en]

Both sides learn from the same words, with the same settings and rate, in turns; reading the text is
not measured.  Beside seconds on the clock stands the time of the processor, which other programs
disturb less.  Then the share of the 10 nearest neighbours of the 1,000 most frequent words that are
the same: mtkit's and gensim's, and, as the yardstick, gensim's with two seeds.  Skips cleanly
without the corpus or gensim.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from mtkit.bitext import read_lines
from mtkit.device import keep_freed_memory
from mtkit.vectors import WordVectors
from mtkit.word2vec.config import METHODS, Word2VecConfig
from mtkit.word2vec.model import Word2Vec
from mtkit.word2vec.text import Text, read_text, running_words

FREQUENT, NEAREST = 1000, 10
Timed = tuple[float, float, WordVectors]  # seconds, seconds of the processor, and what came out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "text", type=Path, nargs="?", default=Path("../shared/bitext/multi30k/train.en")
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--size", type=int, default=Word2VecConfig.size)
    options = parser.parse_args()
    if not options.text.is_file() or not find_spec("gensim"):
        print(f"skipped: there is no {options.text}, or no gensim")
        return
    torch.set_num_threads(1)
    keep_freed_memory()
    lines = read_lines(options.text)
    for method in METHODS:
        config = Word2VecConfig(method=method, size=options.size, epochs=options.epochs)
        compare(lines, config, options.rounds)


def compare(lines: list[str], config: Word2VecConfig, rounds: int) -> None:
    text = read_text(lines, running_words, config.min_count)
    sentences = [running_words(line) for line in lines]
    read = text.length * config.epochs
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(timed(lambda: mtkit_side(text, config, number + 1)))  # noqa: B023
        theirs.append(gensim_side(sentences, config, number + 1))
    print(
        f"\n{config.method}, {config.size} numbers: words a second, the median of {rounds} rounds"
    )
    for what, place in (("clock", 0), ("processor", 1)):
        pairs = [(read / a[place], read / b[place]) for a, b in zip(ours, theirs, strict=True)]
        ratios = [one / other for one, other in pairs]
        one, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"  {what:9}  mtkit {one:9,.0f}   gensim {other:9,.0f}   ratio "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            flush=True,
        )
    rows = text.words[:FREQUENT]
    mixed = statistics.mean(overlap(a[2], b[2], rows) for a in ours[:2] for b in theirs[:2])
    print(
        f"  the same among {NEAREST} neighbours: mtkit and gensim {mixed:.3f}, two seeds of gensim "
        f"{overlap(theirs[0][2], theirs[1][2], rows):.3f}, of mtkit "
        f"{overlap(ours[0][2], ours[1][2], rows):.3f}",
        flush=True,
    )


def timed(work: Callable[[], WordVectors]) -> Timed:
    clock, processor = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - clock, time.process_time() - processor, found


def mtkit_side(text: Text, config: Word2VecConfig, seed: int) -> WordVectors:
    values = vars(config) | {"seed": seed}
    model = Word2Vec(text, Word2VecConfig(**values))
    for _ in model.learn():
        pass
    return model.vectors


def gensim_side(sentences: list[list[str]], config: Word2VecConfig, seed: int) -> Timed:
    from gensim.models import Word2Vec as Theirs

    model: Any = Theirs(
        vector_size=config.size, window=config.window, negative=config.negatives,
        sg=int(config.method == "skip-gram"), min_count=config.min_count, sample=config.subsample,
        alpha=config.rate, workers=1, seed=seed,
    )  # fmt: skip
    model.build_vocab(sentences)

    def work() -> WordVectors:
        model.train(sentences, total_examples=len(sentences), epochs=config.epochs)
        return WordVectors(model.wv.index_to_key, torch.tensor(model.wv.vectors))

    return timed(work)


def overlap(one: WordVectors, other: WordVectors, words: list[str]) -> float:
    """The share of neighbours that both have, the mean over the words."""
    shares = []
    for word in words:
        found = [{near for near, _ in side.neighbours(word, NEAREST)} for side in (one, other)]
        shares.append(len(found[0] & found[1]) / NEAREST)
    return statistics.mean(shares)


if __name__ == "__main__":
    main()
