"""The HTML report as a browser shows it: the answer first, nothing in the console, hostile names stay text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sessions import KEPT, RUN_ONCE, count, outcome, session, speed

from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.forecast import CostForecast, Estimate, Forecast
from pytest_optbench.report.gate import evaluate, parse
from pytest_optbench.report.outcome import VERDICTS, Chart, ItemOutcome, Limit
from pytest_optbench.report.page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHARE = Limit("odd names survived", 2.0, "of 3", ((3, 2.0, False),), failed=("'a:b'",))
HOSTILE = (
    "</code><script>window.stolen=1</script><img src=x onerror=window.stolen=1>"
    " $\\frac{1}$ \"'&amp; \u202e\x07 \U0001f4a3 \u65e5\u672c"
)
CURVE = tuple((2.0**k, 3.0 * 2.0**k, k < 7 and k != 5) for k in range(11))
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@cache
def full() -> SessionReport:
    chart = Chart("throughput by workers", "workers", "runs/s", {"thread": ((1, 9.0), (4, 30.0)), HOSTILE: ((1, 1.0),)})
    before = session(outcome(count(10), speed(100), broken=[RUN_ONCE]))
    now = session(
        replace(outcome(count(12), speed(70), broken=[RUN_ONCE, KEPT]), calibration={"payload_us": 800.0}),
        replace(outcome(Limit("size", 64.0, "runs", CURVE, "broke"), point="grid"), charts=(chart,)),
        replace(outcome(SHARE, point="failure"), measures={"survived": 3.0}),
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
    share = Limit("odd names survived", 1.0, "of 2", ((2, 1.0, False),), failed=(HOSTILE,))
    now = session(replace(broken, charts=(chart,)), outcome(count(1, HOSTILE), share, point=HOSTILE + "2"))
    comparison = replace(compare(now, now, HOSTILE), undecided=(HOSTILE,))
    told = replace(now, comparison=comparison, versus=Versus(HOSTILE, HOSTILE, 2, comparison.changes, (HOSTILE,)))
    told = replace(told, gate=evaluate(parse("*:10%"), told), machine={"system": HOSTILE}, versions={HOSTILE: HOSTILE})
    return replace(told, target=dict.fromkeys(("name", "version", "path", "generation"), HOSTILE), started=HOSTILE)


def forecast() -> SessionReport:
    disk = CostForecast("disk", "bytes", (Estimate(3e9, 2e9, 4e9),))
    return replace(session(), forecast=Forecast(1000, "noop", "thread", (1000,), (disk,), 100, 1, 20.0))


@cache
def html_of(make: Callable[[], SessionReport]) -> str:
    return to_html(make())


def opened(page: Page, make: Callable[[], SessionReport], folder: Path) -> str:
    path = folder / "report.html"
    path.write_text(html_of(make), encoding="utf-8")
    page.goto(path.as_uri())
    return page.inner_text("body")


def test_the_answer_comes_first(page: Page, tmp_path: Path) -> None:
    text = opened(page, full, tmp_path)
    assert page.inner_text("h1") == "lab 1.0 breaks 2 promises in 1 of 4 breaking points, 1 newly broken"
    assert "4 breaking points: 1 breaks, 1 inconclusive, 2 hold; 30 runs executed" in text
    assert page.inner_text(".gate").startswith("gate FAILED (3 reasons) against main")
    tiles = page.locator(".tile").all_inner_texts()
    assert [tile.splitlines()[0] for tile in tiles] == [
        "Is it safe to upgrade?",
        "What broke since main?",
        "How far will my sweep go?",
    ]
    assert bottom(page, ".tiles") < bottom(page, "#broken .broken") < bottom(page, "#envelope") < bottom(page, ".cards")
    assert bottom(page, "#broken .broken") < 800  # the first break is on the first screen
    assert KEPT in page.inner_text("#broken .broken.new")
    assert f"numpy\n{np.__version__}" in text
    commands = page.locator(".command code", has_text="pytest x")
    assert commands.count() == 3  # two breaks, and one that could not decide
    assert [command.is_visible() for command in commands.all()] == [True, False, True]  # the known break is folded


def test_only_plots_that_say_something(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    assert page.locator("article.card").count() == 4
    captions = page.locator("article.card figcaption").all_inner_texts()
    assert captions == ["size: 64 runs", "throughput by workers", "odd names survived: 2 of 3"]
    legend = page.locator("#card-2 figure svg").first.text_content() or ""
    assert all(zone in legend for zone in ("holds", "degrades", "breaks", "measured"))
    assert page.inner_text(".share .failures") == "failed: 'a:b'"


def test_what_a_limit_means_stands_in_the_envelope(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    row = page.locator("#envelope tr", has_text="odd names survived").first
    assert "Artifacts may have any name." in row.inner_text()
    assert row.locator("td[data-column=breaks]").inner_text() == "1 fail"
    limits = [text.split()[0] for text in page.locator("#envelope tbody th").all_inner_texts()]
    assert limits == ["cost", "rate", "size", "odd"]  # what changed comes first, then what broke


def test_the_filter_leaves_what_is_broken_or_changed(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    cards = page.locator("article.card:visible")
    assert cards.count() == 4
    page.check("#show-broken")
    assert cards.count() == 1
    page.check("#show-changed")
    assert page.locator(".broken:visible").count() == 1
    assert page.locator("#envelope tbody tr:visible").count() < page.locator("#envelope tbody tr").count()


def test_a_click_copies_a_command(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#broken .command button").first.click()
    page.locator("#broken .command button", has_text="copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "pytest x"


def test_every_card_is_reached_with_the_keyboard(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    reached: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert [name for name in dict.fromkeys(reached) if name.startswith("card-")] == [
        f"card-{number}" for number in (1, 2, 3, 4)
    ]


def test_text_has_the_contrast_of_level_aa(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    assert page.evaluate(CONTRAST) == []


def test_the_check_of_contrast_finds_pale_text(page: Page) -> None:
    page.set_content("<body style='background:#fff'><p style='color:#999'>pale<p style='color:#000'>dark")
    assert page.evaluate(CONTRAST) == ["pale: 2.85"]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, hostile, tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_opens_what_is_folded_and_leaves_the_controls(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    page.emulate_media(media="print", color_scheme="light")
    assert page.locator("details table.figures").first.is_visible()
    assert page.locator(".bar:visible, .command button:visible").count() == 0


def test_the_page_needs_no_script(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_of(full), encoding="utf-8")
    with browser.new_context(java_script_enabled=False, offline=True) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        assert page.locator("button").count() == 0
        page.locator("#show-broken").check()
        assert page.locator("article.card:visible").count() == 1


def test_hostile_names_stay_text(page: Page, tmp_path: Path) -> None:
    text = opened(page, hostile, tmp_path)
    assert page.evaluate("window.stolen") is None
    assert page.locator("img, iframe").count() == 0
    assert page.locator("script").count() == 1  # that of the page, which copies commands
    assert text.count("window.stolen=1") > 10
    assert "\u202e" not in text


def test_colours_follow_the_scheme(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('article svg text')).fill")
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (_brightness(paper) < _brightness(ink)) == dark


def test_links_lead_to_places_and_names_are_unique(page: Page, tmp_path: Path) -> None:
    opened(page, full, tmp_path)
    names = page.evaluate("Array.from(document.querySelectorAll('[id]'), element => element.id)")
    assert len(names) == len(set(names))
    targets = page.evaluate("Array.from(document.querySelectorAll('a'), link => link.getAttribute('href').slice(1))")
    assert set(targets) <= set(names)
    assert {"broken", "envelope", "points", "card-1", "card-3", "break-1", "break-2"} <= set(targets)


def test_the_file_is_alone() -> None:
    """Nothing is loaded from anywhere: the only addresses are names of XML vocabularies."""
    addresses = set(re.findall(r"(?:https?:)?//[^\s\"'<>)]+", html_of(full)))
    assert all("www.w3.org" in address for address in addresses), addresses


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_lone_outcome_of_each_verdict_is_shown(verdict: str) -> None:
    lone = ItemOutcome("point", "case", "light", verdict)  # type: ignore[arg-type]
    text = to_html(session(lone))
    assert f'<span class="badge {verdict.replace(" ", "-")}">' in text
    assert "<svg" not in text  # nothing was measured: there is nothing to draw


def test_the_page_of_a_forecast_has_its_answer_and_its_table(page: Page, tmp_path: Path) -> None:
    text = opened(page, forecast, tmp_path)
    assert page.inner_text(".tile strong") == "yes: no limit of this machine was found"
    assert page.locator("header.answer.good, #forecast tbody tr").count() == 2
    assert page.locator("#envelope, #points, fieldset").count() == 0
    assert "disk\ngrowth not measured, taken as linear\t3 (2 to 4) GB" in text
    assert page.evaluate(CONTRAST) == []


def test_an_empty_session_is_shown() -> None:
    assert "nothing was measured" in to_html(session())


def bottom(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def _brightness(colour: str) -> int:
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])
