"""What `mtkit embed` learns: the text that the options name, and vectors of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtkit import console
from mtkit.cli.streams import input_lines, output
from mtkit.config import override
from mtkit.corpus import side_in
from mtkit.device import keep_freed_memory
from mtkit.errors import MtkitError
from mtkit.tokenizer import Tokenizer
from mtkit.vectors import WordVectors, number_of
from mtkit.word2vec.config import Word2VecConfig
from mtkit.word2vec.model import Word2Vec
from mtkit.word2vec.text import Text, read_text, running_words
from mtkit.wording import counted

Options = Mapping[str, Any]


def asked(options: Options) -> list[str]:
    """The words that the questions name."""
    return [*(options["nearest"] or ()), *(options["analogy"] or ())]


def learnt(file: Path, options: Options) -> WordVectors:
    """Learn from the text that the options name, and write the vectors."""
    config = override(Word2VecConfig(), options)
    keep_freed_memory()
    text = read(options, config.min_count)
    numbers = {word: number for number, word in enumerate(text.words)}
    for word in asked(options):  # not only when all is learnt
        number_of(word, numbers)
    with output(file) as writer:
        model = Word2Vec(text, config)
        if model.pace.rate < config.rate:
            slower = f"{config.rate:g} to {model.pace.rate:.2g}"
            console.say(f"few words that come often: the learning rate is lowered from {slower}")
        console.show_progress(
            (report.fraction, described(report.epoch, report.loss, report.words_per_second))
            for report in model.learn()
        )
        writer.lines(model.vectors.lines())
    if model.trouble:
        console.warn(
            f"{model.trouble}; nearest words mean little, since {counted(config.epochs, 'epoch')} "
            "of so short a text are too few steps: give more text, or more --epochs"
        )
    console.say(f"{len(text.words):,} vectors of {counted(config.size, 'number')}: `{file}`")
    return model.vectors


def described(epoch: int, loss: float, speed: float) -> str:
    return f"epoch {epoch}  loss {loss:.3f}  {speed:,.0f} words/s"


def read(options: Options, min_count: int) -> Text:
    """The text that the options name, as words or pieces."""
    files = text_files(options["data"] or [], options["language"])
    cut = Tokenizer.load(options["tokenizer"]).pieces if options["tokenizer"] else running_words
    lines = console.track(input_lines(files), "reading", None, "lines")
    if options["lowercase"]:
        lines = (line.lower() for line in lines)
    name = "`, `".join(map(str, files)) or "stdin"
    text = read_text(lines, cut, min_count, name)
    what = "pieces" if options["tokenizer"] else "words"
    console.say(
        f"{text.length:,} {what}, {len(text.words):,} different ones that come "
        f"{counted(min_count, 'time')} or more"
    )
    return text


def text_files(data: Sequence[Path], language: str | None) -> list[Path]:
    """Text files as they are, and of each directory the train set in the language."""
    if language and not any(path.is_dir() for path in data):
        raise MtkitError(
            "--language chooses a side of a directory, and none is named",
            "name a directory of {train,valid,test}.{language}, or leave --language out",
        )
    return [side_in(path, language) if path.is_dir() else path for path in data]
