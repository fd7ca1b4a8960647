"""A sweep too large to end is driven part by part: each is judged by itself, and every run counts once."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.run_and_audit import AuditResult
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.witness.witness import Execution, read
from pytest_optbench.target import RunOptions, load_target
from pytest_optbench.target.target import Target
from scenarios.optbench import random_order as drawn
from scenarios.optbench.random_order import FIRST, run_random_parts, spans

LARGE = replace(Sweep.of_intensity("extreme"), replicates=2)
FEW = 3  # cases of a part in these tests


@pytest.fixture
def ctx(tmp_path: Path) -> SweepContext:
    target = load_target("pytest_optbench.engine")
    return SweepContext(target, RunOptions(store=str(tmp_path / "store")), tmp_path / "seen" / "1of1.jsonl", "first")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "FIRST", FEW)


def drive(ctx: SweepContext, budget: float = 24.0) -> list[AuditResult]:
    """Drive with a clock that counts executions, so that the budget is so many runs."""
    return list(run_random_parts(LARGE, ctx, budget, lambda: float(len(read(ctx.witness.parent)))))


def seen(ctx: SweepContext, session: str = "first") -> list[Execution]:
    return [one for one in read(ctx.witness.parent) if one.session == session]


def test_every_run_of_several_parts_counts_once(ctx: SweepContext) -> None:
    parts = drive(ctx)
    executions = seen(ctx)
    assert len(parts) >= 3
    assert [part.findings for part in parts] == [()] * len(parts)
    assert sum(part.executed for part in parts) == len({one.key for one in executions}) == len(executions)
    assert sum(part.audited for part in parts) == len(executions)
    took = sum(one.finished - one.started for one in executions if one.finished is not None)
    assert took <= sum(part.seconds for part in parts) <= max(part.seconds for part in parts) * len(parts)


def test_another_session_goes_on_where_the_first_ended(ctx: SweepContext) -> None:
    first = drive(ctx)
    second = drive(replace(ctx, session="second", resumable=True))
    stored = sum(part.executed for part in first)
    assert [part.findings for part in second] == [()] * len(second)
    assert (second[0].executed, second[0].audited) == (0, 2 * FEW), "what was driven last is looked at again"
    executions = seen(ctx, "second")
    assert sum(part.executed for part in second) == len({one.key for one in executions}) == len(executions) > 0
    assert not {one.key for one in executions} & {one.key for one in seen(ctx)}
    assert len(seen(ctx)) == stored


def test_an_interrupted_part_is_completed(ctx: SweepContext) -> None:
    drive(ctx)
    lost = LARGE.experiment(ctx.target)
    store = ctx.target.read(ctx.options.store, lost, artifacts=False)
    last = max(store.runs, key=lambda run: run.finished_at or 0)
    ctx.target.delete_run(ctx.options.store, lost, last.run_id)
    second = drive(replace(ctx, session="second", resumable=True))
    assert [part.findings for part in second] == [()] * len(second)


def test_the_same_session_can_drive_once_more(ctx: SweepContext) -> None:
    drive(ctx)
    again = drive(ctx, 30.0)
    assert [part.findings for part in again] == [()] * len(again)


def losing(ctx: SweepContext, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the target lose the first run of the store at the end of its `number`-th sweep."""
    run, sweeps = Target.attempt, count(1)

    def run_and_lose(self: Target, experiment: object, how: RunOptions) -> object:
        summary = run(self, experiment, how)
        if next(sweeps) == number:
            runs = self.read(how.store, experiment, artifacts=False).runs
            first = min(runs, key=lambda run: run.started_at or 0)
            self.delete_run(how.store, experiment, first.run_id)
        return summary

    monkeypatch.setattr(Target, "attempt", run_and_lose)


def test_a_run_that_a_part_loses_is_noticed_in_that_part(ctx: SweepContext, monkeypatch: pytest.MonkeyPatch) -> None:
    losing(ctx, monkeypatch, 1)
    first, *others = drive(ctx)
    assert [finding.violation.promise for finding in first.findings] == [promises.STORED]
    assert not any(part.findings for part in others)


def test_a_run_that_a_later_part_loses_is_noticed_at_the_end(
    ctx: SweepContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    losing(ctx, monkeypatch, 3)
    *parts, last = drive(ctx)
    assert not any(part.findings for part in parts)
    assert [finding.violation.promise for finding in last.findings] == [promises.KEPT]
    assert (last.executed, last.audited, last.seconds) == (0, 0, 0.0)


def spans_by(size: int, budget: float, seconds: float) -> list[tuple[int, int]]:
    """Spans where a case takes so many seconds."""
    found: list[tuple[int, int]] = []
    for span in spans(0, size, budget, lambda: seconds * (found[-1][1] if found else 0)):
        found.append(span)  # noqa: PERF402 - the clock looks at it
    return found


def test_the_parts_follow_each_other_and_fill_the_budget() -> None:
    found = spans_by(10**6, 1_000.0, 0.5)
    assert [start for start, _ in found[1:]] == [stop for _, stop in found[:-1]]
    assert found[0] == (0, FEW)
    assert 0.95 * 2_000 <= found[-1][1] <= 2_000
    assert all(0.5 * (stop - start) <= 0.25 * 1_000 + 1 for start, stop in found)


def test_a_sweep_that_can_end_does() -> None:
    assert spans_by(10, 1e9, 0.5)[-1][1] == 10
    assert spans_by(FEW, 1e9, 0.0) == [(0, FEW)]


def test_the_first_part_is_driven_whatever_the_budget() -> None:
    assert spans_by(100, 0.0, 1.0) == [(0, FEW)]
    assert FIRST > FEW
