"""Figures of two sides that took turns: what is paired, what is pooled, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sessions import count, outcome, session

from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.outcome import Limit
from pytest_optbench.report.rounds import changes_of

LEVELS = (100.0, 10.0, 55.0, 300.0, 20.0, 71.0, 18.0, 140.0)


def side(*limits: Limit) -> SessionReport:
    return session(outcome(*limits))


def rate(factor: float, levels: tuple[float, ...] = LEVELS) -> Limit:
    samples = tuple(level * factor for level in levels)
    return Limit("rate", samples[0], "runs/s", kind="time", samples=samples)


def test_samples_are_compared_in_pairs() -> None:
    (change,) = changes_of([side(rate(0.8))] * 2, [side(rate(1.0))] * 2)
    assert change.worse == pytest.approx(1.25)
    assert change.samples == (16, 16)
    assert change.p < 0.001
    assert change.noise == pytest.approx(1.0)


def test_a_sample_without_a_partner_is_left_out() -> None:
    (change,) = changes_of([side(rate(0.8, LEVELS[:5]))], [side(rate(1.0))])
    assert change.samples == (5, 5)
    assert change.worse == pytest.approx(1.25)


def test_a_figure_without_samples_is_one_of_its_round() -> None:
    here = [side(replace(rate(0.8), value=0.8 * level, samples=())) for level in LEVELS]
    there = [side(replace(rate(1.0), value=level, samples=())) for level in LEVELS]
    (change,) = changes_of(here, there)
    assert (change.samples, change.worse) == ((8, 8), pytest.approx(1.25))


def test_counts_take_part() -> None:
    (change,) = changes_of([side(count(13))] * 3, [side(count(10))] * 3)
    assert (change.before, change.now, change.worse, change.noise) == (10, 13, pytest.approx(1.3), 1.0)


def test_what_was_settled_early_keeps_the_rounds_that_it_has() -> None:
    here, there = ([side(count(cost), count(1, "b"))] * 2 + [side(count(1, "b"))] for cost in (13, 10))
    assert [(change.limit, change.samples[0]) for change in changes_of(here, there)] == [("cost", 2), ("b", 3)]


def test_a_round_in_which_one_side_could_not_measure_does_not_count() -> None:
    (change,) = changes_of(
        [side(count(13)), side(), side(count(13))], [side(count(10)), side(count(99)), side(count(10))]
    )
    assert (change.samples, change.worse) == ((2, 2), pytest.approx(1.3))
    assert not list(changes_of([side(count(1))], [side(count(1, "other"))]))
