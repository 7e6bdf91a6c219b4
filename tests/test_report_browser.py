"""The page of `mtkit report` in a browser: it loads, its controls work, and it can be read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run_main

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOOKS = [(width, scheme) for width in (400, 1600) for scheme in ("light", "dark")]
READABLE = 4.5  # contrast of text (WCAG 2.2, 1.4.3)
VISIBLE = 3.0  # contrast of what is drawn (1.4.11)

# Contrast as WCAG defines it; what lies behind a text is that of all elements around it, together.
CONTRASTS = """
() => {
  const parse = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return numbers.length === 3 ? [...numbers, 1] : numbers;
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((one, n) => a * one + (1 - a) * below[n]);
  const light = (colour) => {
    const [r, g, b] = colour.map((one) => {
      const share = one / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    const around = [];
    for (let each = element; each; each = each.parentElement) around.unshift(each);
    return around.reduce((below, each) => {
      let found = over(parse(getComputedStyle(each).backgroundColor), below);
      const before = getComputedStyle(each, "::before");
      if (before.content === '""' && before.position === "absolute" && before.zIndex === "-1") {
        const [r, g, b, a] = parse(before.backgroundColor);
        found = over([r, g, b, a * Number(before.opacity)], found);
      }
      return found;
    }, [255, 255, 255]);
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility() || element.closest("script, style, option")) continue;
    const style = getComputedStyle(element);
    const name = `${element.tagName} ${element.getAttribute("class")} ${element.textContent}`;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (own) {
      const colour = element.closest("svg") ? style.fill : style.color;
      const back = behind(element);
      found.push(["text", contrast(over(parse(colour), back), back), name.slice(0, 80)]);
    } else if (element.matches("use, path[class*=stroke-series], path[class*=fill-series]")) {
      const look = element.getAttribute("class") ?? "";
      for (const way of ["fill", "stroke"].filter((each) => look.includes(`${each}-`))) {
        const back = behind(element);
        found.push(["drawn", contrast(parse(style[way]).slice(0, 3), back), name]);
      }
    }
  }
  return found;
}
"""
# What is wider than the window, unless it scrolls inside a box of its own.
TOO_WIDE = """
() => [...document.body.querySelectorAll("*")]
  .filter((each) => !each.parentElement.closest(".scroll") && !each.matches(".skip, option"))
  .filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    return right > innerWidth + 1 || left < -1;
  })
  .map((each) => `${each.tagName}#${each.id}.${each.className}`)
"""

# The names of all that is reached from now on.
NAMES = """
() => {
  window.names = [];
  document.addEventListener("focusin", ({ target }) => {
    const label = target.labels?.[0]?.textContent || target.getAttribute("aria-label");
    names.push((label || target.textContent).trim());
  });
}
"""

STATE = """
() => {
  const text = (selector) => document.querySelector(selector)?.innerText;
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    source: text("#source-text"),
    translation: text("#translation-text"),
    words: all("#rows .piece").length,
    pressed: all('#rows [aria-pressed="true"]').map((each) => Number(each.dataset.row)),
    shares: all("#columns .piece").map((each) => Number(each.style.getPropertyValue("--share"))),
    caption: text("#heat-caption"),
    rows: all("#heat tbody tr").length,
    current: all("#heat tr.current").map((each) => Number(each.dataset.row)),
    title: text("#looks-title"),
    best: text("#looks .bar"),
    columns: all("#columns .piece").map((each) => each.innerText),
    said: all("#rows .piece").map((each) => each.innerText),
    focused: document.activeElement.dataset.row,
  };
}
"""


@dataclass
class Opened:
    """A page in a browser.  said: what it complained of; asked: what it wanted to load."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def choose(self, name: str, value: str) -> None:
        self.page.get_by_label(name, exact=True).select_option(value)

    def data(self) -> Any:
        """What the script got to know."""
        return self.page.evaluate('JSON.parse(document.getElementById("sentences").textContent)')

    def state(self) -> Any:
        """What the attention viewer shows now."""
        return self.page.evaluate(STATE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing = pytest.fail if os.environ.get("MTKIT_BROWSER") == "required" else pytest.skip
        missing("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a file; afterwards nothing may have gone wrong, and nothing been loaded."""
    all_opened: list[Opened] = []

    def load(path: Path, width: int = 1600, scheme: Any = "light", **options: Any) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        found = Opened(context.new_page())
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("dialog", lambda dialog: found.said.append(dialog.message))
        found.page.on("request", lambda request: found.asked.append(request.url))
        found.page.goto(path.as_uri())
        all_opened.append(found)
        return found

    yield load
    for one in all_opened:
        assert one.said == []
        assert [url for url in one.asked if not url.startswith("data:")] == [one.page.url]
        one.page.context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_it_can_be_read(opened: Open, nasty_page: Path, width: int, scheme: str) -> None:
    found = opened(nasty_page, width, scheme)
    assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert found.page.evaluate(TOO_WIDE) == []
    contrasts = found.page.evaluate(CONTRASTS)
    assert sum(kind == "text" for kind, *_ in contrasts) > 300
    assert sum(kind == "drawn" for kind, *_ in contrasts) > 20
    needed = {"text": READABLE, "drawn": VISIBLE}
    assert [row for row in contrasts if row[1] < needed[row[0]]] == []
    day, night = "rgb(247, 247, 245)", "rgb(18, 21, 26)"
    ground = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == (night if scheme == "dark" else day)


def test_sentence_kind_layer_and_head_can_be_chosen(opened: Open, page: Path) -> None:
    found = opened(page)
    data = found.data()
    last = len(data["sentences"]) - 1
    for number in (last // 2, last):
        sentence = data["sentences"][number]
        found.choose("Sentence", str(number))
        state = found.state()
        assert state["source"] == sentence["text"]
        assert state["translation"] == sentence["translation"]
        assert state["words"] == len(sentence["target"])
    for kind, layers in sentence["attention"].items():
        found.choose("Attention", kind)
        for layer, heads in enumerate(layers, 1):
            found.choose("Layer", str(layer))
            for head in (str(len(heads)), "mean"):
                found.choose("Head", head)
                state, mean = found.state(), head == "mean"
                wanted = mean_row(heads, 0) if mean else heads[int(head) - 1][0]
                blank = [0] * (len(state["shares"]) - len(wanted))
                assert state["shares"] == pytest.approx([n / 1000 for n in wanted] + blank)
                which = f"mean of {len(heads)} heads" if mean else f"head {head}"
                assert state["caption"] == f"{data['kinds'][kind]}; layer {layer}, {which}"
                assert state["rows"] == len(heads[0])


def mean_row(heads: list[list[list[int]]], row: int) -> list[float]:
    return [sum(shares) / len(heads) for shares in zip(*(head[row] for head in heads), strict=True)]


def test_a_word_shows_its_row_when_it_is_pointed_at_tapped_or_reached(
    opened: Open,
    page: Path,
) -> None:
    found = opened(page, has_touch=True)
    sentence = found.data()["sentences"][0]
    heads = sentence["attention"]["cross"][sentence["aligning"] - 1]
    words, last = found.page.locator("#rows .piece"), len(sentence["target"]) - 1

    def shown(row: int) -> Any:
        state = found.state()
        assert state["pressed"] == state["current"] == [row]
        wanted = [share / 1000 for share in mean_row(heads, row)]
        assert state["shares"] == pytest.approx(wanted)
        best = state["columns"][max(range(len(wanted)), key=wanted.__getitem__)]
        assert state["title"] == f"“{state['said'][row]}” looks most at “{best}”"
        assert state["best"] == best
        return state["focused"]

    shown(0)
    words.nth(2).hover()
    shown(2)
    words.nth(1).tap()
    shown(1)
    found.page.locator("#heat tbody tr").nth(3).locator("td").nth(1).hover()
    shown(3)
    words.nth(3).focus()
    for key, row in (
        ("ArrowRight", 4), ("ArrowLeft", 3), ("End", last), ("ArrowDown", last), ("Home", 0),
        ("ArrowUp", 0),
    ):  # fmt: skip
        found.page.keyboard.press(key)
        assert shown(row) == str(row)


def test_text_from_right_to_left_is_shown_and_walked_through_that_way(
    opened: Open, toy_run: Path, tmp_path: Path
) -> None:
    path, sentence = tmp_path / "a.html", "\u0648\u0627\u062d\u062f \u0648 one two."
    run_main("report", toy_run, "--out", path, "--sentences", 0, "--sentence", sentence)
    found = opened(path)
    words = found.page.locator("#rows .piece")
    for kind, key, way in (("encoder", "ArrowLeft", -1), ("decoder", "ArrowRight", 1)):
        found.choose("Attention", kind)
        words.first.focus()
        found.page.keyboard.press(key)
        assert found.state()["pressed"] == [1], kind
        first, second = (words.nth(n).bounding_box() for n in range(2))
        assert first and second
        assert (second["x"] - first["x"]) * way > 0, kind


def test_pieces_that_are_no_text_continue_no_word(opened: Open, page: Path) -> None:
    found = opened(page)
    for piece, wanted in (
        ("▁one", "one"), ("ne", "·ne"), ("<s>", "<s>"), ("<unk>", "<unk>"), ("<2de>", "<2de>"),
    ):  # fmt: skip
        assert found.page.evaluate("(piece) => readable(piece, 0)", piece) == wanted
    assert found.page.evaluate('joined(["▁a", "<unk>", "</s>"])') == "a<unk>"


def test_shares_keep_their_colour_where_colours_are_forced(opened: Open, page: Path) -> None:
    def ground(**options: Any) -> Any:
        bar = opened(page, **options).page.locator("#looks .bar").first
        return bar.evaluate('(each) => getComputedStyle(each, "::before").backgroundColor')

    assert ground(forced_colors="active") == ground() == "rgb(124, 196, 238)"


def test_on_a_narrow_screen_the_middle_of_the_map_is_seen_first(opened: Open, page: Path) -> None:
    box = opened(page, 400).page.get_by_label("Map of the embedding").first
    left, spare = box.evaluate("(each) => [each.scrollLeft, each.scrollWidth - each.clientWidth]")
    assert left == pytest.approx(spare / 2, abs=1)
    assert spare > 100


def test_every_control_is_reached_by_tab_and_has_a_name(opened: Open, page: Path) -> None:
    found = opened(page)
    first_word = found.state()["said"][0]
    found.page.evaluate(NAMES)
    for _ in range(30):
        found.page.keyboard.press("Tab")
    names = found.page.evaluate("names")
    assert names[0] == "Skip to the content"
    wanted = ["Scores", "Model card", "Sentence", "Attention", "Layer", "Head", first_word]
    wanted += ["Heat map of the attention", "Show what was pruned", "The beam as a tree"]
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)
    assert all(names[: places[-1]])


def test_what_was_pruned_can_be_hidden(opened: Open, page: Path) -> None:
    found = opened(page)
    beam = found.data()["sentences"][0]["beam"]
    branches = found.page.locator("#beam li")
    pruned = sum(branch["pruned"] is not None for branch in beam)
    assert branches.count() == len(beam)
    assert found.page.locator("#beam li.pruned").count() == pruned > 0
    assert found.page.locator("#beam li.won").count() == 1
    found.page.get_by_label("Show what was pruned").uncheck()
    assert branches.count() == len(beam) - pruned
    found.page.get_by_label("Show what was pruned").check()
    assert branches.count() == len(beam)


def test_mark_up_in_the_data_stays_text(opened: Open, nasty_page: Path) -> None:
    found = opened(nasty_page)
    options = found.page.locator("#sentence option").all_inner_texts()
    for number, option in list(enumerate(options))[::5]:
        found.choose("Sentence", str(number))
        assert option == f"{number + 1}. {found.state()['source']}"
    assert "1. <script>alert(4)</script> one two." in options
    assert any("</script><!-- <script> -->" in option for option in options)
    assert found.page.locator("script").count() == 2
    assert found.page.locator("img, em, b, i, u").count() == 0
    assert found.text("h1") == '<em>run & "co"'


def test_the_page_lets_no_other_script_run(opened: Open, page: Path) -> None:
    found = opened(page)
    for element in (
        'made = document.createElement("script"); made.textContent = "window.ran = true"',
        'made = document.createElement("img"); made.src = "https://example.org/picture.png"',
    ):
        with found.page.expect_console_message():
            found.page.evaluate(f"() => {{ const {element}; document.body.append(made); }}")
    assert found.page.evaluate("window.ran") is None
    assert len(found.said) == 2
    assert all("Content Security Policy" in text for text in found.said)
    found.said.clear()
    found.asked[1:] = [url for url in found.asked[1:] if "example.org" not in url]


@pytest.mark.parametrize("architecture", ["lstm", "lstm-attention"])
def test_every_architecture_can_be_asked(
    opened: Open,
    recurrent_page: Callable[[str], Path],
    architecture: str,
) -> None:
    found = opened(recurrent_page(architecture), 400, "dark")
    assert found.page.evaluate(TOO_WIDE) == []
    attends = architecture == "lstm-attention"
    for part in ("#kind", "#columns", "#heat", "#looks-title"):
        assert found.page.locator(part).is_visible() == attends, part
    if attends:
        assert found.page.locator("#kind option").count() == 1
        assert found.page.locator("#head option").count() == 1
    found.page.locator("#rows .piece").nth(1).focus()
    assert found.state()["pressed"] == [1]
    assert "What might have been said in place of" in found.text("#steps-title")
    assert found.page.locator("#steps li").count() >= 5
    assert found.page.locator("#beam li").count() > 5


def test_without_scripts_the_page_says_what_is_not_there(opened: Open, page: Path) -> None:
    found = opened(page, java_script_enabled=False)
    assert found.page.locator("noscript p").is_visible()
    assert not found.page.locator("#rows").is_visible()
    assert found.page.get_by_text("Signatures").is_visible()
