"""What a person sees of an evaluation: lines of text, drawn by rich."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from mtkit import console
from mtkit.check.display import visible
from mtkit.tables import drawn
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.evaluation import Report
    from mtkit.evaluation.differences import Difference
    from mtkit.evaluation.report import SystemReport
    from mtkit.evaluation.significance import Comparison

Rows = Sequence[tuple[str, "Report", "SystemReport"]]  # what to call it, of what, and which
ALPHA = 0.05  # of p-values, from which a difference is called one
ROUNDED = 0.0005  # p-values below are shown as such
TITLES = {
    "length": "BLEU by words of the source",
    "rarity": "BLEU by how often the rarest word of the source is in the training text",
}


def board(reports: Mapping[str, Report]) -> Iterator[str]:
    """All of it.  A row for each set, if there is one system; else a table for each set."""
    systems = list(dict.fromkeys(each.name for found in reports.values() for each in found.systems))
    names = {name: name for name in reports} | short_names(systems)
    names |= short_names([name for name in reports if Path(name).is_file()])
    if len(systems) == 1:
        rows = [(names[name], found, found.systems[0]) for name, found in reports.items()]
        yield from overview("test set", rows)
    for name, report in reports.items():
        if len(systems) > 1:
            yield f"{names[name]}, {counted(report.sentences, 'sentence')}"
            rows = [(names[each.name], report, each) for each in report.systems]
            yield from overview("system", rows)
        yield from seed_lines(report, names)
        if report.details:
            yield from group_tables(report, names)
            for system, found in report.details.differences.items():
                yield from difference_table(names[systems[0]], names[system], found)
    yield from signatures(reports, names)


def signatures(reports: Mapping[str, Report], names: Mapping[str, str]) -> Iterator[str]:
    """Those of the scores and of the tests; with the set's name where sets have different ones."""
    lines = {}
    for name, report in reports.items():
        first = report.systems[0]
        lines[name] = [f"{score.name}: {score.signature}" for score in first.scores]
        for found in list(first.comparison.values())[:1]:
            lines[name] += [f"test by BLEU: {signature}" for signature in found.signatures]
    shared = len(set(map(tuple, lines.values()))) == 1
    for name, said in lines.items():
        yield from said if shared else [f"{names[name]}: {line}" for line in said]
        if shared:
            return


def short_names(names: Sequence[str]) -> dict[str, str]:
    """The ends of paths that still tell them apart."""
    longest = max((len(PurePath(name).parts) for name in names), default=0)
    for length in range(1, longest):
        ends = {name: str(PurePath(*PurePath(name).parts[-length:])) for name in names}
        if len(set(ends.values())) == len(names):
            return ends
    return {name: name for name in names}


def overview(what: str, rows: Rows) -> Iterator[str]:
    """Scores, and what they could hide."""
    table = columns(what, *(score.name for score in rows[0][2].scores))
    for name, _, system in rows:
        scores = system.scores
        beside = [
            beyond(system.comparison.get(score.name), system is rows[0][2]) for score in scores
        ]
        cells = [f"{score.value:.2f}{each}" for score, each in zip(scores, beside, strict=True)]
        table.add_row(name, *cells)
    yield from drawn(table)
    yield from legend(what, rows)
    table = columns(what, "sentences", "length ratio", "repeated", "copied", "empty")
    for name, report, system in rows:
        signs = system.symptoms
        copied = "?" if signs.copied is None else f"{signs.copied:.1%}"
        repeated = f"{signs.repeated:.1%} ({report.repeated:.1%})"
        ratio, empty = f"{signs.length_ratio:.3f}", f"{signs.empty:.1%}"
        table.add_row(name, f"{report.sentences:,}", ratio, repeated, copied, empty)
    yield from drawn(table)
    yield "repeated: 4-grams that stand before in the same line (brackets: of the references);"
    yield "copied: lines that are their source, though the reference is not"


def columns(first: str, *others: str) -> Table:
    table = Table()
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def beyond(comparison: Comparison | None, first: bool) -> str:
    """What stands behind a score: its confidence interval, and p-values in a second line.

    first: of the baseline, which is compared with nothing.
    """
    if comparison is None:
        return ""
    values = [p for p in (comparison.bootstrap, comparison.randomisation) if p is not None]
    if not values:
        untested = len(comparison.signatures) > 1 and not first
        return f" ±{comparison.ci:.2f}" + "\ntoo alike" * untested
    sign = " *" if max(values) < ALPHA else ""
    return f" ±{comparison.ci:.2f}\n{' '.join(map(p_value, values))}{sign}"


def p_value(value: float) -> str:
    return "<.001" if value < ROUNDED else f"{value:.3f}".lstrip("0")


def legend(what: str, rows: Rows) -> Iterator[str]:
    """What the signs beside the scores mean, if there are any."""
    if rows[0][2].comparison:
        yield "±: half of the 95% confidence interval, by bootstrap resampling"
        if what == "system":
            yield f"below: p-values of the difference from {rows[0][0]}, by paired bootstrap"
            yield f"resampling and by approximate randomisation; *: both are below {ALPHA};"
            yield "too alike: fewer than ten lines differ, as the metric sees them"


def seed_lines(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    """The mean over runs that differ only in their seed."""
    for group in report.seeds:
        runs = ", ".join(names[system] for system in group.systems)
        yield f"mean and standard deviation of {len(group.systems)} seeds ({runs}):"
        yield "  " + ", ".join(
            f"{metric} {mean:.2f} ± {group.deviation[metric]:.2f}"
            for metric, mean in group.mean.items()
        )


def group_tables(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    assert report.details
    for kind, groups in report.details.groups.items():
        table = columns(kind, "sentences", *(names[each.name] for each in report.systems))
        for found in groups:
            scores = [f"{found.scores[each.name][0].value:.2f}" for each in report.systems]
            table.add_row(found.name, f"{found.sentences:,}", *scores)
        yield TITLES[kind]
        yield from drawn(table)


def difference_table(
    baseline: str, system: str, differences: Sequence[Difference]
) -> Iterator[str]:
    """Wins and losses, side by side; what differs is in [brackets]."""
    if not differences:
        yield f"no sentence of {system} is better or worse than that of {baseline}, by chrF"
        return
    yield f"where {system} differs most from {baseline}; in [brackets] what the other has not"
    for difference in differences:
        kind = "wins" if difference.gain > 0 else "loses"
        yield f"line {difference.line:,}: {system} {kind} {abs(difference.gain):.1f} chrF"
        if difference.source is not None:
            yield f"  source     {visible(difference.source)}"
        yield f"  reference  {visible(difference.reference)}"
        table = Table(baseline, system, expand=True, box=SIMPLE)
        for column in table.columns:
            column.ratio, column.overflow = 1, "fold"
        table.add_row(*sides(difference))
        yield from filter(str.strip, drawn(table))


def sides(difference: Difference) -> tuple[Text, Text]:
    """Both translations, with marks."""
    from mtkit.evaluation.differences import marked

    spaced, found = " " in difference.reference, []
    for runs in marked(visible(difference.baseline), visible(difference.system), spaced):
        text = Text(" " if spaced else "").join(
            Text(f"[{run.text}]", "bold") if run.differs else Text(run.text) for run in runs
        )
        found.append(text)
    return found[0], found[1]


def show_symptoms(report: Report) -> None:
    """Warn of what a score could hide."""
    for system in report.systems:
        signs, said = system.symptoms, []
        if signs.empty > 0.01:
            said.append(f"{signs.empty:.1%} of its outputs are empty")
        if (signs.copied or 0) > 0.05:
            said.append(f"{signs.copied:.1%} of its outputs are their source, not a translation")
        if signs.repeated > report.repeated + 0.02:
            said.append(
                f"it repeats itself: {signs.repeated:.1%} of its 4-grams stand before in the "
                f"same line, in the references {report.repeated:.1%}"
            )
        if not 0.8 <= signs.length_ratio <= 1.25:
            said.append(f"its outputs are {signs.length_ratio:.2f} times as long as the references")
        for each in said:
            console.warn(f"{system.name}: {each}")
