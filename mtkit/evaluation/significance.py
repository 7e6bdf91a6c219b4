"""Whether one system is better than another, or only luckier: by sacrebleu's paired tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sacrebleu.metrics.base import Metric
from sacrebleu.significance import PairedTest

from mtkit.evaluation.metrics import References, Scoring

LEAST = 10  # lines that have to differ for a p-value
TRIALS = 10  # of approximate randomisation, for each bootstrap resample


@dataclass(frozen=True)
class Comparison:
    """A system beside the baseline, by one metric.

    mean, ci         of the bootstrap resamples, and half of their 95% confidence interval
    bootstrap        p-value of paired bootstrap resampling (Koehn, 2004); None: the baseline, or
                     a system that differs from it in fewer than ten lines, as the metric sees it
    randomisation    p-value of approximate randomisation (Riezler and Maxwell, 2005); None: same

    sacrebleu counts how often chance does more than the difference, where the tests count how
    often it does as much.  That is the same unless ties are frequent, as they are where few lines
    differ (then there is no p-value here) or where scores are equal (then it is 1, not 0).

    signatures       of both tests, with the number of samples and the seed
    """

    mean: float
    ci: float
    bootstrap: float | None
    randomisation: float | None
    signatures: tuple[str, ...]


def compare(
    systems: Mapping[str, Sequence[str]], references: References, how: Scoring, resamples: int
) -> dict[str, dict[str, Comparison]]:
    """For each system, by metric; the first one is the baseline.

    systems: the hypotheses of each.  The seed is sacrebleu's, 12345, or $SACREBLEU_SEED.
    """
    lines = [list(each) for each in references]
    named = list(systems.items())
    metrics = how.metrics

    def test(kind: str, samples: int) -> tuple[dict[str, str], Mapping[str, list[Any]]]:
        signatures, results = PairedTest(named, metrics, lines, kind, samples)()
        return {name: str(signatures[name]) for name in metrics}, results

    tests = [test("bs", resamples)]
    if len(named) > 1:
        tests.append(test("ar", TRIALS * resamples))

    def comparison(row: int, metric: str) -> Comparison:
        found = [results[metric] for _, results in tests]
        baseline, system = found[0][0], found[0][row]
        p_values = [each[row].p_value for each in found]
        if system.score == baseline.score:
            p_values = [1.0] * len(tests)
        if alike(metrics[metric], named[0][1], named[row][1], lines):
            p_values = [None] * len(tests)
        bootstrap, randomisation = [*p_values, None][:2]
        signatures = tuple(signature[metric] for signature, _ in tests)
        mean, ci = float(system.mean), float(system.ci)
        return Comparison(mean, ci, bootstrap, randomisation, signatures)

    return {
        name: {metric: comparison(row, metric) for metric in metrics}
        for row, name in enumerate(systems)
    }


def alike(
    metric: Metric, one: Sequence[str], other: Sequence[str], references: Sequence[list[str]]
) -> bool:
    """Whether two systems differ in too few lines, as far as the metric can see."""
    differing = 0
    for left, right, *correct in zip(one, other, *references, strict=True):
        if left != right:
            lines = [[line] for line in correct]
            found = [metric._extract_corpus_statistics([line], lines) for line in (left, right)]
            differing += found[0] != found[1]
        if differing >= LEAST:
            return False
    return True
