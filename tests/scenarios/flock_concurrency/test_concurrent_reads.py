"""Readings taken during writes, judged by what is there in the end: hand-written stores."""

from __future__ import annotations

from typing import Any

from pytest_optbench.target.snapshot import StoredArtifact, StoredRun, StoreSnapshot
from scenarios.flock_concurrency.concurrent_reads import ReadLog


def run(name: str, status: str = "success", digest: str = "d", **fields: Any) -> StoredRun:
    artifacts = {"best": StoredArtifact("npz", 10, digest)}
    return StoredRun(name, status, fields.pop("metrics", {"f": 1.0}), artifacts=artifacts, **fields)


def told(final: list[StoredRun], *readings: StoreSnapshot) -> list[str]:
    sightings = ReadLog()
    for reading in readings:
        sightings.add(reading)
    return list(sightings.inconsistencies(StoreSnapshot(tuple(final))))


def test_whole_records_are_no_news() -> None:
    assert told([run("a"), run("b")], StoreSnapshot(()), StoreSnapshot((run("a"),)), StoreSnapshot((run("b"),))) == []


def test_a_run_that_is_still_running_may_lack_anything() -> None:
    assert told([run("a")], StoreSnapshot((run("a", "running", metrics={}, digest="half"),))) == []


def test_a_problem_of_a_reading_is_told_once_with_the_reading() -> None:
    bad = StoreSnapshot((), ("record a is no JSON",))
    assert told([run("a")], StoreSnapshot(()), bad, bad) == ["reading 2 of 3: record a is no JSON"]


def test_a_problem_of_a_run_is_told() -> None:
    assert told([run("a")], StoreSnapshot((run("a", problems=("no log",)),))) == ["reading 1 of 1: run a: no log"]


def test_an_artifact_unlike_the_last_is_told() -> None:
    found = told([run("a")], StoreSnapshot((run("a"),)), StoreSnapshot((run("a", digest="half"),)))
    assert found == ["reading 2 of 2: run a had 'half' as artifacts 'best', in the end 'd'"]


def test_a_metric_that_was_missing_is_told() -> None:
    found = told([run("a")], StoreSnapshot((run("a", metrics={}),)))
    assert found == ["reading 1 of 1: run a had 'nothing' as metrics 'f', in the end 1.0"]


def test_a_success_that_is_gone_is_told() -> None:
    assert told([], StoreSnapshot((run("a"),))) == ["run a was read as a success, and is not there in the end"]


def test_readings_and_successes_are_counted() -> None:
    sightings = ReadLog()
    sightings.add(StoreSnapshot((run("a"), run("b", "running"))))
    sightings.add(StoreSnapshot((run("a"), run("b"))))
    assert (sightings.readings, sightings.runs) == (2, 3)
