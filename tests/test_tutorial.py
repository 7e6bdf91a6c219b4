"""The tutorial, in both languages: what a reader is to type works, and what it names exists."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from conftest import Command, write_lines

from mtkit.bitext import read_lines
from mtkit.cli import app
from mtkit.corpus import everyday

FOLDER = Path(__file__).parent.parent / "mtkit" / "tutorial"
LANGUAGES = ("en", "zh")
# All that is shortened: runs end after two steps, on the first lines of each set.
SHORTER = {"--max-epochs": ("--max-steps", "2"), "--validate-every": ("--validate-every", "2")}
LINES = {"train": 2000, "valid": 4, "test": 8, "handwritten": 4}
WRITTEN = "--out", "--plot", "--html", "--png"  # options whose value is what a command writes
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"^\$\$\n(.*?)^\$\$$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"\$([^$\n]+)\$")
CITED = re.compile(r"([A-Z][\w-]+)(?: et al\.| and [A-Z]\w+)?,? \(?((?:19|20)\d\d[ab]?)\b")


def text(language: str) -> str:
    return (FOLDER / f"{language}.md").read_text(encoding="utf-8")


def prose(language: str) -> str:
    """The text without its blocks and formulas."""
    plain = DISPLAYED.sub("", BLOCK.sub("", text(language)))
    return INLINE.sub("", plain)


def body_and_sources(language: str) -> tuple[str, list[str]]:
    body, _, rest = prose(language).rpartition("\n## ")
    return " ".join(body.split()), [line for line in rest.splitlines() if line.startswith("- ")]


def blocks(language: str) -> list[tuple[str, str]]:
    return BLOCK.findall(text(language))


def commands(language: str) -> list[str]:
    """As a reader types them, in order."""
    return [line for kind, block in blocks(language) if kind == "sh" for line in block.splitlines()]


def shortened(command: str) -> list[str]:
    """The same words, with the smaller limits."""
    words = iter(shlex.split(command))
    found: list[str] = []
    for word in words:
        if word in SHORTER:
            found += SHORTER[word]
            next(words)
        else:
            found.append(word)
    return found


def small_corpus(folder: Path) -> None:
    """data/everyday, the first lines of each file."""
    corpus = folder / "data" / "everyday"
    corpus.mkdir(parents=True)
    for file in everyday().iterdir():
        write_lines(corpus / file.name, read_lines(file)[: LINES[file.stem]])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_does_what_the_tutorial_says(
    mtkit: Command, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    small_corpus(tmp_path)
    monkeypatch.chdir(tmp_path)
    typed = commands(language)
    assert len(typed) > 10
    for command in typed:
        name, *words = shortened(command)
        assert name == "mtkit", command
        found = mtkit(*words)
        assert found.code == 0, f"{command}\n{found.err}"
        for option, value in zip(words, words[1:], strict=False):
            assert option not in WRITTEN or Path(value).exists(), f"{command}: no {value}"
        expects_data = words[0] not in ("train", "plot", "report")
        assert bool(found.out.strip()) == expects_data, command
    for file in re.findall(r"`([\w./-]+\.(?:png|html|txt))`", prose(language)):
        assert Path(file).is_file(), file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_of_python_prints_what_stands_below_it(language: str) -> None:
    found = blocks(language)
    programs = [number for number, (kind, _) in enumerate(found) if kind == "python"]
    assert len(programs) > 8
    for number in programs:
        kind, expected = found[number + 1]
        assert kind == "text"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(found[number][1], f"block {number}", "exec"), {"__name__": "block"})
        assert printed.getvalue() == expected, found[number][1]


def resolved(name: str) -> object:
    """mtkit.a.b.C.d, whichever part of it is a module.  Errors: AttributeError, ImportError."""
    parts = name.split(".")
    found: object = importlib.import_module(parts[0])
    for count, part in enumerate(parts[1:], 2):
        if not hasattr(found, part):
            importlib.import_module(".".join(parts[:count]))
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_module_class_function_and_option_that_is_named_exists(language: str) -> None:
    named = re.findall(r"`([^`\n]+)`", prose(language))
    dotted = {name for name in named if re.fullmatch(r"mtkit(\.\w+)+", name)}
    assert len(dotted) > 30
    for name in dotted:
        resolved(name)
    short = {name for name in named if re.fullmatch(r"[A-Z]\w+(\.\w+)?", name)}
    assert {name for name in short if not any(f".{name}" in full for full in dotted)} == set()
    group = typer.main.get_command(app)
    known = {
        option
        for command in group.commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    options = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", prose(language)))
    assert options
    assert options <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_sources_are_cited_and_citations_have_a_source(language: str) -> None:
    body, sources = body_and_sources(language)
    listed = {
        (match[1], match[2])
        for match in (re.match(r"- ([\w-]+).*?, ((?:19|20)\d\d[ab]?)\. \w", s) for s in sources)
        if match
    }
    assert len(listed) == len(sources) > 30
    cited = CITED.findall(body)
    assert set(cited) == listed
    years = re.findall(r"\b(?:19|20)\d\d[ab]?\b", body)
    assert len(years) == len(cited), "a year that belongs to no author"
    assert sources == sorted(sources)


def anchors(markdown: str) -> set[str]:
    """As GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_somewhere(language: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(language))
    assert len(links) > 3
    for link in links:
        file, _, anchor = link.partition("#")
        target = FOLDER / file if file else FOLDER / f"{language}.md"
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("language", LANGUAGES)
def test_formulas_stand_so_that_they_are_rendered(language: str) -> None:
    """GitHub takes a dollar for one only after a space or a bracket, and before no letter."""
    plain = DISPLAYED.sub("", BLOCK.sub("", text(language)))
    assert plain.count("$") % 2 == 0
    for match in INLINE.finditer(plain):
        before, after = plain[match.start() - 1], plain[match.end()]
        assert before in " \n(", match[0]
        assert after in " \n),.;:?|", match[0]
        assert match[1] == match[1].strip()


def parts(language: str) -> Iterator[tuple[str, object]]:
    """What has to be the same in both languages."""
    whole, pair = text(language), f"en-{'de' if language == 'en' else 'zh'}"
    inline = BLOCK.sub("", DISPLAYED.sub("", whole))
    code = [block for kind, block in blocks(language) if kind == "python"]
    yield "stations", re.findall(r"^## (\d+)\.", whole, re.MULTILINE)
    yield "commands", [command.replace(pair, "PAIR") for command in commands(language)]
    yield "displayed formulas", DISPLAYED.findall(whole)
    yield "formulas in a line", set(INLINE.findall(inline))
    yield "python", [re.sub(r" *#.*", "", block) for block in code]
    yield "names", set(re.findall(r"`(mtkit\.[\w.]+)`", whole))
    yield "options", set(re.findall(r"(?<![\w-])--[a-z][\w-]*", prose(language)))
    body, sources = body_and_sources(language)
    yield "sources", sources
    yield "citations", set(CITED.findall(body))


@pytest.mark.parametrize("what", [name for name, _ in parts("en")])
def test_both_languages_have_the_same(what: str) -> None:
    english, chinese = (dict(parts(language))[what] for language in LANGUAGES)
    assert english
    assert chinese == english
