"""All that is said of one or more systems on a test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mtkit.evaluation import symptoms as signs
from mtkit.evaluation.differences import Difference, largest_differences
from mtkit.evaluation.groups import Group, by_length, by_rarity, group_scores
from mtkit.evaluation.metrics import References, Score, Scoring, as_score, check_lengths
from mtkit.evaluation.seeds import SeedGroup
from mtkit.evaluation.significance import Comparison, compare
from mtkit.evaluation.symptoms import Symptoms


@dataclass(frozen=True)
class EvaluationSet:
    """Sentences and their right translations."""

    name: str
    source: Sequence[str] | None  # None: not known
    references: References

    def __len__(self) -> int:
        return len(self.references[0])


@dataclass(frozen=True)
class SystemReport:
    """What is said of one system."""

    name: str
    scores: Sequence[Score]
    symptoms: Symptoms
    comparison: Mapping[str, Comparison] = field(default_factory=dict)  # by metric


@dataclass(frozen=True)
class Details:
    """What is said of systems beside each other; the first one is the baseline.

    groups       by what they are grouped by: length, rarity
    differences  by system: wins, then losses
    """

    groups: Mapping[str, Sequence[Group]] = field(default_factory=dict)
    differences: Mapping[str, Sequence[Difference]] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Systems on one test set."""

    sentences: int
    systems: Sequence[SystemReport]
    repeated: float  # in the first reference, to compare with that of the systems
    seeds: Sequence[SeedGroup] = ()
    details: Details | None = None


@dataclass(frozen=True)
class Wanted:
    """How much is to be told beside the scores.

    counts: of source words in the training text; None: not known.
    """

    resamples: int = 1000
    examples: int = 3  # wins, and as many losses
    counts: Mapping[str, int] | None = None


def describe(
    systems: Mapping[str, Sequence[str]], what: EvaluationSet, how: Scoring
) -> list[SystemReport]:
    """Scores and symptoms of each system's hypotheses.

    Errors: MtkitError where a system has more or fewer lines than the references.
    """
    metrics, references = how.metrics, [list(lines) for lines in what.references]
    found = []
    for name, hypotheses in systems.items():
        check_lengths(hypotheses, references, name)
        raw = [metric.corpus_score(list(hypotheses), references) for metric in metrics.values()]
        scores = [as_score(*each) for each in zip(raw, metrics.values(), strict=True)]
        symptoms = Symptoms(
            raw[0].ratio,
            signs.repetition(hypotheses, how.tokens),
            signs.copied(hypotheses, what.source, references),
            signs.empty(hypotheses, references),
        )
        found.append(SystemReport(name, scores, symptoms))
    return found


def described(systems: Mapping[str, Sequence[str]], what: EvaluationSet, how: Scoring) -> Report:
    """Scores and symptoms, and no more."""
    repeated = signs.repetition(what.references[0], how.tokens)
    return Report(len(what), describe(systems, what, how), repeated)


def compared(
    systems: Mapping[str, Sequence[str]], what: EvaluationSet, how: Scoring, wanted: Wanted
) -> Report:
    """All of it: with confidence intervals and p-values, groups, and differences."""
    report = described(systems, what, how)
    found = compare(systems, what.references, how, wanted.resamples)
    reports = [replace(each, comparison=found[each.name]) for each in report.systems]
    details = Details(groups(systems, what, how, wanted), differences(systems, what, how, wanted))
    return replace(report, systems=reports, details=details)


def groups(
    systems: Mapping[str, Sequence[str]], what: EvaluationSet, how: Scoring, wanted: Wanted
) -> dict[str, list[Group]]:
    """By length, and by rarity if the counts of words are known; none without a source."""
    if what.source is None:
        return {}
    rows = {"length": by_length(what.source)}
    if wanted.counts is not None:
        rows["rarity"] = by_rarity(what.source, wanted.counts)
    return {name: group_scores(each, systems, what.references, how) for name, each in rows.items()}


def differences(
    systems: Mapping[str, Sequence[str]], what: EvaluationSet, how: Scoring, wanted: Wanted
) -> dict[str, list[Difference]]:
    """The sentences on which each system differs most from the first one, if any are wanted."""
    (_, baseline), *others = systems.items()
    given = what.references, what.source, how, wanted.examples
    return {
        name: largest_differences(baseline, found, *given)
        for name, found in others
        if wanted.examples
    }
