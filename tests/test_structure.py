"""The shape of the project: who may import whom, and what is in the package."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mtkit.corpus import everyday

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mtkit"

# Training writes model directories, translation reads them; the two halves meet only there.
MAY_IMPORT = {
    "errors": set(),
    "wording": set(),
    "places": {"errors"},
    "ranges": {"errors"},
    "config": {"errors", "ranges"},
    "presets": {"config"},
    "card": {"config"},
    "events": set(),
    "bitext": {"errors", "wording"},
    "corpus": {"bitext", "errors", "wording"},
    "tokenizer": {"config", "errors"},
    "batches": {"bitext", "config", "errors", "tokenizer", "wording"},
    "cache": {"places"},
    "store": {"batches", "bitext", "config", "tokenizer"},
    "device": {"errors"},
    "models": {"config"},
    "loss": {"batches", "config", "device", "models"},
    "muon": set(),
    "optimization": {"config", "models", "muon"},
    "distributed": {"errors"},
    "vectors": {"bitext", "errors", "wording"},
    "embeddings": {"errors", "tokenizer", "vectors", "wording"},
    "word2vec": {"config", "errors", "ranges", "tokenizer", "vectors", "wording"},
    "scatter": {"checkpoint", "errors", "plot", "vectors"},
    "feed": {"batches", "config", "errors"},
    "clock": set(),
    "standing": {"config"},
    "learner": {
        "batches", "config", "device", "distributed", "errors", "feed", "loss", "models",
        "optimization",
    },
    "checkpoint": {"card", "errors", "models", "places", "tokenizer"},
    "averaging": {"checkpoint", "errors", "places"},
    "log": {"checkpoint", "places"},
    "training": {
        "averaging", "batches", "card", "checkpoint", "clock", "device", "distributed", "errors",
        "events", "feed", "learner", "log", "loss", "models", "optimization", "standing",
        "tokenizer", "wording",
    },
    "lexicon": {"batches", "checkpoint", "config", "errors", "tokenizer"},
    "curves": {"checkpoint", "errors"},
    "mirror": {"distributed", "errors", "events"},
    "plot": {"checkpoint", "curves", "errors"},
    "ladder": {"card", "checkpoint", "config", "errors", "models", "plot"},
    "ranking": {"config"},
    "search": {"config", "models", "ranking"},
    "sentences": set(),
    "parts": {"config", "sentences", "tokenizer"},
    "alignment": set(),
    "consensus": set(),
    "constraints": {"bitext", "errors", "search", "tokenizer"},
    "output": set(),
    "composer": {
        "alignment", "batches", "config", "constraints", "models", "output", "parts", "search",
        "tokenizer",
    },
    "translator": {
        "batches", "checkpoint", "composer", "config", "consensus", "constraints", "device",
        "errors", "lexicon", "models", "output", "parts", "search", "tokenizer", "wording",
    },
    "explanation": set(),
    "explainer": {
        "alignment", "batches", "composer", "config", "constraints", "device", "errors",
        "explanation", "parts", "search", "tokenizer", "translator",
    },
    "heatmaps": {"errors", "plot"},
    "export": {"card", "checkpoint", "config", "engine", "errors", "models", "places", "tokenizer"},
    "engine": {"config", "errors", "output", "parts", "ranking", "tokenizer"},
    "workers": {"errors", "parts"},
    "scoring": {"batches", "config", "device", "errors", "models", "parts", "translator"},
    "evaluation": {"bitext", "card", "check", "device", "errors", "wording"},
    "download": {"bitext", "corpus", "errors", "places", "wording"},
    "console": {"errors", "events"},
    "tables": {"card", "config", "wording"},
    "report": {
        "card", "check", "checkpoint", "config", "curves", "errors", "evaluation", "explanation",
        "heatmaps", "plot", "scatter", "tables", "tokenizer", "vectors", "wording",
    },
    "check": {"bitext", "config", "corpus", "errors", "places", "tables", "tokenizer", "wording"},
}  # fmt: skip


def imports(file: Path) -> set[str]:
    """The modules of mtkit that a file imports when it runs, as the first part of their name."""
    found = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if node not in typing_only:
            found |= {name.split(".")[1] for name in names if name.startswith("mtkit.")}
    return found


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_a_module_imports_only_what_it_may(module: str) -> None:
    files = [PACKAGE / f"{module}.py", *(PACKAGE / module).glob("*.py")]
    found = set().union(*(imports(file) for file in files if file.exists()))
    assert found - {module} <= MAY_IMPORT[module]


def test_every_module_is_in_the_table() -> None:
    files, packages = PACKAGE.glob("*.py"), PACKAGE.glob("*/__init__.py")
    modules = {file.stem for file in files} | {file.parent.name for file in packages}
    assert modules - {"cli", "__init__", "__main__"} == set(MAY_IMPORT)


def test_the_halves_meet_only_at_the_checkpoint() -> None:
    assert not MAY_IMPORT["training"] & {"search", "translator", "evaluation"}
    assert not (MAY_IMPORT["search"] | MAY_IMPORT["translator"]) & {"training", "events"}


def test_only_the_console_and_the_command_line_print_or_exit() -> None:
    for file in PACKAGE.rglob("*.py"):
        called = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        }
        assert "print" not in called, file
        assert "sys.exit" not in called or "cli" in file.parts, file


def test_no_module_needs_numpy() -> None:
    assert not [file for file in PACKAGE.rglob("*.py") if "import numpy" in file.read_text("utf-8")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(folder)], cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("mtkit-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_the_corpus(site: Path) -> None:
    for file in (ROOT / "data" / "everyday").iterdir():
        packed = site / "mtkit" / "data" / "everyday" / file.name
        assert packed.read_bytes() == file.read_bytes()


def test_the_wheel_holds_texts_and_the_parts_of_the_report(site: Path) -> None:
    files = [
        file for file in PACKAGE.rglob("*.*") if file.suffix in {".md", ".html", ".css", ".js"}
    ]
    assert {file.parent.name for file in files} == {"guide", "tutorial", "web"}
    for file in files:
        assert (site / "mtkit" / file.relative_to(PACKAGE)).read_bytes() == file.read_bytes()


def test_an_installed_package_finds_its_corpus_without_a_checkout(site: Path) -> None:
    script = f"""
import sys; sys.path.insert(0, {str(site)!r})
import mtkit.corpus as corpus
assert corpus.__file__.startswith({str(site)!r})
print(len(corpus.corpus_in(corpus.everyday()).read("test")))
"""
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, cwd=site, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert int(shown.stdout) >= 500


def test_the_everyday_corpus_has_handwritten_sentences() -> None:
    for language in ("en", "de", "zh"):
        lines = (everyday() / f"handwritten.{language}").read_text(encoding="utf-8").splitlines()
        assert len(lines) >= 200
        assert len(set(lines)) == len(lines)
        assert all(lines)
