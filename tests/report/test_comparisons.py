"""A session against an earlier one: breaks known, new and fixed; counts as they are, speeds by statistics."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sessions import KEPT, RUN_ONCE, count, outcome, session, speed

from pytest_optbench.report.compare import compare
from pytest_optbench.report.comparison import Change
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.wording import change_text, clear


def only_change(now: SessionReport, before: SessionReport) -> Change:
    (change,) = compare(now, before, "main").changes
    return change


def promises(breaks: tuple[object, ...]) -> list[str]:
    return [broken.promise for broken in breaks]  # type: ignore[attr-defined]


def test_breaks_are_known_new_or_fixed() -> None:
    before, now = session(outcome(broken=[RUN_ONCE, "old"])), session(outcome(broken=[RUN_ONCE, KEPT]))
    found = compare(now, before, "main")
    assert (promises(found.known), promises(found.new), promises(found.fixed)) == ([RUN_ONCE], [KEPT], ["old"])


def test_a_break_is_known_whatever_its_shard() -> None:
    before, now = (session(outcome(broken=[RUN_ONCE], shard=shard, shards=4)) for shard in (0, 3))
    assert promises(compare(now, before, "main").known) == [RUN_ONCE]


def test_a_break_elsewhere_is_new() -> None:
    before, now = session(outcome(broken=[RUN_ONCE])), session(replace(outcome(broken=[RUN_ONCE]), intensity="medium"))
    assert promises(compare(now, before, "main").new) == [RUN_ONCE]


@pytest.mark.parametrize("verdict", ["inconclusive", "not applicable"])
def test_what_was_not_judged_again_is_not_fixed(verdict: str) -> None:
    before, now = session(outcome(broken=[RUN_ONCE])), session(replace(outcome(), verdict=verdict))  # type: ignore[arg-type]
    found = compare(now, before, "main")
    assert not found.fixed
    assert found.undecided == (f"resume [light] case: {verdict}",)


def test_what_did_not_run_is_missing_and_not_fixed() -> None:
    found = compare(session(outcome(point="other")), session(outcome(broken=[RUN_ONCE])), "main")
    assert (found.fixed, found.absent, found.overlap) == ((), 1, 0)
    assert found.undecided == ("resume [light] case: did not run",)


@pytest.mark.parametrize(
    ("before", "now", "better", "worse"),
    [(10, 13, "lower", 1.3), (10, 8, "higher", 1.25), (10, 20, "higher", 0.5), (0, 0, "lower", 1.0)],
)
def test_the_factor_is_of_costs_whichever_way_is_better(before: int, now: int, better: str, worse: float) -> None:
    change = only_change(session(outcome(count(now, better=better))), session(outcome(count(before, better=better))))
    assert change.worse == pytest.approx(worse)


def test_a_limit_that_fell_to_nothing_is_worse_than_any_factor() -> None:
    change = only_change(session(outcome(count(0, better="higher"))), session(outcome(count(9, better="higher"))))
    assert change.worse > 1e6


def test_limits_of_other_units_are_not_compared() -> None:
    other = replace(count(10), unit="ms")
    assert not compare(session(outcome(other)), session(outcome(count(10))), "main").changes


def test_a_speed_that_fell_is_told() -> None:
    change = only_change(session(outcome(speed(70))), session(outcome(speed(100))))
    assert clear(change)
    assert change.low is not None
    assert change.low < 100 / 70 < (change.high or 0)
    assert change_text(change) == f"{change.worse:.3g}x worse"


def test_a_speed_within_its_noise_is_no_clear_change() -> None:
    change = only_change(session(outcome(speed(100, seed=1))), session(outcome(speed(100, seed=2))))
    assert change_text(change) == "no clear change"


def test_one_sample_is_no_clear_change() -> None:
    change = only_change(session(outcome(speed(10, samples=0))), session(outcome(speed(100, samples=0))))
    assert (change_text(change), change.low) == ("no clear change", None)


def calibrated(level: float, floor: float) -> SessionReport:
    return session(replace(outcome(speed(level)), calibration={"payload_us": floor}))


def test_a_slower_machine_is_no_regression() -> None:
    now = replace(calibrated(50, 200.0), machine={"system": "slower"})
    assert only_change(now, calibrated(100, 100.0)).worse == pytest.approx(1, abs=0.05)
    assert only_change(replace(now, outcomes=calibrated(50, 100.0).outcomes), calibrated(100, 100.0)).worse > 1.9


def test_on_one_machine_calibration_and_figure_must_agree() -> None:
    """A neighbour that disturbed only the calibration, or only the figure, must not look like a regression."""
    assert only_change(calibrated(100, 50.0), calibrated(100, 100.0)).worse == pytest.approx(1, abs=0.05)
    assert only_change(calibrated(50, 200.0), calibrated(100, 100.0)).worse == pytest.approx(1, abs=0.05)
    assert only_change(calibrated(50, 100.0), calibrated(100, 100.0)).worse == pytest.approx(2, abs=0.1)


def test_repeated_sessions_of_a_baseline_show_its_noise() -> None:
    twice = session(outcome(speed(100)), outcome(speed(80)))
    change = only_change(session(outcome(speed(78))), twice)
    assert change.noise == pytest.approx(1.25, abs=0.05)
    assert not clear(change)


def test_a_calibration_on_one_side_alone_corrects_nothing() -> None:
    assert only_change(calibrated(50, 800.0), session(outcome(speed(100)))).worse == pytest.approx(2, abs=0.1)
