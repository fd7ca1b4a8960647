"""Records that an operation returns: they say how the run ended, and add to what was captured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment

import pytest_optbench.engine as metalab
from pytest_optbench.engine import RunRecord

TIMEOUT = 60.0  # seconds, against a hang
RECORDS: dict[str, Any] = {
    "success": lambda: RunRecord.success(metrics={"a": 1, "both": "returned"}, tags=["t"], notes="a note"),
    "failed": lambda: RunRecord.failed(error_type="Odd", error_message="not good", metrics={"a": 1}),
    "failed silently": lambda: RunRecord.failed(),
    "cancelled": lambda: RunRecord.cancelled(metrics={"a": 1}),
    "running": lambda: RunRecord.running(),
    "odd metrics": lambda: RunRecord.success(metrics={"a": object()}),
    "odd name": lambda: RunRecord.success(metrics={"": 1}),
    "none": lambda: None,
    "a dict": lambda: {"a": 1},
}


@metalab.operation
def returning(params: Any, capture: Any) -> Any:
    """Capture a metric, and return what the case says."""
    capture.metric("both", "captured")
    return RECORDS[params["what"]]()


def run_of(path: Path, what: str) -> Any:
    return metalab.run(experiment(returning, [{"what": what}], tags=["own"]), store=path).result(TIMEOUT)[0]


@pytest.mark.parametrize(
    ("what", "status", "metrics", "tags"),
    [
        ("success", "success", {"a": 1, "both": "captured"}, ("own", "t")),
        ("failed", "failed", {"a": 1, "both": "captured"}, ("own",)),
        ("failed silently", "failed", {"both": "captured"}, ("own",)),
        ("cancelled", "cancelled", {"a": 1, "both": "captured"}, ("own",)),
        ("running", "failed", {"both": "captured"}, ("own",)),
        ("odd metrics", "failed", {"both": "captured"}, ("own",)),
        ("odd name", "failed", {"both": "captured"}, ("own",)),
        ("none", "success", {"both": "captured"}, ("own",)),
        ("a dict", "success", {"both": "captured"}, ("own",)),
    ],
)
def test_the_record_that_is_kept(tmp_path: Path, what: str, status: str, metrics: Any, tags: Any) -> None:
    run = run_of(tmp_path, what)
    assert (run.status, dict(run.metrics), run.tags) == (status, metrics, tags)
    assert (run.error is None) == (status != "failed")


def test_what_it_says_of_the_error_is_kept(tmp_path: Path) -> None:
    assert run_of(tmp_path / "a", "failed").error == {"type": "Odd", "message": "not good", "traceback": ""}
    assert "says running" in run_of(tmp_path / "b", "running").error["message"]
    assert run_of(tmp_path / "c", "success").record.notes == ("a note",)
    assert "dict" in run_of(tmp_path / "d", "a dict").record.notes[0]


def test_a_failure_is_done_again_and_a_success_is_not(tmp_path: Path) -> None:
    for what, skipped in (("success", 1), ("failed", 0), ("cancelled", 0)):
        sweep = experiment(returning, [{"what": what}])
        metalab.run(sweep, store=tmp_path).result(TIMEOUT)
        again = metalab.run(sweep, store=tmp_path)
        again.result(TIMEOUT)
        assert again.status.skipped == skipped
