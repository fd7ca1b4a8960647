"""Several targets side by side: which promise each keeps, how each limit compares, and the page of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sessions import KEPT, MACHINE, RUN_ONCE, TARGET, count, outcome, session

from pytest_optbench.report.__main__ import main
from pytest_optbench.report.document import SessionReport, write
from pytest_optbench.report.outcome import Limit
from pytest_optbench.report.side_by_side import SideBySide, side_by_side
from pytest_optbench.report.side_by_side_page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "</code><script>window.stolen=1</script> \u202e"
PAGES = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


def curve(factor: float, breaks_at: float = 8.0) -> tuple[tuple[float, float, bool], ...]:
    return tuple((load, factor * load + 3, load < breaks_at) for load in (1.0, 2.0, 4.0, 8.0))


def share(survived: float, *failed: str) -> Limit:
    return Limit("odd names survived", survived, "of 3", ((3, survived, not failed),), failed=failed)


def of(name: str, report: SessionReport) -> SessionReport:
    return replace(report, target={**TARGET, "name": name})


REFERENCE = of("first", session(outcome(count(10), share(3.0), Limit("plan", 4.0, "cases", curve(1.0)), broken=[KEPT])))
OTHER = of(
    "second",
    session(outcome(count(20), share(2.0, HOSTILE), Limit("plan", 2.0, "cases", curve(3.0, 4.0)), broken=[RUN_ONCE])),
)
LACKING = of("third", session(replace(outcome(), verdict="not applicable"), outcome(point="leaks")))


@cache
def three() -> SideBySide:
    return side_by_side([(Path("a.json"), REFERENCE), (Path("b.json"), OTHER), (Path("c.json"), LACKING)])


def test_each_promise_has_a_word_for_each_target() -> None:
    words = {row.first.broken.promise: [cell.verdict for cell in row.cells] for row in three().promises}
    assert words == {KEPT: ["breaks", "holds", "not applicable"], RUN_ONCE: ["holds", "breaks", "not applicable"]}
    assert all(row.is_different for row in three().promises)


def test_what_did_not_run_has_no_word() -> None:
    found = side_by_side([(Path("a.json"), REFERENCE), (Path("b.json"), of("empty", session(outcome(point="leaks"))))])
    assert [cell.verdict for cell in found.promises[0].cells] == ["breaks", None]
    assert found.limits[0].views[1] is None


def test_each_target_is_compared_with_the_first() -> None:
    reference, second, third = three().summaries()
    assert (reference.breaks, reference.worse, reference.better) == (1, (), ())
    assert [row.first.broken.promise for row in second.worse] == [RUN_ONCE]
    assert [row.first.broken.promise for row in second.better] == [KEPT]
    assert [change.limit for change in second.worse_limits] == ["cost", "plan", "odd names survived"]
    assert (second.tone, third.tone) == ("bad", "good")
    assert three().verdict() == "first 1.0 breaks 1 promise; second 1.0 breaks 1 promise; third 1.0 breaks 0 promises"


def test_other_conditions_are_said_but_for_the_target_itself() -> None:
    moved = replace(OTHER, machine={**MACHINE, "cores": 64})
    columns = side_by_side([(Path("a.json"), REFERENCE), (Path("b.json"), moved)]).columns
    assert [column.unlike for column in columns] == [(), ("cores 2, now 64",)]


def test_equal_targets_are_named_after_their_files() -> None:
    columns = side_by_side([(Path("old.json"), REFERENCE), (Path("new.json"), REFERENCE)]).columns
    assert [column.label for column in columns] == ["first 1.0 (old)", "first 1.0 (new)"]


def test_the_command_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, report in zip(paths, (REFERENCE, OTHER), strict=True):
        write(report, path)
    assert main(["compare", *map(str, paths), "--html", str(tmp_path / "sides.html")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("first 1.0 breaks 1 promise; second 1.0 breaks 1 promise\n")
    assert f"resume [light]: {KEPT}\n  first 1.0: breaks: run 7 was executed twice\n  second 1.0: keeps\n" in told
    assert "resume [light]: cost\n  first 1.0: 10 opens/run\n  second 1.0: 20 opens/run, 2x worse\n" in told
    assert (tmp_path / "sides.html").stat().st_size > 10_000


def test_one_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(REFERENCE, tmp_path / "a.json")
    assert main(["compare", str(tmp_path / "a.json")]) == 2
    assert "compare needs two reports or more" in capsys.readouterr().err


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    path = tmp_path / "sides.html"
    path.write_text(to_html(three()), encoding="utf-8")
    page.goto(path.as_uri())
    assert page.inner_text(".tile strong") == "no: 1 promise would be lost"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.stolen") is None
    assert page.evaluate(PAGES) == []
    legend = page.locator(".card figure svg").first.text_content() or ""
    assert "first 1.0" in legend
    assert "second 1.0" in legend
    page.check("#show-changed")
    assert page.locator("#limits tbody tr:visible").count() == 3
