"""How far a limit goes, in words: where it holds, degrades and breaks, and which curves are worth a plot."""

from __future__ import annotations

import pytest
from sessions import outcome

from pytest_optbench.report.comparison import Change
from pytest_optbench.report.envelope import LimitView, limit_views
from pytest_optbench.report.outcome import Limit
from pytest_optbench.report.rows import rows

Curve = tuple[tuple[float, float, bool], ...]
HELD: Curve = ((1, 5.0, True), (2, 6.0, True), (4, 9.0, True))
BROKE: Curve = ((1, 5.0, True), (2, 6.0, True), (4, 9.0, False), (8, 9.0, False))
MIXED: Curve = ((1, 5.0, True), (2, 6.0, False), (4, 9.0, True), (8, 9.0, False))
NEVER: Curve = ((1, 5.0, False), (2, 6.0, False))


def view(name: str, curve: Curve, unit: str = "cases", value: float = 2.0, **fields: object) -> LimitView:
    (row,) = rows([outcome(Limit(name, value, unit, curve, **fields))])  # type: ignore[arg-type]
    (only,) = limit_views(row, {})
    return only


@pytest.mark.parametrize(
    ("curve", "breaks", "degrades"),
    [
        (HELD, "not up to 4 cases in the plan", ""),
        (BROKE, "at 4 cases in the plan", ""),
        (MIXED, "at 8 cases in the plan", "comes and goes from 1 cases in the plan"),
        (NEVER, "at every load tried", ""),
        ((), "", ""),
    ],
)
def test_the_zones_in_words(curve: Curve, breaks: str, degrades: str) -> None:
    shown = view("largest plan started within 1 s", curve)
    assert (shown.breaks_at, shown.degrades_at) == (breaks, degrades)
    assert shown.is_broken == (curve in (BROKE, MIXED, NEVER))


def test_a_cost_degrades_from_where_it_stays_a_quarter_above_its_best() -> None:
    curve = ((10, 130.0, True), (20, 100.0, True), (40, 126.0, True), (80, 110.0, True), (160, 150.0, True))
    assert view("resume cost", curve).degrades_at == "from 160 finished runs"
    assert view("resume cost", curve[:4]).degrades_at == ""


def test_a_rate_degrades_from_where_it_stays_a_quarter_below_its_best() -> None:
    curve = ((1, 100.0, True), (2, 190.0, True), (4, 120.0, True), (8, 110.0, True))
    assert view("writing with 8 threads", curve).degrades_at == "from 4 threads"


def test_workers_degrade_where_one_adds_less_than_half_of_the_first() -> None:
    curve = ((1, 100.0, True), (2, 180.0, True), (4, 240.0, True), (8, 250.0, True))
    assert view("best rate of thread workers", curve).degrades_at == "from 8 workers"
    assert view("best rate of thread workers", curve).breaks_at == ""


@pytest.mark.parametrize(
    ("name", "unit", "curve", "shown", "breaks"),
    [
        ("odd names survived", "of 92", ((92, 87.0, False),), "87 of 92", "5 fail"),
        ("similar contexts distinguished", "pairs", ((100, 87.0, True),), "87 of 100 pairs", "13 fail"),
        ("own faults", "of 1,200 faults", (), "87 of 1,200 faults", "1,113 fail"),
        ("kinds of damage survived", "of 87", (), "87 of 87", "none fails"),
    ],
)
def test_a_share_has_its_whole(name: str, unit: str, curve: Curve, shown: str, breaks: str) -> None:
    share = view(name, curve, unit, value=87.0)
    assert (share.display, share.figure, share.breaks_at, share.degrades_at) == ("share", shown, breaks, "")


@pytest.mark.parametrize(
    ("name", "curve", "display"),
    [
        ("own", HELD, "curve"),
        ("own", HELD[:2], "text"),  # two points are a sentence
        ("own", tuple((load, 3.0, True) for load, _, _ in HELD), "text"),  # a level line
        ("own", tuple((load, 1000 + load, True) for load, _, _ in HELD), "text"),  # level, but for noise
        ("own", tuple((load, 1000 + load, load < 4) for load, _, _ in HELD), "curve"),
        ("own", tuple((load, load, True) for load, _, _ in HELD), "text"),  # y = x
        ("own", tuple((load, load, held) for load, _, held in BROKE), "ladder"),
        ("nesting depth", BROKE, "ladder"),
        ("nesting depth", HELD, "text"),
        ("own", (), "text"),
    ],
)
def test_only_a_curve_that_says_more_than_a_sentence_is_drawn(name: str, curve: Curve, display: str) -> None:
    assert view(name, curve).display == display


def test_what_is_not_drawn_is_said() -> None:
    two = view("processor time per run", ((32, 509.0, True), (256, 314.0, True)), "us")
    assert two.in_words == "processor time per run, us: 509 at 32, 314 at 256 runs in the sweep"
    level = view("leak of open files", tuple((runs, 3.0, True) for runs in (20, 40, 60)))
    assert level.in_words == "open files: 3 at each of 3 loads up to 60 runs in one process"
    assert view("own", HELD).in_words == ""


@pytest.mark.parametrize(("worse", "changed"), [(1.0, False), (1.05, False), (1.5, True), (0.5, True)])
def test_a_change_counts_if_it_is_sure_and_large_enough(worse: float, changed: bool) -> None:
    (row,) = rows([outcome(Limit("own", 3.0, "opens"))])
    change = Change("resume", "light", "own", "opens", "lower", "count", 3.0, 3.0, worse)
    (shown,) = limit_views(row, {"own": change})
    assert shown.is_changed == changed


def test_the_earlier_figure_has_the_same_unit() -> None:
    (row,) = rows([outcome(Limit("own", 3.0, "opens"))])
    (shown,) = limit_views(row, {}, [Limit("own", 4.0, "files"), Limit("own", 5.0, "opens")])
    assert shown.earlier is not None
    assert shown.earlier.value == 5.0
