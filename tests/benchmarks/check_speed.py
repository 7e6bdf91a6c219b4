"""What `mtkit check` costs: seconds, and the most memory it has resident.

    python tests/benchmarks/check_speed.py [CORPUS PAIR [PAIRS]]

Pairs (a million, if not said otherwise) are made of those of CORPUS, by default data/everyday
en-de: each is a pair of it, or two of them one after the other.  They go, with the held-out sets of
CORPUS, into a temporary folder.  The command runs in a process of its own, with one thread.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAIRS = 1_000_000


def make_corpus(folder: Path, corpus: Path, pair: str, pairs: int) -> None:
    """train, drawn with replacement, and the other sets as they are."""
    from mtkit.corpus import corpus_in

    found = corpus_in(corpus, pair)
    languages = found.source_language, found.target_language
    for split in found.splits:
        bitext = found.read(split)
        sides = bitext.source, bitext.target
        rows = [(row,) for row in range(len(bitext))]
        if split == "train":
            draw = random.Random(1)
            rows = [tuple(draw.choices(range(len(bitext)), k=draw.randint(1, 2)))
                    for _ in range(pairs)]  # fmt: skip
        for lines, language in zip(sides, languages, strict=True):
            joint = "" if language == "zh" else " "
            with (folder / f"{split}.{language}").open("w", encoding="utf-8") as file:
                file.writelines(f"{joint.join(lines[n] for n in row)}\n" for row in rows)


def main() -> None:
    from mtkit.corpus import everyday

    given = sys.argv[1:]
    corpus, pair = (Path(given[0]), given[1]) if given else (everyday(), "en-de")
    pairs = int(given[2]) if given[2:] else PAIRS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_corpus(folder, corpus, pair, pairs)
        text = sum(file.stat().st_size for file in folder.iterdir())
        command = [sys.executable, "-m", "mtkit", "check", name, "--pair", pair]
        began = time.perf_counter()
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        shown = subprocess.run(command, env=environment, capture_output=True, text=True)
        wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print("\n".join(line for line in shown.stdout.splitlines() if line[:1] in "┏┡└│┃e"))
    print(
        f"{pairs:,} pairs of {corpus.name} {pair}, {text / 2**20:,.0f} MiB of text: "
        f"{wall:.1f} s, {used.ru_utime:.1f} s of it in user mode and {used.ru_stime:.1f} s in the "
        f"kernel; peak resident {used.ru_maxrss / 2**20:.2f} GiB"
    )


if __name__ == "__main__":
    main()
