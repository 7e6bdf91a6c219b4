"""The page of `mtkit report` in a browser: it loads, its controls work, it can be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_report import nasty_page, page, recurrent_page  # noqa: F401  (fixtures)

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
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

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
      for (const colour of [style.fill, style.stroke].filter((each) => each !== "none")) {
        const back = behind(element);
        found.push(["drawn", contrast(parse(colour).slice(0, 3), back), name]);
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

    def shares(self) -> list[float]:
        """Of the pieces that are looked at."""
        script = 'all => all.map(each => Number(each.style.getPropertyValue("--share")))'
        return self.page.locator("#columns .piece").evaluate_all(script)  # type: ignore[no-any-return]

    def pressed(self) -> list[int]:
        """The rows that are chosen, which is one."""
        script = "all => all.map(each => Number(each.dataset.row))"
        return self.page.locator('#rows [aria-pressed="true"]').evaluate_all(script)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
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
def test_it_can_be_read(opened: Open, nasty_page: Path, width: int, scheme: str) -> None:  # noqa: F811
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


def test_every_sentence_kind_layer_and_head_can_be_chosen(opened: Open, page: Path) -> None:  # noqa: F811
    found = opened(page)
    data = found.page.evaluate('JSON.parse(document.getElementById("sentences").textContent)')
    for number, sentence in enumerate(data["sentences"]):
        found.choose("Sentence", str(number))
        assert found.text("#source-text") == sentence["text"]
        assert found.text("#translation-text") == sentence["translation"]
        assert found.page.locator("#rows .piece").count() == len(sentence["target"])
    for kind, layers in sentence["attention"].items():
        found.choose("Attention", kind)
        for layer, heads in enumerate(layers, 1):
            found.choose("Layer", str(layer))
            for head, weights in [*enumerate(heads, 1), ("mean", None)]:
                found.choose("Head", str(head))
                wanted = weights[0] if weights else mean_row(heads, 0)
                assert found.shares() == pytest.approx([share / 1000 for share in wanted])
                which = f"head {head}" if weights else f"mean of {len(heads)} heads"
                caption = f"{data['kinds'][kind]}; layer {layer}, {which}"
                assert found.text("#heat caption") == caption
                assert found.page.locator("#heat tbody tr").count() == len(heads[0])


def mean_row(heads: list[list[list[int]]], row: int) -> list[float]:
    return [sum(shares) / len(heads) for shares in zip(*(head[row] for head in heads), strict=True)]


def test_a_word_shows_its_row_when_it_is_pointed_at_tapped_or_reached(
    opened: Open,
    page: Path,  # noqa: F811
) -> None:
    found = opened(page, has_touch=True)
    data = found.page.evaluate('JSON.parse(document.getElementById("sentences").textContent)')
    heads = data["sentences"][0]["attention"]["cross"][data["sentences"][0]["aligning"] - 1]
    words = found.page.locator("#rows .piece")
    last = words.count() - 1
    keyboard = found.page.keyboard

    def shown(row: int) -> None:
        assert found.pressed() == [row]
        wanted = [share / 1000 for share in mean_row(heads, row)]
        assert found.shares() == pytest.approx(wanted)
        assert found.page.locator("#heat tr.current").get_attribute("data-row") == str(row)
        assert words.nth(row).inner_text() in found.text("#looks-title")
        best = max(range(len(wanted)), key=wanted.__getitem__)
        first = found.page.locator("#looks li").first.inner_text()
        assert first.split("\n")[0] == found.page.locator("#columns .piece").nth(best).inner_text()

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
        keyboard.press(key)
        shown(row)
        assert found.page.evaluate("document.activeElement.dataset.row") == str(row)


def test_every_control_is_reached_by_tab_and_has_a_name(opened: Open, page: Path) -> None:  # noqa: F811
    found, names = opened(page), []
    for _ in range(40):
        found.page.keyboard.press("Tab")
        names.append(
            found.page.evaluate(
                "document.activeElement.labels?.[0]?.textContent.trim()"
                " || document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.textContent.trim()"
            )
        )
    assert names[0] == "Skip to the content"
    wanted = ["Scores", "Model card", "Sentence", "Attention", "Layer", "Head", "zero"]
    wanted += ["Heat map of the attention", "Show what was pruned", "The beam as a tree"]
    places = [names.index(name) for name in wanted if name != "zero"]
    assert places == sorted(places)
    assert all(names[: places[-1]])


def test_what_was_pruned_can_be_hidden(opened: Open, page: Path) -> None:  # noqa: F811
    found = opened(page)
    beam = found.page.evaluate(
        'JSON.parse(document.getElementById("sentences").textContent).sentences[0].beam'
    )
    branches = found.page.locator("#beam li")
    pruned = sum(branch["pruned"] is not None for branch in beam)
    assert branches.count() == len(beam)
    assert found.page.locator("#beam li.pruned").count() == pruned > 0
    assert found.page.locator("#beam li.won").count() == 1
    found.page.get_by_label("Show what was pruned").uncheck()
    assert branches.count() == len(beam) - pruned
    found.page.get_by_label("Show what was pruned").check()
    assert branches.count() == len(beam)


def test_mark_up_in_the_data_stays_text(opened: Open, nasty_page: Path) -> None:  # noqa: F811
    found = opened(nasty_page)
    options = found.page.locator("#sentence option").all_inner_texts()
    for number, option in enumerate(options):
        found.choose("Sentence", str(number))
        assert option == f"{number + 1}. {found.text('#source-text')}"
    assert "1. <script>alert(4)</script> one two." in options
    assert any("</script><!-- <script> -->" in option for option in options)
    assert found.page.locator("script").count() == 2
    assert found.page.locator("img, em, b, i, u").count() == 0
    assert found.text("h1") == '<em>run & "co"'


def test_the_page_lets_no_other_script_run(opened: Open, page: Path) -> None:  # noqa: F811
    found = opened(page)
    found.page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          const image = document.createElement("img");
          image.src = "https://example.org/picture.png";
          document.body.append(image);
        }"""
    )
    found.page.wait_for_timeout(100)
    assert found.page.evaluate("window.ran") is None
    assert len(found.said) == 2
    assert all("Content Security Policy" in text for text in found.said)
    found.said.clear()
    found.asked[1:] = [url for url in found.asked[1:] if "example.org" not in url]


@pytest.mark.parametrize("architecture", ["lstm", "lstm-attention"])
def test_every_architecture_can_be_asked(
    opened: Open,
    recurrent_page: Callable[[str], Path],  # noqa: F811
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
    assert found.pressed() == [1]
    assert "What might have been said in place of" in found.text("#steps-title")
    assert found.page.locator("#steps li").count() >= 5
    assert found.page.locator("#beam li").count() > 5


def test_without_scripts_the_page_says_what_is_not_there(opened: Open, page: Path) -> None:  # noqa: F811
    found = opened(page, java_script_enabled=False)
    assert found.page.get_by_text("This part needs JavaScript").is_visible()
    assert not found.page.locator("#rows").is_visible()
    assert found.page.get_by_text("Signatures").is_visible()
