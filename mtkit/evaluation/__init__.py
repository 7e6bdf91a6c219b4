"""Scores that can be published: of corpora, of systems beside each other, and of their parts."""

from mtkit.evaluation.metrics import Score, Scoring, bleu, bleu_tokenizer, guess_language
from mtkit.evaluation.report import EvaluationSet, Report, describe

__all__ = [
    "EvaluationSet", "Report", "Score", "Scoring", "bleu", "bleu_tokenizer", "describe",
    "guess_language",
]  # fmt: skip
