"""BLEU, chrF, chrF++ and TER by sacrebleu (Post, 2018), with comparable signatures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.base import Score as SacrebleuScore
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from mtkit.errors import MtkitError
from mtkit.wording import counted

References = Sequence[Sequence[str]]  # the lines of each reference, mostly of one

TOKENIZERS = {  # sacrebleu's, by language; 13a, that of the WMT campaigns, for all others
    "zh": "zh", "zho": "zh", "cmn": "zh", "yue": "zh", "ja": "ja-mecab", "jpn": "ja-mecab",
    "ko": "ko-mecab", "kor": "ko-mecab",
}  # fmt: skip
EXTRAS = {"ja-mecab": "ja", "ko-mecab": "ko"}  # what they need to be installed


@dataclass(frozen=True)
class Score:
    """A corpus score.  BLEU and chrF: 0 to 100, the more the better; TER: the less the better."""

    name: str
    value: float
    signature: str


@dataclass(frozen=True)
class Scoring:
    """How text is scored.  tokenize: by BLEU; without, as the target language wants it."""

    language: str = ""  # of the target
    tokenize: str = ""
    lowercase: bool = False  # TER never minds the case

    @cached_property
    def bleu(self) -> BLEU:
        """Errors: MtkitError for a tokenizer that is unknown or not installed."""
        name = self.tokenize or bleu_tokenizer(self.language)
        if name not in BLEU.TOKENIZERS:
            known = ", ".join(sorted(BLEU.TOKENIZERS))
            raise MtkitError(f"sacrebleu has no tokenizer `{name}`", f"it has {known}")
        try:
            return BLEU(tokenize=name, lowercase=self.lowercase)
        except RuntimeError as error:
            extra = EXTRAS.get(name, "")
            raise MtkitError(
                f"the tokenizer `{name}` is not installed",
                f"pip install 'mtkit[{extra}]', or name another one: --tokenize char",
            ) from error
        except (OSError, SystemExit) as error:
            raise MtkitError(
                f"the tokenizer `{name}` needs a file that sacrebleu could not download: {error}",
                "check the network, or name another one: --tokenize 13a",
            ) from error

    @cached_property
    def chrf(self) -> CHRF:
        return CHRF(lowercase=self.lowercase)

    def check(self) -> None:
        """Errors: those of `bleu`, before hours of translation rather than after."""
        _ = self.bleu

    @property
    def metrics(self) -> dict[str, Metric]:
        """By the names that sacrebleu gives their scores."""
        asian = bleu_tokenizer(self.language) in ("zh", "ja-mecab")
        return {
            "BLEU": self.bleu,
            "chrF2": self.chrf,
            "chrF2++": CHRF(lowercase=self.lowercase, word_order=2),
            "TER": TER(normalized=asian, asian_support=asian),
        }

    def tokens(self, line: str) -> list[str]:
        """A line of the target, as BLEU cuts it."""
        return self.bleu.tokenizer(line).split()


def primary(language: str) -> str:
    """zh-CN -> zh"""
    return re.split("[-_]", language.lower())[0]


def bleu_tokenizer(language: str) -> str:
    """sacrebleu's tokenizer for a target language."""
    return TOKENIZERS.get(primary(language), "13a")


def guess_language(lines: Sequence[str]) -> str:
    """zh for text that is largely Chinese characters, else unknown, an empty string."""
    text = "".join(lines)
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    japanese = len(re.findall(r"[\u3040-\u30ff]", text))
    return "zh" if chinese > len(text) / 3 and japanese < chinese / 10 else ""


def corpus_score(metric: Metric, hypotheses: Sequence[str], references: References) -> Score:
    found = metric.corpus_score(list(hypotheses), [list(lines) for lines in references])
    return as_score(found, metric)


def as_score(found: SacrebleuScore, metric: Metric) -> Score:
    return Score(found.name, float(found.score), str(metric.get_signature()))


def check_lengths(hypotheses: Sequence[str], references: References, name: str = "") -> None:
    """name: of what wrote the hypotheses.  Errors: MtkitError where lines do not match."""
    for lines in references:
        if not hypotheses or len(hypotheses) != len(lines):
            whose = f" of {name}" if name else ""
            found = counted(len(hypotheses), "hypothesis", "hypotheses")
            raise MtkitError(
                f"{found}{whose} cannot be scored on {counted(len(lines), 'reference')}",
                "line n of the hypotheses must translate what line n of the references translates",
            )


def bleu(hypotheses: Sequence[str], references: Sequence[str], language: str) -> float:
    """Corpus BLEU alone, 0 to 100, on one reference.

    Of a language whose tokenizer is not installed: BLEU of characters, enough to watch training.
    """
    try:
        metric = Scoring(language).bleu
    except MtkitError:
        metric = Scoring(language, "char").bleu
    return corpus_score(metric, hypotheses, [references]).value
