"""A sweep on the embedded engine from plan to audit, and a target that cheats."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_optbench.benchmark.operation import ARTIFACTS, PRECISIONS, produce
from pytest_optbench.benchmark.resolver import resolve
from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.run_and_audit import audit_store, run_and_audit
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.witness.witness import read
from pytest_optbench.target import RunOptions, load_target

METRICS = {
    "algorithm", "problem", "dim", "best_f", "converged", "evaluations", "optimality_gap", "convergence_rate",
}  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path) -> SweepContext:
    target = load_target("pytest_optbench.engine")
    return SweepContext(target, RunOptions(store=str(tmp_path / "store")), tmp_path / "seen" / "1of1.jsonl", "first")


def again(ctx: SweepContext, session: str = "second") -> SweepContext:
    return replace(ctx, session=session, resumable=True)


def test_the_light_sweep_holds(ctx: SweepContext) -> None:
    audited = run_and_audit(Sweep.of_intensity("light"), ctx)
    executions = read(ctx.witness)
    assert audited.findings == ()
    assert (audited.executed, audited.audited) == (32, 32)
    assert len(executions) == 32 == len({execution.key for execution in executions})


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_it_holds_with_two_workers(ctx: SweepContext, executor: Any) -> None:
    options = replace(ctx.options, executor=executor, workers=2)
    assert run_and_audit(Sweep.of_intensity("light"), replace(ctx, options=options)).findings == ()


def test_a_second_session_executes_nothing(ctx: SweepContext) -> None:
    run_and_audit(Sweep.of_intensity("light"), ctx)
    second = run_and_audit(Sweep.of_intensity("light"), again(ctx))
    assert (second.executed, second.audited, second.findings) == (0, 32, ())


def test_what_is_missing_is_executed_and_nothing_else(ctx: SweepContext) -> None:
    sweep = Sweep.of_intensity("light")
    run_and_audit(sweep.part(0, 2), ctx)
    rest = run_and_audit(sweep, again(ctx))
    assert (rest.executed, rest.audited, rest.findings) == (16, 32, ())


def test_the_closing_audit_sees_all_shards(ctx: SweepContext) -> None:
    sweep = Sweep.of_intensity("light")
    for index in range(2):
        run_and_audit(sweep.part(index, 2), replace(ctx, witness=ctx.witness.with_name(f"{index}.jsonl")))
    assert audit_store(sweep, ctx).findings == ()


def test_the_closing_audit_misses_a_shard(ctx: SweepContext) -> None:
    sweep = Sweep.of_intensity("light")
    run_and_audit(sweep.part(0, 2), ctx)
    findings = audit_store(sweep, ctx).findings
    assert [finding.violation.promise for finding in findings] == [promises.EXECUTED]
    assert findings[0].others == 15


def test_a_lost_record_is_noticed(ctx: SweepContext) -> None:
    run_and_audit(Sweep.of_intensity("light"), ctx)
    store = ctx.target.read(ctx.options.store, "optbench-light:1", artifacts=False)
    ctx.target.delete_run(ctx.options.store, "optbench-light:1", store.runs[0].run_id)
    findings = audit_store(Sweep.of_intensity("light"), ctx).findings
    assert [finding.violation.promise for finding in findings] == [promises.STORED]


def test_a_changed_artifact_is_noticed(ctx: SweepContext) -> None:
    run_and_audit(Sweep.of_intensity("light"), ctx)
    summary = next(Path(ctx.options.store).rglob("summary.json"))
    fields = json.loads(summary.read_text())
    fields["stopped"] = "diverged"
    summary.write_text(json.dumps(fields))
    findings = audit_store(Sweep.of_intensity("light"), ctx).findings
    assert [finding.violation.where for finding in findings] == ["summary", ""]
    assert findings[1].violation.promise == promises.CHECKED
    assert "summary.json" in findings[1].violation.message


def test_a_file_that_only_python_reads_is_noticed(ctx: SweepContext) -> None:
    run_and_audit(Sweep.of_intensity("light"), ctx)
    next(Path(ctx.options.store).rglob("summary.json")).write_text('{"stopped": NaN}')
    findings = audit_store(Sweep.of_intensity("light"), ctx).findings
    (loose,) = (finding for finding in findings if finding.violation.promise == promises.STRICT)
    assert "summary.json: the token NaN is not JSON" in str(loose)


def test_a_warning_for_nothing_is_noticed(ctx: SweepContext) -> None:
    def warn(event: Any) -> None:
        logging.getLogger("pytest_optbench.engine").warning("already there, overwriting")

    noisy = replace(ctx, options=replace(ctx.options, on_event=warn))
    (finding,) = run_and_audit(Sweep.of_intensity("light"), noisy).findings
    assert finding.violation.promise == promises.QUIET
    assert "overwriting" in str(finding)
    assert run_and_audit(Sweep.of_intensity("light"), again(noisy)).findings == (), (
        "what was there before may be a reason"
    )


def case(**change: Any) -> dict[str, Any]:
    raw = {"algorithm": "adam", "problem": "sphere", "dim": 5, "budget": 300, "lr": 0.1}
    return resolve({}, {**raw, **change})


def make(params: dict[str, Any], seed: int = 1) -> Any:
    return produce(params, np.random.default_rng(seed), np.random.default_rng(seed + 1))


def test_a_run_produces_what_the_catalogue_lists() -> None:
    made = make(case())
    assert set(made.metrics) == METRICS
    assert {*made.artifacts, "report"} == set(ARTIFACTS)
    assert [type(step) for step, _ in made.objective] == [int] * len(made.objective)
    assert 10 < len(made.objective) <= 100


def test_the_same_generators_give_the_same_production() -> None:
    one, other = make(case()), make(case())
    assert one.metrics == other.metrics
    assert one.report == other.report
    np.testing.assert_array_equal(one.artifacts["trajectory"]["x"], other.artifacts["trajectory"]["x"])


def test_hits_are_told_for_every_target() -> None:
    told = make(case()).artifacts["summary"]["evaluations_to_target"]
    assert len(told) == len(PRECISIONS)
    hit = [evaluations for evaluations in told.values() if evaluations is not None]
    assert hit == sorted(hit)


def test_one_evaluation_is_enough_for_a_run() -> None:
    made = make(case(budget=1))
    assert made.metrics["evaluations"] == 1
    assert len(made.objective) == 1
