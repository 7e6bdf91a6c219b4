"""BLEU, chrF and TER by sacrebleu (Post, 2018), with the signature that makes them comparable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from mtkit.errors import MtkitError


@dataclass(frozen=True)
class Score:
    """A corpus score.  BLEU and chrF: 0 to 100, the more the better; TER: the less the better."""

    name: str
    value: float
    signature: str


def bleu_tokenizer(language: str) -> str:
    """sacrebleu's tokenizer for a target language: zh for Chinese, 13a otherwise."""
    return "zh" if re.split("[-_]", language.lower())[0] in ("zh", "zho", "cmn", "yue") else "13a"


def guess_language(lines: Sequence[str]) -> str:
    """zh for text that is largely Chinese characters, else unknown, an empty string."""
    text = "".join(lines)
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    japanese = len(re.findall(r"[\u3040-\u30ff]", text))
    return "zh" if chinese > len(text) / 3 and japanese < chinese / 10 else ""


def evaluate(
    hypotheses: Sequence[str], references: Sequence[str], target_language: str
) -> list[Score]:
    """Scores of detokenised, cased text, one reference a sentence.

    Errors: MtkitError for no sentences, or a different number of hypotheses and references.
    """
    if not hypotheses or len(hypotheses) != len(references):
        raise MtkitError(
            f"{len(hypotheses):,} hypotheses cannot be scored on {len(references):,} references",
            "line n of the hypotheses must translate what line n of the references translates",
        )
    chinese = bleu_tokenizer(target_language) == "zh"
    metrics = (
        BLEU(tokenize=bleu_tokenizer(target_language)),
        CHRF(),
        TER(normalized=chinese, asian_support=chinese),
    )
    scores = []
    for metric in metrics:
        found = metric.corpus_score(list(hypotheses), [list(references)])
        scores.append(Score(found.name, found.score, str(metric.get_signature())))
    return scores


def bleu(hypotheses: Sequence[str], references: Sequence[str], target_language: str) -> float:
    """Corpus BLEU alone, 0 to 100."""
    metric = BLEU(tokenize=bleu_tokenizer(target_language))
    return float(metric.corpus_score(list(hypotheses), [list(references)]).score)
