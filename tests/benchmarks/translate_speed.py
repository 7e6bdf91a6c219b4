"""Sentences a second of mtkit and CTranslate2 with the same weights, and the BLEU of each.

mtkit in float32, in bf16, in int8, and with a shortlist; CTranslate2 in float32 and in int8.

    python tests/benchmarks/translate_speed.py [../shared/bitext/multi30k] [--rounds 3] [--beam 5 1]

The model (4 + 4 layers, width 128, feed-forward 256, 8,000 pieces) is trained first, if it is not
there: half an hour.  The 1,000 sentences of the test set are translated five times over, each
side by two workers of one thread, in the batches that suit it best (tried on 2,000 sentences);
pieces and text are made within the time, loading is not.  All sides take turns; the rates are
medians, the ratio is that to CTranslate2 in float32.  Skips cleanly without the corpus or
ctranslate2.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

RUN, EXPORTED = Path("runs/translate-speed"), Path("runs/translate-speed-ct2")
RECIPE = (
    "--pair", "en-de", "--vocab-size", "8000", "--decoder-layers", "4", "--d-ff", "256",
    "--dropout", "0.15", "--max-steps", "2600", "--warmup-steps", "200", "--validate-every", "650",
)  # fmt: skip
SIDES = {  # of mtkit with what of its configuration
    "mtkit": {},
    "mtkit --precision bf16": {"precision": "bf16"},
    "mtkit --precision int8": {"precision": "int8"},
    "mtkit --shortlist": {"shortlist": True},
    "CTranslate2 float32": None,
    "CTranslate2 int8": None,
}
BASE = "CTranslate2 float32"
WORKERS = 2
BATCHES = (512, 1024, 2048, 4096, 8192)  # tokens


def main() -> None:
    options = parsed()
    if options.side:
        serve(options.side, options.corpus, options.beam[0])
        return
    if not options.corpus.is_dir() or not find_spec("ctranslate2"):
        print(f"skipped: there is no {options.corpus}, or no ctranslate2")
        return
    prepare(options.corpus)
    for beam in options.beam:
        compare(options.corpus, beam, options.rounds)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/bitext/multi30k"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beam", type=int, nargs="+", default=[5, 1])
    parser.add_argument("--side", choices=SIDES, help="for the processes of this script")
    return parser.parse_args()


def prepare(corpus: Path) -> None:
    """The model, what it needs for a shortlist, and the same weights for CTranslate2."""
    if not RUN.exists():
        mtkit("train", corpus, *RECIPE, "--out", RUN)
    mtkit("shortlist", RUN)
    mtkit("export", RUN, "--out", EXPORTED, "--overwrite")


def mtkit(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "mtkit", *map(str, arguments)], check=True)


def compare(corpus: Path, beam: int, rounds: int) -> None:
    import sacrebleu

    references = (corpus / "test.de").read_text("utf-8").splitlines()
    command = [sys.executable, __file__, str(corpus), "--beam", str(beam), "--side"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    sides = {name: subprocess.Popen([*command, name], **pipes) for name in SIDES}

    def asked(name: str, copies: int, batch: int) -> tuple[float, list[str]]:
        side = sides[name]
        print(json.dumps([copies, batch]), file=side.stdin, flush=True)
        seconds, lines = json.loads(side.stdout.readline())
        return len(lines) / seconds, lines

    best = {}
    for name in SIDES:
        asked(name, 1, BATCHES[0])  # warms up
        best[name] = max(BATCHES, key=lambda batch: asked(name, 2, batch)[0])  # noqa: B023
    rates: dict[str, list[float]] = {name: [] for name in SIDES}
    scores = {}
    for _, name in itertools.product(range(rounds), SIDES):
        rate, lines = asked(name, 5, best[name])
        rates[name].append(rate)
        scores[name] = sacrebleu.corpus_bleu(lines[: len(references)], [references]).score
    print(f"\nbeam {beam}: sentences a second (the median of {rounds}), ratio in each round")
    for name in SIDES:
        ratios = [own / base for own, base in zip(rates[name], rates[BASE], strict=True)]
        print(
            f"{name:22} {statistics.median(rates[name]):6.0f}   "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})   "
            f"BLEU {scores[name]:.2f}   batches of {best[name]:,} tokens",
            flush=True,
        )
        sides[name].stdin.close()  # which ends it


def serve(side: str, corpus: Path, beam: int) -> None:
    """Translate the test set as often as stdin says, and so; answer with seconds and lines."""
    test = (corpus / "test.en").read_text("utf-8").splitlines()
    translate = (ctranslate2_side if SIDES[side] is None else mtkit_side)(side, beam)
    for request in sys.stdin:
        copies, batch = json.loads(request)
        began = time.perf_counter()
        lines = translate(test * copies, batch)
        print(json.dumps([time.perf_counter() - began, lines]), flush=True)


Side = Callable[[list[str], int], list[str]]  # lines, tokens in a batch


def mtkit_side(side: str, beam: int) -> Side:
    import torch

    from mtkit import SearchConfig, Translator
    from mtkit.device import keep_freed_memory
    from mtkit.workers import shared_out

    torch.set_num_threads(1)
    keep_freed_memory()
    loaded = {
        batch: Translator.load(RUN, SearchConfig(beam, batch_tokens=batch, **SIDES[side]))
        for batch in BATCHES
    }

    def translate(lines: list[str], batch: int) -> list[str]:
        def work(some: list[str]) -> list[str]:
            return [found.texts[0] for found in loaded[batch].translate(some)]

        return list(shared_out(work, lines, WORKERS))  # type: ignore[arg-type]

    return translate


def ctranslate2_side(side: str, beam: int) -> Side:
    import ctranslate2

    from mtkit.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(RUN)
    loaded = ctranslate2.Translator(
        str(EXPORTED), compute_type=side.split()[1], inter_threads=WORKERS, intra_threads=1
    )

    def translate(lines: list[str], batch: int) -> list[str]:
        pieces = [tokenizer.pieces(line) for line in lines]
        found = loaded.translate_batch(
            pieces, beam_size=beam, max_batch_size=batch, batch_type="tokens"
        )
        return [tokenizer.decode_pieces(one.hypotheses[0]) for one in found]

    return translate


if __name__ == "__main__":
    main()
