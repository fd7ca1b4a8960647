"""What a store does not list is asked for by its name, and told apart from what is lost."""

from __future__ import annotations

from dataclasses import replace

from pytest_optbench.stress.audit import promises
from pytest_optbench.stress.audit.audit import audit
from pytest_optbench.stress.audit.name_outcomes import name_outcomes
from pytest_optbench.stress.audit.reconcile import PlannedRun
from pytest_optbench.stress.audit.unlisted import unlisted_names, with_unlisted
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.series_digest import series_digest
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target import Names, StoredArtifact, StoredRun, StoreSnapshot, Unlisted

POINTS = ((0, 1.0), (1, 2.0))
WAYS = {"series": ("list_results", "Run.data"), "artifacts": ("Run.artifacts", "Run.artifact")}
EXECUTION = Execution(
    "key", "session", 1, 1, 0.0, 1.0, "returned",
    metrics={}, artifacts={"model": "digest"}, series={"a/b": series_digest(POINTS)},
)  # fmt: skip
RUN = StoredRun("run-1", "success", {WITNESS_METRIC: "key"}, started_at=0, finished_at=1)  # type: ignore[arg-type]
BY_NAME = Unlisted({"a/b": POINTS}, {"model": StoredArtifact("json", 1, "digest")}, {}, WAYS)


def found(run: StoredRun) -> dict[str, str]:
    violations = audit([PlannedRun("key")], [EXECUTION], StoreSnapshot((run,)))
    return {f"{one.promise} {one.where}": one.message for one in violations}


def test_what_the_witness_saw_and_no_list_names_is_sought() -> None:
    assert unlisted_names([EXECUTION], [RUN]) == {"run-1": Names(frozenset({"a/b"}), frozenset({"model"}))}
    listed = replace(RUN, series={"a/b": POINTS}, artifacts=BY_NAME.artifacts)
    assert unlisted_names([EXECUTION], [listed, replace(RUN, metrics={})]) == {}


def test_what_is_read_by_its_name_alone_is_unlisted_and_not_lost() -> None:
    (run,) = with_unlisted(StoreSnapshot((RUN,)), {"run-1": BY_NAME}).runs
    told = found(run)
    assert told.keys() == {f"{promises.LISTED} a/b", f"{promises.LISTED} model"}
    assert "'a/b' is read by Run.data, but not listed by list_results" in told[f"{promises.LISTED} a/b"]
    assert [outcome.outcome for outcome in name_outcomes(["model"], EXECUTION, run)] == ["unlisted"]


def test_what_is_read_by_its_name_is_compared() -> None:
    other = replace(BY_NAME, series={"a/b": POINTS[:1]}, artifacts={"model": StoredArtifact("json", 1, "other")})
    told = found(replace(RUN, unlisted=other))
    assert {promise.rsplit(" ", 1)[0] for promise in told} == {
        str(one) for one in (promises.LISTED, promises.SERIES, promises.ARTIFACTS)
    }
    assert [outcome.outcome for outcome in name_outcomes(["model"], EXECUTION, replace(RUN, unlisted=other))] == [
        "lost"
    ]


def test_what_no_way_reads_is_lost() -> None:
    told = found(RUN)
    assert "neither listed nor read by its name" in told[f"{promises.SERIES} a/b"]
    assert told.keys() == {f"{promises.SERIES} a/b", f"{promises.COMPLETE} model"}
