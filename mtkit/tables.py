"""What a person sees as a table: the model card.  Lines of text, drawn by rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table

from mtkit.card import DataSet, ModelCard
from mtkit.config import LSTMConfig, ModelConfig
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.download.table import PublicCorpus


def card_table(directory: str, card: ModelCard) -> list[str]:
    """Lines of text: the model card."""
    table = Table(title=f"model {directory}", title_justify="left", show_header=False)
    table.add_column(max_width=22, overflow="fold")
    table.add_column(overflow="fold")
    for name, value in card_rows(card):
        table.add_row(name, value)
    return drawn(table)


def corpora_table(corpora: Iterable[PublicCorpus]) -> list[str]:
    """Lines of text: what can be downloaded, with its licence, size, pairs, and checksums."""
    table = Table("name", "what", show_lines=True)
    for corpus in corpora:
        rows = {
            "is": corpus.title,
            "licence": corpus.licence,
            "pairs": corpus.pairs,
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


def drawn(table: RenderableType) -> list[str]:
    """The lines of a table, or whatever rich can draw, with colours if stdout is a terminal."""
    text = StringIO()
    color = sys.stdout.isatty() or None  # None: rich decides, and sees a file that is no terminal
    out = Console(file=text, force_terminal=color, markup=False, emoji=False, highlight=False)
    out.print(table)
    return text.getvalue().splitlines()


def card_rows(card: ModelCard) -> list[tuple[str, str]]:
    """(name, value) for all that a person may want to know of a model."""
    rows = [
        *model_rows(card),
        ("training", settings(vars(card.training))),
        ("trained", settings(card.history)),
    ]
    rows += [
        (f"{found.role} data", "\n".join([pairs_of(found), *files_with_hashes(found)]))
        for found in card.data
    ]
    if start := card.start:
        rows.append(("started from", f"{start.path}  sha256 {start.sha256[:12]}"))
    rows += [
        (
            f"score on {name}",
            "\n".join([*map(score_line, found["scores"]), *symptoms_line(found)]),
        )
        for name, found in card.scores.items()
    ]
    return [*rows, ("written by", f"mtkit {card.mtkit}, model format {card.format}")]


def model_rows(card: ModelCard) -> list[tuple[str, str]]:
    """What the model is, apart from how it came to be."""
    model = card.model
    parameters = card.history.get("parameters", 0)
    return [
        ("direction", f"{card.source_language} to {card.target_language}"),
        ("architecture", f"{model.architecture}, {parameters:,} parameters"),
        ("layers", f"{model.encoder_layers} encoder, {model.decoder_layers} decoder"),
        *sizes(model),
        ("longest sentence", f"{model.max_positions} pieces"),
        ("tokenizer", f"{card.tokenizer.kind}, {card.tokenizer.vocab_size:,} pieces"),
    ]


def sizes(model: ModelConfig) -> list[tuple[str, str]]:
    """What a layer is like."""
    if isinstance(model, LSTMConfig):
        return [("sizes", f"d_model {model.d_model}, dropout {model.dropout:g}")]
    norm = f"{model.norm}-norm" + f" ({model.norm_type})" * (model.norm_type != "layernorm")
    return [
        ("sizes", f"d_model {model.d_model}, {model.heads} heads, d_ff {model.d_ff}"),
        ("blocks", f"{norm}, {model.activation}, dropout {model.dropout:g}"),
    ]


def score_line(score: Mapping[str, Any]) -> str:
    return f"{score['name']} {score['value']:.2f}  {score['signature']}"


def symptoms_line(found: Mapping[str, Any]) -> list[str]:
    """What a score could hide; nothing of scores that older versions kept."""
    if not (signs := found.get("symptoms")):
        return []
    ratio, rest = signs["length_ratio"], ("repeated", "copied", "empty")
    shares = [f"{name} {signs[name]:.1%}" for name in rest if signs[name] is not None]
    return [", ".join([f"length ratio {ratio:.3f}", *shares])]


def pairs_of(found: DataSet) -> str:
    """26,000 pairs, 3 times an epoch, tagged news"""
    often = f", {found.weight:g} times an epoch" if found.weight != 1 else ""
    return f"{counted(found.pairs, 'pair')}{often}" + (f", tagged {found.tag}" if found.tag else "")


def files_with_hashes(found: DataSet) -> list[str]:
    """The beginning of a hash is enough to tell files apart; `mtkit info --json` has all of it."""
    files = zip(found.paths, found.sha256, strict=True)
    return [f"{path}  sha256 {sha256[:12]}" for path, sha256 in files]


def settings(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
