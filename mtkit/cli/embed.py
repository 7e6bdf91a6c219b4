"""`mtkit embed`"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtkit.cli.options import option
from mtkit.word2vec.config import METHODS, Word2VecConfig
from mtkit.wording import counted

if TYPE_CHECKING:
    from mtkit.vectors import WordVectors

TEXT, LEARNING, QUESTIONS = "Text", "Learning", "Questions"  # panels of the help
OUT = Path("vectors.txt")
Method = StrEnum("Method", list(METHODS))  # type: ignore[misc]
Options = Mapping[str, Any]


def setting(name: str, help: str) -> Any:
    """An option of how vectors are learnt; the help tells its default."""
    value = getattr(Word2VecConfig, name)
    return option(LEARNING, help if value is None else f"{help}  ({value:g})")


def embed(
    data: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A directory of {train,valid,test}.{language}, or text files, plain or .gz.  "
            "Without: stdin.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None, option(TEXT, "Which side of the directory, such as en.")
    ] = None,
    tokenizer: Annotated[
        Path | None,
        option(TEXT, "Learn vectors of pieces: a tokenizer's file, or a model directory."),
    ] = None,
    lowercase: Annotated[
        bool, option(TEXT, "Take the text without capitals.", "--lowercase")
    ] = False,
    out: Annotated[
        Path | None, option(TEXT, f"The file to write, in word2vec's text format.  ({OUT})")
    ] = None,
    method: Annotated[
        Method | None,
        option(
            LEARNING,
            "skip-gram: a word predicts its neighbours; cbow: these the word, which is faster.  "
            f"({METHODS[0]})",
        ),
    ] = None,
    size: Annotated[int | None, setting("size", "Numbers in a vector.")] = None,
    window: Annotated[int | None, setting("window", "Neighbours on each side, at most.")] = None,
    negatives: Annotated[
        int | None, setting("negatives", "Noise words against each prediction.")
    ] = None,
    subsample: Annotated[
        float | None,
        setting("subsample", "Words with a larger share of the text are left out at times."),
    ] = None,
    min_count: Annotated[
        int | None, setting("min_count", "Words that come more rarely are left out.")
    ] = None,
    epochs: Annotated[int | None, setting("epochs", "Times that the text is read.")] = None,
    learning_rate: Annotated[
        float | None,
        setting("learning_rate", "At the beginning; it falls to zero.  (0.025; cbow: 0.05)"),
    ] = None,
    seed: Annotated[int | None, setting("seed", "The same one gives the same vectors.")] = None,
    vectors: Annotated[
        Path | None,
        option(QUESTIONS, "Vectors to ask, learnt before or elsewhere; nothing is learnt."),
    ] = None,
    nearest: Annotated[
        list[str] | None,
        option(QUESTIONS, "The words that are nearest to this one; may be repeated."),
    ] = None,
    analogy: Annotated[
        tuple[str, str, str] | None,
        typer.Option(
            metavar="A B C",
            help="A is to B as C is to which words?",
            rich_help_panel=QUESTIONS,
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int, typer.Option(help="Words in an answer.", rich_help_panel=QUESTIONS, min=1)
    ] = 10,
    plot: Annotated[
        Path | None,
        option(
            QUESTIONS,
            "Draw the frequent words in a plane, as .png or .svg.  "
            "Needs: pip install 'mtkit\\[plot]'",
        ),
    ] = None,
) -> None:
    """Learn word vectors by word2vec, and ask them: which words are alike?

    Words are runs of letters and digits, as they are written.  Of Chinese and
    Japanese each character is one, unless --tokenizer cuts the text.

    [bold]mtkit embed data/everyday --language en --nearest dog --plot words.png[/bold]

    [bold]mtkit embed --vectors vectors.txt --nearest Monday --analogy he his she[/bold]

    [bold]mtkit embed a.en a.de --tokenizer tok.model --out ab.txt[/bold]
    """
    options = locals()
    check_usage(options)
    embed_with(options)


def check_usage(options: Options) -> None:
    """Errors: typer.BadParameter for options that contradict each other."""
    given = {name for name, value in options.items() if value not in (None, False, [])}
    if "vectors" not in given:
        return
    if learning := given - {"vectors", "nearest", "analogy", "top", "plot"}:
        names = ["DATA" if name == "data" else f"--{name}" for name in sorted(learning)]
        raise typer.BadParameter(
            f"--vectors names vectors that are there: leave out {', '.join(names)}".replace(
                "_", "-"
            )
        )
    if not given & {"nearest", "analogy", "plot"}:
        raise typer.BadParameter("--vectors goes with --nearest, --analogy or --plot")


def embed_with(options: Options) -> None:
    """Read or learn vectors, answer, draw, and say what could come next."""
    from mtkit import console
    from mtkit.cli.embedding import asked, learnt
    from mtkit.plot import check_format, new_figure
    from mtkit.vectors import WordVectors

    if options["plot"]:
        check_format(options["plot"])
        new_figure(height=1.0)  # finds out early whether there is matplotlib
    file = options["vectors"]
    if not file:
        file = options["out"] or OUT
        vectors = learnt(file, options)
    else:
        vectors = WordVectors.load(file)
    answer(vectors, options)
    if options["plot"]:
        draw(options["plot"], vectors, asked(options))
    if asked(options) and vectors.matrix.shape[1] == Word2VecConfig.size:
        data = options["data"] or []
        named = [path for path in (data if isinstance(data, list) else [data]) if path.is_dir()]
        console.next_step("mtkit", "train", *named[:1], "--init-embeddings", file)
    else:
        console.next_step("mtkit", "embed", "--vectors", file, "--nearest", example(vectors))


def example(vectors: WordVectors) -> str:
    """A frequent word that means something, to ask for."""
    frequent = [word.removeprefix("▁") for word in vectors.words[:200]]
    written = [word for word in frequent if word.isalpha()] or frequent
    return next((word for word in written if len(word) > 4), written[0])


def answer(vectors: WordVectors, options: Options) -> None:
    """The answers to all questions, as tables on stdout."""
    from mtkit.cli.streams import output

    top, found = options["top"], {}
    for word in options["nearest"] or ():
        found[f"nearest to {word}"] = vectors.neighbours(word, top)
    if options["analogy"]:
        a, b, c = options["analogy"]
        found[f"{a} is to {b} as {c} is to"] = vectors.analogy(a, b, c, top)
    with output(None) as writer:
        for title, words in found.items():
            writer.lines(answer_table(title, words))


def answer_table(title: str, words: Sequence[tuple[str, float]]) -> list[str]:
    """Words and their cosines, as lines"""
    from rich.table import Table

    from mtkit.tables import drawn

    table = Table()
    table.add_column(title, overflow="fold")
    table.add_column("cosine", justify="right")
    for word, cosine in words:
        table.add_row(word, f"{cosine:.3f}")
    return drawn(table)


def draw(path: Path, vectors: WordVectors, marked: Sequence[str]) -> None:
    from mtkit import console
    from mtkit.scatter import write_map

    drawn = write_map(path, vectors, marked)
    console.say(f"{drawn.points} words, {drawn.named} of them with their names, are in `{path}`")
    if drawn.unwritable:
        console.warn(
            f"no font here has the characters of {counted(drawn.unwritable, 'word')}: points "
            "without a name; install one, such as Noto Sans CJK"
        )
