"""The figure that papers on Multi30k give: lower-cased, Moses-tokenised BLEU, beside the cased one.

    python tests/benchmarks/published.py ../shared/bitext/multi30k RUN [RUN ...]

Translates the test set with a beam of 5 with each run (say, of three seeds), and prints both
figures of each and their mean.  Needs sacremoses: pip install sacremoses.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import sacrebleu


def translated(run: str, source: Path) -> list[str]:
    """The run's translations, detokenised."""
    command = [sys.executable, "-m", "mtkit", "translate", "--model", run, "--beam-size", "5"]
    with source.open() as stream:
        done = subprocess.run(command, stdin=stream, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def moses_tokenised(lines: list[str], language: str) -> list[str]:
    """Punctuation normalised, tokenised, lower-cased, as for Multi30k's published figures."""
    from sacremoses import MosesPunctNormalizer, MosesTokenizer

    normalise, tokenise = MosesPunctNormalizer(language), MosesTokenizer(language)
    return [
        tokenise.tokenize(normalise.normalize(line), return_str=True, escape=False).lower()
        for line in lines
    ]


def main() -> None:
    corpus, *runs = sys.argv[1:]
    if not Path(corpus).is_dir():
        print(f"skipped: there is no {corpus}")
        return
    references = Path(corpus, "test.de").read_text("utf-8").splitlines()
    figures = []
    for run in runs:
        hypotheses = translated(run, Path(corpus, "test.en"))
        cased = sacrebleu.corpus_bleu(hypotheses, [references]).score
        sides = (moses_tokenised(lines, "de") for lines in (hypotheses, references))
        hypotheses, tokenised = sides
        lowered = sacrebleu.corpus_bleu(hypotheses, [tokenised], tokenize="none").score
        figures.append((lowered, cased))
        print(f"{run}: {lowered:.2f} lower-cased and Moses-tokenised, {cased:.2f} cased")
    lowered, cased = (statistics.mean(column) for column in zip(*figures, strict=True))
    print(f"mean of {len(runs)}: {lowered:.2f}, {cased:.2f}")


if __name__ == "__main__":
    main()
