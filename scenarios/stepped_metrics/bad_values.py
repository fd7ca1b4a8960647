"""Judgement of a series into which a value that is no number was captured: refused by name, or kept unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pytest_optbench.stress.audit.name_outcomes import named_in
from pytest_optbench.stress.audit.record_checks import same
from pytest_optbench.stress.audit.unlisted import read_by_name_only
from pytest_optbench.stress.witness.witness import plain
from pytest_optbench.target.snapshot import StoredRun

Points = Sequence[tuple[int, Any]]


def bad_value_message(name: str, good: Points, bad: tuple[int, Any], refusal: str | None, run: StoredRun | None) -> str:
    """Describe the harm that a bad value, captured before the good point of its step, did to its run; "" if none.

    `refusal` is the error that capturing it raised. The other points of `name` must be stored in either case.
    """
    if run is None:
        return "the run is not in the store"
    if run.status != "success":
        error = run.error or {}
        return f"the run is stored as {run.status}: {error.get('type', '')} {error.get('message', '')}".rstrip()
    if refusal is not None and not named_in(name, refusal):
        return f"it was refused with an error that does not name the metric: {refusal}"
    stored = run.series.get(name, run.unlisted.series.get(name))
    if stored is None:
        return f"all {len(good)} other points of {name!r} are neither listed nor read by name, and the run is a success"
    if name not in run.series:
        return read_by_name_only(f"{name!r}", "series", run)
    return _difference(good if refusal is not None else _merged(good, bad), stored)


def _merged(good: Points, bad: tuple[int, Any]) -> Points:
    position = next((index for index, (step, _) in enumerate(good) if step == bad[0]), len(good))
    return [*good[:position], bad, *good[position:]]


def _difference(expected: Points, stored: Iterable[tuple[Any, Any]]) -> str:
    points = list(stored)
    if len(points) != len(expected):
        return f"{len(points)} points are stored, {len(expected)} were taken"
    for (step, value), (stored_step, stored_value) in zip(expected, points, strict=True):
        if step != stored_step or not same(plain(value), plain(stored_value)):
            return f"at step {step} {value!r} was taken, {stored_value!r} at step {stored_step} is stored"
    return ""
