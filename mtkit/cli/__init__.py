"""The command line: options -> configuration -> one call -> show.

Whatever loads torch is imported inside the commands, so that `mtkit --help` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mtkit import __version__
from mtkit.cli.average import average
from mtkit.cli.check import check
from mtkit.cli.download import download
from mtkit.cli.embed import embed
from mtkit.cli.evaluate import evaluate
from mtkit.cli.explain import explain
from mtkit.cli.export import export
from mtkit.cli.info import info
from mtkit.cli.ladder import ladder
from mtkit.cli.plot import plot
from mtkit.cli.report import report
from mtkit.cli.score import score
from mtkit.cli.shortlist import shortlist
from mtkit.cli.tokenize import tokenize
from mtkit.cli.train import train
from mtkit.cli.translate import translate
from mtkit.console import fail
from mtkit.errors import MtkitError

app = typer.Typer(
    name="mtkit",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(download)
app.command()(check)
app.command()(tokenize)
app.command()(embed)
app.command()(train)
app.command()(translate)
app.command()(evaluate)
app.command("eval", short_help="The same as `evaluate`.")(evaluate)
app.command()(score)
app.command()(explain)
app.command()(info)
app.command()(plot)
app.command()(report)
app.command()(ladder)
app.command()(average)
app.command()(shortlist)
app.command()(export)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mtkit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which mtkit.")
    ] = False,
) -> None:
    """Raw parallel text in, a scored translator out.

    Try it: [bold]mtkit train[/bold] learns English to German from the corpus that comes with
    mtkit, then [bold]mtkit translate "Have you ever been to Berlin?"[/bold] translates, and
    [bold]mtkit evaluate[/bold] scores.
    """


def main() -> None:
    """Run a command; print a mistake of the user's as two lines and exit with 1."""
    try:
        app(prog_name="mtkit")
    except MtkitError as error:
        fail(error)
        sys.exit(1)
    except OSError as error:  # a disk, a path or a permission; mtkit's own files are handled closer
        name = f"`{error.filename}`" if error.filename else "the system"
        fail(MtkitError(f"{name}: {error.strerror}", "check the path, permissions, and free space"))
        sys.exit(1)
