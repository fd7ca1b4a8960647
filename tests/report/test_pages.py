"""The HTML report as a browser shows it: nothing in the console, a card and a plot each, hostile names stay text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sessions import KEPT, RUN_ONCE, count, outcome, session, speed

from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import evaluate, parse
from pytest_optbench.report.outcome import VERDICTS, Chart, ItemOutcome, Limit
from pytest_optbench.report.page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = (
    "</code><script>window.stolen=1</script><img src=x onerror=window.stolen=1>"
    " $\\frac{1}$ \"'&amp; \u202e\x07 \U0001f4a3 \u65e5\u672c"
)
CURVE = tuple((2.0**k, 3.0 * 2.0**k, k < 7) for k in range(11))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; it is part of what these tests need, so that a machine without it fails here."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "no Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page that lets nothing through to the network, and gathers what the console says in `messages`."""
    with browser.new_context(color_scheme=request.param, offline=True) as context:
        opened = context.new_page()
        messages: list[str] = []
        opened.on("console", lambda message: messages.append(message.text))
        opened.on("pageerror", lambda error: messages.append(str(error)))
        opened.on("requestfailed", lambda asked: messages.append(asked.url))
        yield opened
        assert messages == []


def full() -> SessionReport:
    chart = Chart("throughput by workers", "workers", "runs/s", {"thread": ((1, 9.0), (4, 30.0)), HOSTILE: ((1, 1.0),)})
    before = session(outcome(count(10), speed(100), broken=[RUN_ONCE]))
    now = session(
        replace(outcome(count(12), speed(70), broken=[RUN_ONCE, KEPT]), calibration={"payload_us": 800.0}),
        replace(outcome(Limit("size", 64.0, "runs", CURVE, "broke"), point="grid"), charts=(chart,)),
        replace(outcome(point="failure"), measures={"survived": 3.0}),
        replace(outcome(point="none"), executed=0, audited=0, verdict="inconclusive", note="too noisy"),
    )
    comparison = compare(now, before, "main")
    now = replace(now, comparison=comparison, versus=Versus("python", "lab", 9, comparison.changes))
    return replace(now, gate=evaluate(parse("resume:10%"), now))


def hostile() -> SessionReport:
    """Every text that can come from a store, a target or a scenario."""
    broken = outcome(
        Limit(HOSTILE, 3.0, HOSTILE, CURVE, HOSTILE), point=HOSTILE, broken=[HOSTILE], note=HOSTILE, replay=HOSTILE,
        measures={HOSTILE: 1.0}, calibration={HOSTILE: 1.0},
    )  # fmt: skip
    chart = Chart(HOSTILE, HOSTILE, HOSTILE, {HOSTILE: ((1, 1.0), (2, 3.0))}, steps=True)
    now = session(replace(broken, charts=(chart,)), outcome(count(1, HOSTILE), point=HOSTILE + "2"))
    comparison = replace(compare(now, now, HOSTILE), undecided=(HOSTILE,))
    told = replace(now, comparison=comparison, versus=Versus(HOSTILE, HOSTILE, 2, comparison.changes, (HOSTILE,)))
    told = replace(told, gate=evaluate(parse("*:10%"), told), machine={"system": HOSTILE}, versions={HOSTILE: HOSTILE})
    return replace(told, target=dict.fromkeys(("name", "version", "path", "generation"), HOSTILE), started=HOSTILE)


def opened(page: Page, report: SessionReport, folder: Path) -> str:
    path = folder / "report.html"
    path.write_text(to_html(report), encoding="utf-8")
    page.goto(path.as_uri())
    return page.inner_text("body")


def test_the_answer_comes_first_and_every_point_has_a_card_with_a_plot(page: Page, tmp_path: Path) -> None:
    text = opened(page, full(), tmp_path)
    assert page.inner_text("h1") == "4 breaking points: 1 breaks, 1 inconclusive, 2 hold; 30 runs executed"
    assert page.inner_text(".gate").startswith("gate FAILED (3 reasons) against main")
    cards = page.locator("article.card")
    assert cards.count() == 4
    for number in range(4):
        drawn = cards.nth(number).locator("figure svg")
        assert drawn.count() >= 1
        box = drawn.first.bounding_box()
        assert box is not None
        assert box["width"] > 200
    assert KEPT in text
    assert f"numpy\n{np.__version__}" in text
    assert re.sub(r"\s+", " ", text).count("repeat: pytest x") == 3  # two breaks, and one that could not decide
    assert page.locator("h1").bounding_box()["y"] < 200  # type: ignore[index]


def test_zones_are_named_in_the_curve(page: Page, tmp_path: Path) -> None:
    opened(page, full(), tmp_path)
    legend = page.locator("#card-2 figure svg").nth(1).text_content() or ""
    assert all(zone in legend for zone in ("holds", "degrades", "breaks", "measured"))


def test_what_a_scenario_drew_comes_first(page: Page, tmp_path: Path) -> None:
    opened(page, full(), tmp_path)
    assert page.locator("#card-2 figcaption").first.text_content() == "throughput by workers"


def test_large_figures_have_no_factor_in_the_corner(page: Page, tmp_path: Path) -> None:
    flat = Limit("leak", 1.0, "bytes/run", ((10, 40_010_000.0, True), (20, 40_230_000.0, True)))
    opened(page, session(outcome(flat)), tmp_path)
    told = page.locator("figure svg").first.text_content() or ""
    assert "1e7" not in told
    assert "M" in told


def test_hostile_names_stay_text(page: Page, tmp_path: Path) -> None:
    text = opened(page, hostile(), tmp_path)
    assert page.evaluate("window.stolen") is None
    assert page.locator("img, iframe").count() == 0
    assert page.locator("script").count() == 1  # that of the page, which copies commands
    assert text.count("window.stolen=1") > 10
    assert "\u202e" not in text


def test_colours_follow_the_scheme(page: Page, tmp_path: Path) -> None:
    opened(page, full(), tmp_path)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('article svg text')).fill")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (_brightness(paper) < _brightness(ink)) == dark


def test_links_lead_to_cards_and_names_are_unique(page: Page, tmp_path: Path) -> None:
    opened(page, full(), tmp_path)
    names = page.evaluate("Array.from(document.querySelectorAll('[id]'), element => element.id)")
    assert len(names) == len(set(names))
    targets = page.evaluate("Array.from(document.querySelectorAll('a'), link => link.getAttribute('href').slice(1))")
    assert set(targets) <= set(names)
    assert len(targets) == 4


def test_the_file_is_alone() -> None:
    """Nothing is loaded from anywhere: the only addresses are names of XML vocabularies."""
    addresses = set(re.findall(r"(?:https?:)?//[^\s\"'<>)]+", to_html(full())))
    assert all("www.w3.org" in address for address in addresses), addresses


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_lone_outcome_of_each_verdict_is_shown(verdict: str) -> None:
    lone = ItemOutcome("point", "case", "light", verdict)  # type: ignore[arg-type]
    assert 'aria-label="runs executed and audited"' in to_html(session(lone))


def test_an_empty_session_is_shown() -> None:
    assert "nothing was measured" in to_html(session())


def _brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])
