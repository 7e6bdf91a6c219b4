"""The page itself: jinja2 fills the template, and nothing that it is filled with is mark-up."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtkit.errors import MtkitError
from mtkit.heatmaps import KINDS
from mtkit.report import summary
from mtkit.report.contents import Contents, Missing
from mtkit.tables import model_rows, pairs_of
from mtkit.wording import counted

if TYPE_CHECKING:
    from jinja2 import Environment

    from mtkit.config import TrainConfig

FOLDER = Path(__file__).parent / "web"
TEMPLATE = "page.html"
STYLES = "page.css", "inside.css"
SCRIPTS = "pieces.js", "attention.js", "beam.js", "controls.js"  # one script, in this order
COMPACT = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}


def check_installed() -> None:
    """Errors: MtkitError without jinja2 or matplotlib."""
    try:
        import jinja2  # noqa: F401
        from matplotlib.figure import Figure  # noqa: F401
    except ImportError as error:
        raise MtkitError(
            f"a report needs jinja2 and matplotlib: {error}", "type: pip install 'mtkit[report]'"
        ) from error


def rendered(contents: Contents) -> str:
    """One page of HTML that needs no other file and no network.

    Whatever is in the contents is shown as text, of paths the bytes that are no UTF-8 as numbers.
    The page allows no script and no style but its own, known by their hashes (Content Security
    Policy, W3C).
    """
    from markupsafe import Markup

    style, script = joined(STYLES), joined(SCRIPTS)
    page = environment().get_template(TEMPLATE).render(
        page=contents,
        card=contents.card,
        lede=summary.lede(contents),
        unfinished=summary.unfinished(contents),
        tiles=list(summary.tiles(contents)),
        examples_note=summary.examples_note(contents),
        model=model_rows(contents.card),
        training=settings(contents.card.training),
        happened=list(summary.happened(contents)),
        version=contents.version,
        policy=policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=for_script(contents),
    )  # fmt: skip
    return page.encode("utf-8", "backslashreplace").decode()


def joined(names: Sequence[str]) -> str:
    """The text of files of this package, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.policies["json.dumps_kwargs"] = COMPACT  # `tojson` escapes <, >, & and quotes
    found.filters |= {
        "count": "{:,}".format,
        "sentences": lambda number: counted(number, "sentence"),
        "score": "{:.2f}".format,
        "tag": language_tag,
        "picture": lambda picture: Markup(picture.svg),  # of our own making
        "pairs_of": pairs_of,
    }
    found.tests["missing"] = lambda part: isinstance(part, Missing)
    return found


def settings(training: TrainConfig) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(training).items() if value is not None]


def language_tag(language: str) -> str:
    """zh_CN -> zh-CN, as HTML wants it"""
    return language.replace("_", "-")


def policy(style: str, script: str) -> str:
    """What the page may load and run: itself."""
    allowed = {"default-src": "'none'", "script-src": source_hash(script)}
    allowed |= {"style-src": source_hash(style), "img-src": "data:"}
    allowed |= {"base-uri": "'none'", "form-action": "'none'"}
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def source_hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest())
    return f"'sha256-{digest.decode()}'"


def for_script(contents: Contents) -> dict[str, Any]:
    """What the script gets to know."""
    card = contents.card
    return {
        "sentences": contents.inside,
        "kinds": KINDS,
        "languages": [language_tag(card.source_language), language_tag(card.target_language)],
        "spaced": contents.spaced,
    }
