"""Two stores compared field by field: a difference is always told, and told by run and field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_optbench.stress.audit.store_diff import differences
from pytest_optbench.stress.witness.witness import WITNESS_METRIC
from pytest_optbench.target.snapshot import StoredArtifact, StoredRun, StoreSnapshot


def run(key: str, **fields: Any) -> StoredRun:
    metrics = {WITNESS_METRIC: key, "best_f": 0.5}
    about = {"run_id": f"id-{key}", "status": "success", "params": {"n": 1}, "series": {"f": ((0, 1.0),)}}
    artifacts = {"value": StoredArtifact("json", 10, "abc")}
    return StoredRun(**{**about, "metrics": metrics, "artifacts": artifacts, **fields})


def told(one: StoredRun, other: StoredRun) -> list[str]:
    return list(differences(StoreSnapshot((one,)), StoreSnapshot((other,))))


def test_twins_do_not_differ_whatever_their_times_and_logs() -> None:
    assert told(run("a"), run("a", started_at=datetime(2020, 1, 1, tzinfo=UTC), log="a line")) == []


def test_logs_are_compared_by_their_messages() -> None:
    log = "2026-11-27 14:05:33,123 [INFO   ] [lab.thread:1] begins\n2026-11-27T14:05:33.5+00:00 INFO ends\n"
    later = "2026-11-28 04:05:00,001 [INFO   ] [lab.process:7] begins\n2026-11-28T04:05:01Z INFO ends\n"
    assert told(run("a", log=log), run("a", log=later)) == []
    (sentence,) = told(run("a", log=log), run("a", log=later.replace("ends", "begins")))
    assert "run id-a: log is " in sentence
    assert len(told(run("a", log=log), run("a", log=""))) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "failed"},
        {"run_id": "another id-a"},
        {"experiment_id": "another:1"},
        {"error": {"type": "ValueError"}},
        {"tags": ("one",)},
        {"fingerprints": {"params": "0"}},
        {"metrics": {WITNESS_METRIC: "a", "best_f": -0.0}},
        {"params": {"n": "1"}},
        {"series": {"f": ((0, 2.0),)}},
        {"artifacts": {}},
        {"artifacts": {"value": StoredArtifact("json", 10, "abd")}},
        {"data": {"more": StoredArtifact("json")}},
    ],
    ids=str,
)
def test_a_difference_is_told_by_run_and_field(changed: dict[str, Any]) -> None:
    (sentence,) = told(replace(run("a"), **changed), run("a"))
    assert "id-a" in sentence
    assert next(iter(changed)) in sentence


def test_a_run_that_only_one_store_has_is_told() -> None:
    both = StoreSnapshot((run("a"), run("b")))
    assert list(differences(both, StoreSnapshot((run("a"),)))) == ["the run with key b is only in the first store"]
    assert next(iter(differences(StoreSnapshot(()), both))).endswith("only in the second store")
