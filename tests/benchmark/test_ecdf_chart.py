"""The ECDF of a stored sweep, on histories whose answer is known."""

from __future__ import annotations

from typing import Any

from pytest_optbench.benchmark.ecdf_chart import POINTS, shares_solved
from pytest_optbench.target import StoredRun


def run(algorithm: str, *points: tuple[int, float]) -> StoredRun:
    metrics: dict[str, Any] = {"algorithm": algorithm, "dim": 2, "best_f": points[-1][1] if points else 5.0}
    return StoredRun(
        "id", "success", {**metrics, "optimality_gap": metrics["best_f"] - 3.0}, series={"objective": points}
    )


def test_targets_count_from_when_they_were_reached() -> None:
    """Of 11 targets, 1e2 is reached at once and the other ten at evaluation 20, which is 10 a dimension."""
    line = shares_solved([run("adam", (1, 53.0), (20, 3.0))])["adam"]
    assert len(line) == POINTS
    assert {round(share, 6) for across, share in line if 0.5 <= across < 9.9} == {round(1 / 11, 6)}
    assert line[0] == (line[0][0], 0.0)
    assert line[-1][1] == 1.0


def test_each_algorithm_has_its_line_and_what_was_not_stored_is_left_out() -> None:
    lines = shares_solved([run("adam", (1, 1e9)), run("other", (4, 3.0)), run("third")])
    assert lines.keys() == {"adam", "other"}
    assert lines["adam"][-1][1] == 0.0
    assert shares_solved([]) == {}
