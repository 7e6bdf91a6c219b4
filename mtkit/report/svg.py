"""Pictures by matplotlib as parts of a page: their colours and fonts are the page's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from mtkit.plot import COLOURS, boxes_allowed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The stylesheet says what these look like by day and by night.
ROLES = {
    "#000000": "ink",
    "#333333": "ink",
    "#666666": "faint",
    "#e6e6e6": "grid",
    "#e5e5e5": "grid",
}
ROLES |= {colour.lower(): f"series-{number}" for number, colour in enumerate(COLOURS[:4])}
LEFT_OUT = ("metadata", "style")  # the page has its own
ANONYMOUS = dict.fromkeys(("Creator", "Date", "Format", "Type"))  # the same each time


def inline(figure: Figure, name: str, label: str) -> str:
    """An `svg` element for a page of HTML, without inline styles, which the page forbids.

    name: of the picture, that no other on the page has; label: what it shows, for those who
    cannot see it.
    """
    from matplotlib import rc_context

    content = io.BytesIO()
    with boxes_allowed(), rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(content, format="svg", transparent=True, metadata=ANONYMOUS)
    root = ElementTree.fromstring(content.getvalue())
    for parent in root.iter():
        for child in [child for child in parent if plain(child.tag) in LEFT_OUT]:
            parent.remove(child)
    for number, element in enumerate(root.iter()):
        restyle(element, name, outermost=number == 0)
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


def plain(name: str) -> str:
    """A name without its namespace, which HTML does without."""
    return name.rpartition("}")[2]


def restyle(element: ElementTree.Element, name: str, outermost: bool) -> None:
    """Turn what stands in `style` into attributes, and colours into classes of the page."""
    element.tag = plain(element.tag)
    given = {plain(key): value for key, value in element.items()}
    style = given.pop("style", "")
    given = {"viewBox": given["viewBox"]} if outermost else renamed(given, element.tag, name)
    classes = []
    for key, value in declarations(style):
        if key in ("fill", "stroke") and value.lower() in ROLES:
            classes.append(f"{key}-{ROLES[value.lower()]}")
        else:
            given[key] = value
    if element.tag == "text" and "fill" not in " ".join([*given, *classes]):
        classes.append("fill-ink")
    if classes:
        given["class"] = " ".join(classes)
    element.attrib.clear()
    element.attrib.update(given)


def renamed(given: dict[str, str], tag: str, name: str) -> dict[str, str]:
    """Definitions get a name that no other picture of the page has; other elements need none."""
    found = dict(given)
    if "id" in given:
        del found["id"]
        if tag in ("path", "clipPath"):
            found["id"] = f"{name}-{given['id']}"
    for key in found.keys() & {"href", "clip-path"}:
        found[key] = found[key].replace("#", f"#{name}-")
    return found


def declarations(style: str) -> Iterator[tuple[str, str]]:
    """Names and values; of a font only size and weight."""
    for part in style.split(";"):
        key, _, value = part.strip().partition(": ")
        if key == "font":
            words = value.split("'")[0].split()
            yield "font-size", next(word for word in words if word.endswith("px"))
            if "bold" in words or "700" in words:
                yield "font-weight", "bold"
        elif key and key != "font-family":
            yield key, value
