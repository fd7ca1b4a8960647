"""A target whose `run` raises or hangs: every part that calls it breaks, says why, and does so soon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sabotage import SABOTEURS, SECONDS

from pytest_optbench.report.document import read
from pytest_optbench.report.outcome import ItemOutcome

# What never calls `run`: parts that ask grids and seeds alone, whose grid refuses what was to run, or whose export the
# target lacks.
WITHOUT_RUNS = {
    "count", "index", "every_case_once", "planned_twice", "speed_of_count", "speed_of_index", "random", "algebra",
    "sources", "refused_sources", "distributions", "streams", "samples", "exported", "other_generations",
}  # fmt: skip
BROKEN = {"redundant", "first_run", "prompt", "growth", "gathering", "cost"}  # by a plan of more than a hundred cases
LARGE = " or ".join(f"test_{part}" for part in (*sorted(BROKEN), "sweep"))
SOME = ("-k", "test_grid_explosion or test_throughput or test_long_running or test_parameter_resolution")
SERVERS = "servers"  # its parts are not applicable here, whatever the target does
HANGS = "audit.finishes"  # the promise that a target which hangs breaks
SHORT = "0.05"  # of the usual patience: three seconds that a target may wait, and thirty that it may compute


def outcomes_of(target: str, folder: Path, *arguments: str, patience: str = "1") -> list[ItemOutcome]:
    report = folder / "outcome.json"
    environment = {**os.environ, "PYTHONPATH": str(SABOTEURS), "TMPDIR": str(folder), "OPTBENCH_PATIENCE": patience}
    environment.pop("OPTBENCH_METALAB", None)
    command = [sys.executable, "-m", "pytest", "--optbench", "--metalab", target, "-p", "no:cacheprovider"]
    command += ["-W", "default", f"--optbench-json={report}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return list(read(report).outcomes)


def told(outcome: ItemOutcome) -> str:
    return " ".join(one.message for one in outcome.broken) or outcome.note


@pytest.mark.parametrize(
    ("target", "says", "chosen"),
    [
        ("target_raises_at_once", "RuntimeError: no runner today", ()),
        ("target_exits", "ExitedError: os._exit(0)", SOME),
        ("target_raises_no_exception", "Stop: over and out", SOME),
    ],
)
def test_every_part_says_what_the_target_raised(
    target: str, says: str, chosen: tuple[str, ...], tmp_path: Path
) -> None:
    outcomes = outcomes_of(target, tmp_path, "-m", "light", *chosen)
    silent = {
        one.case: told(one)
        for one in outcomes
        if one.point != SERVERS and (one.verdict not in ("breaks", "not applicable") or says not in told(one))
    }
    assert silent.keys() == WITHOUT_RUNS & {one.case for one in outcomes}, silent
    assert {"refused", "gathering", "soak"} <= {one.case for one in outcomes}


@pytest.mark.parametrize(
    ("target", "chosen", "says"),
    [
        ("target_hangs_on_large_plans", LARGE, "it waited for"),
        ("target_computes_for_ever", "test_redundant or test_sweep", "it computed for"),
    ],
)
def test_a_target_that_hangs_breaks(target: str, chosen: str, says: str, tmp_path: Path) -> None:
    outcomes = outcomes_of(target, tmp_path, "-m", "light", "-k", chosen, patience=SHORT)
    ends = {f"{one.point} {one.case}": (one.verdict, told(one)) for one in outcomes}
    broken = {name for name, (verdict, _) in ends.items() if verdict == "breaks"}
    assert {name.split()[1] for name in broken} == BROKEN & {name.split()[1] for name in ends}, ends
    assert {broken.id for one in outcomes for broken in one.broken} == {HANGS}
    assert all(says in ends[name][1] and target in ends[name][1] for name in broken), ends
    assert {verdict for verdict, _ in ends.values()} <= {"breaks", "holds", "measured"}, ends
