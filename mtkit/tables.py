"""What a person sees as a table: scores, and the model card.  Lines of text, drawn by rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from mtkit.card import DataSet, ModelCard

if TYPE_CHECKING:  # it loads sacrebleu, and `mtkit --help` must not
    from mtkit.cli.evaluate import Result
    from mtkit.download.table import PublicCorpus


def score_table(results: Mapping[str, Result]) -> list[str]:
    """Lines of text: a row for each test set, and the signatures below."""
    scores = next(iter(results.values())).scores
    table = Table("test set", *(score.name for score in scores), "sentences")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, result in results.items():
        values = [f"{score.value:.2f}" for score in result.scores]
        table.add_row(name, *values, f"{result.sentences:,}")
    return [*drawn(table), *(f"{score.name}: {score.signature}" for score in scores)]


def card_table(directory: str, card: ModelCard) -> list[str]:
    """Lines of text: the model card."""
    table = Table(title=f"model {directory}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in card_rows(card):
        table.add_row(name, value)
    return drawn(table)


def corpora_table(corpora: Iterable[PublicCorpus]) -> list[str]:
    """Lines of text: what can be downloaded, with its licence, size, pairs, and checksums."""
    table = Table("name", "what", show_lines=True)
    for corpus in corpora:
        pairs = dict.fromkeys("-".join(sorted(pair.split("-"))) for pair in corpus.files)
        rows = {
            "is": corpus.title,
            "licence": corpus.licence,
            "pairs": f"{', '.join(pairs)}, and the other way round",
            "sentences": corpus.sentences,
            "download": corpus.size,
            "checksums": corpus.checksums or "none published: that of the first download is kept",
        }
        table.add_row(corpus.name, grid(rows))
    other = {
        "is": "a corpus of OPUS, or any other that mtdata knows",
        "needs": "pip install 'mtkit[download]'",
        "licence": "see its source",
        "checksums": "none: mtdata checks nothing",
    }
    table.add_row("opus:NAME\nmtdata:ID", grid(other))
    return drawn(table)


def grid(rows: Mapping[str, str]) -> Table:
    """Names, and what there is to say of each, without lines between them."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def drawn(table: Table) -> list[str]:
    """The lines of a table, with colours if stdout is a terminal."""
    text = StringIO()
    color = sys.stdout.isatty() or None  # None: rich decides, and sees a file that is no terminal
    out = Console(file=text, force_terminal=color, markup=False, emoji=False, highlight=False)
    out.print(table)
    return text.getvalue().splitlines()


def card_rows(card: ModelCard) -> list[tuple[str, str]]:
    """(name, value) for all that a person may want to know of a model."""
    model, training, history = card.model, card.training, card.history
    rows = [
        ("direction", f"{card.source_language} to {card.target_language}"),
        ("architecture", f"{model.architecture}, {history.get('parameters', 0):,} parameters"),
        ("layers", f"{model.encoder_layers} encoder, {model.decoder_layers} decoder"),
        ("sizes", f"d_model {model.d_model}, {model.heads} heads, d_ff {model.d_ff}"),
        ("blocks", f"{model.norm}-norm, {model.activation}, dropout {model.dropout:g}"),
        ("longest sentence", f"{model.max_positions} pieces"),
        ("tokenizer", f"{card.tokenizer.kind}, {card.tokenizer.vocab_size:,} pieces"),
        ("training", settings(vars(training))),
        ("trained", settings(history)),
    ]
    rows += [
        (f"{found.role} data", "\n".join([pairs_of(found), *files_with_hashes(found)]))
        for found in card.data
    ]
    rows += [
        (
            f"score on {name}",
            "\n".join(f"{s['name']} {s['value']:.2f}  {s['signature']}" for s in found["scores"]),
        )
        for name, found in card.scores.items()
    ]
    return [*rows, ("written by", f"mtkit {card.mtkit}, model format {card.format}")]


def pairs_of(found: DataSet) -> str:
    """26,000 pairs, 3 times an epoch, tagged news"""
    often = f", {found.weight:g} times an epoch" if found.weight != 1 else ""
    return f"{found.pairs:,} pairs{often}" + (f", tagged {found.tag}" if found.tag else "")


def files_with_hashes(found: DataSet) -> list[str]:
    """The beginning of a hash is enough to tell files apart; `mtkit info --json` has all of it."""
    files = zip(found.paths, found.sha256, strict=True)
    return [f"{path}  sha256 {sha256[:12]}" for path, sha256 in files]


def settings(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
