"""Evaluations as JSON, as CSV and as a LaTeX table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from mtkit.cli.scoreboard import ALPHA, board, signatures

if TYPE_CHECKING:
    from mtkit.evaluation import Report
    from mtkit.evaluation.report import SystemReport

HEADER = (
    "test_set", "system", "sentences", "metric", "score", "signature", "mean", "ci",
    "p_bootstrap", "p_randomisation", "bootstrap_signature", "randomisation_signature",
)  # fmt: skip
ESCAPED = str.maketrans({
    "\\": r"\textbackslash{}",
    "[": "{[}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{sign: rf"\{sign}" for sign in "&%$#_{}"},
})  # fmt: skip


def rendered(reports: Mapping[str, Report], form: str) -> Iterable[str]:
    """Lines of text.  form: json, csv, latex or table."""
    if form == "json":
        values = {name: asdict(report) for name, report in reports.items()}
        return [json.dumps(values, indent=2, ensure_ascii=False)]
    return {"csv": as_csv, "latex": as_latex, "table": board}[form](reports)


def as_csv(reports: Mapping[str, Report]) -> Iterator[str]:
    """A line for each score of each system on each set; symptoms are scores without signature."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for name, report in reports.items():
        for system in report.systems:
            for found in (*score_rows(system), *asdict(system.symptoms).items()):
                row = [name, system.name, report.sentences, *found]
                writer.writerow(row + [""] * (len(HEADER) - len(row)))
    yield text.getvalue().removesuffix("\n")


def score_rows(system: SystemReport) -> Iterator[list[object]]:
    for score in system.scores:
        row: list[object] = [score.name, score.value, score.signature]
        if found := system.comparison.get(score.name):
            row += [found.mean, found.ci, found.bootstrap, found.randomisation, *found.signatures]
        yield row


def as_latex(reports: Mapping[str, Report]) -> Iterator[str]:
    """A tabular without packages; what is significantly other than the baseline has a star."""
    first = next(iter(reports.values())).systems[0]
    names = [score.name.translate(ESCAPED) for score in first.scores]
    yield rf"\begin{{tabular}}{{ll{'r' * len(names)}}}"
    yield r"\hline"
    yield " & ".join(["test set", "system", *names]) + r" \\"
    yield r"\hline"
    for name, report in reports.items():
        for system in report.systems:
            cells = [latex_cell(system, row) for row in range(len(names))]
            labels = [name.translate(ESCAPED), system.name.translate(ESCAPED)]
            yield " & ".join([*labels, *cells]) + r" \\"
    yield r"\hline"
    yield r"\end{tabular}"
    yield from (f"% {line}" for line in signatures(reports, {name: name for name in reports}))
    if first.comparison:
        yield r"% $\pm$: half of the 95% confidence interval, by bootstrap resampling"
        yield f"% *: p < {ALPHA} against {first.name}, by paired bootstrap resampling and by"
        yield "% approximate randomisation"


def latex_cell(system: SystemReport, row: int) -> str:
    """38.84 $\\pm$ 1.21$^{*}$"""
    score = system.scores[row]
    found = system.comparison.get(score.name)
    if found is None:
        return f"{score.value:.2f}"
    values = [value for value in (found.bootstrap, found.randomisation) if value is not None]
    star = "$^{*}$" if values and max(values) < ALPHA else ""
    return rf"{score.value:.2f} $\pm$ {found.ci:.2f}{star}"
