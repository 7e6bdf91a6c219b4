"""Findings as a person sees them: a few examples of each, then a table."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table

from mtkit.check.faults import ERROR, KEEP, NOTE, WARNING, Fault
from mtkit.check.report import Finding, Report
from mtkit.tables import drawn
from mtkit.wording import counted

WIDTH = 80
_HIDDEN = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")  # categories that a terminal obeys or drops


def visible(text: str) -> str:
    """The text with what cannot be seen written as its number."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"<U+{ord(each):04X}>" if unicodedata.category(each) in _HIDDEN else each for each in text
    )


def shortened(text: str, width: int) -> str:
    """At most so many columns of it; Chinese characters take two each."""
    text = visible(text[:1000])
    return text if cell_len(text) <= width else set_cell_size(text, width - 4).rstrip() + " ..."


def report_lines(report: Report) -> list[str]:
    """All that is to be said, on lines of 80 columns."""
    places = list(report.places())
    faults = list(dict.fromkeys(fault for (fault, _, _), _ in places))
    lines = [line for fault in faults for line in _examples(report, fault)]
    if places:
        lines += drawn(_table(report))
    lines += [f"not looked for: {what}" for what in report.skipped]
    return [*lines, summary(report)]


def _examples(report: Report, fault: Fault) -> Iterator[str]:
    first = f"{fault.severity}: {fault.name}: {fault.advice}"
    yield from textwrap.wrap(first, WIDTH, subsequent_indent="  ")
    for place, _ in report.places():
        if place[0] is fault:
            for finding in report.examples[place]:
                yield from _finding(finding)
    yield ""


def _finding(finding: Finding) -> Iterator[str]:
    detail = f"  {shortened(finding.detail, WIDTH)}" if finding.detail else ""
    where = f"  {finding.file.name}:{finding.line}{detail}"
    yield shortened(where, WIDTH)
    for text in filter(None, finding.texts):
        yield f"    {shortened(text, WIDTH - 4)}"


def _table(report: Report) -> Table:
    table = Table("", "fault", "set", "file", "lines", "first", "--fix")
    for column in (table.columns[4], table.columns[5]):
        column.justify = "right"
    for (fault, split, file), count in report.places():
        first = report.examples[fault, split, file][0].line
        table.add_row(
            fault.severity,
            fault.name,
            split,
            shortened(file.name, 18),
            f"{count:,}",
            f"{first:,}",
            "" if fault.remedy == KEEP else fault.remedy,
        )
    return table


def summary(report: Report) -> str:
    """en-de: 26,000 pairs in train; 3 errors, 1 warning"""
    sizes: dict[str, int] = {}
    for part in report.parts:
        pairs = sum(segment.pairs for segment in part.alignment.segments)
        sizes[part.split] = sizes.get(part.split, 0) + pairs
    found = dict.fromkeys((ERROR, WARNING, NOTE), 0)
    for (fault, _, _), count in report.counts.items():
        found[fault.severity] += count
    sets = ", ".join(f"{size:,} in {split}" for split, size in sizes.items())
    kinds = [counted(count, name) for name, count in found.items() if count]
    return f"{report.pair}, pairs: {sets}; {', '.join(kinds) or 'nothing found'}"


def report_json(report: Report) -> str:
    """The same for machines, with the numbers of all lines."""
    findings: list[dict[str, Any]] = [
        {
            "fault": place[0].name,
            "severity": place[0].severity,
            "set": place[1],
            "file": str(place[2]),
            "count": count,
            "lines": report.lines(place),
            "fix": place[0].remedy,
            "examples": [
                {"line": each.line, "texts": each.texts, "detail": each.detail}
                for each in report.examples[place]
            ],
        }
        for place, count in report.places()
    ]
    sets = [
        {
            "set": part.split,
            "files": [str(file) for file in part.files],
            "lines": part.alignment.lines,
        }
        for part in report.parts
    ]
    values = {"pair": report.pair, "sets": sets, "findings": findings, "skipped": report.skipped}
    return json.dumps(values, indent=2, ensure_ascii=False)
