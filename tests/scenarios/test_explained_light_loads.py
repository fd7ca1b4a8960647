"""What --optbench-explain says of a light load is what its items then store, to within a factor of two."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sabotage import scenario_file

HERE = Path(__file__).parent
UNITS = {"bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
PARTS = (
    ("test_optbench", ("test_sweep",)),
    ("test_memory_pressure", ("test_peak", "test_long_sweep", "test_finished_runs", "test_dimensions")),
    ("test_nested_experiments", ("test_depth", "test_width", "test_shared_executor", "test_concurrent_sweeps")),
    ("test_throughput", ("test_gathering", "test_load")),
    ("test_artifact_collisions", ("test_catalogue", "test_nothing_outside", "test_neighbours_stay",
                                  "test_same_name_twice", "test_threads_at_once", "test_processes_at_once")),
    ("test_stepped_metrics", ("test_points", "test_not_finite", "test_numpy_scalars", "test_odd_names",
                              "test_bad_values", "test_failed_midway", "test_killed_midway")),
    ("test_grid_explosion", ("test_speed_of_planning",)),
    ("test_parameter_resolution", ("test_resolved",)),
)  # fmt: skip  # the parts that leave all that they store


def session(scenario: str, parts: tuple[str, ...], *options: str, folder: Path) -> str:
    paths = [f"{scenario_file(scenario)}::{part}" for part in parts]
    environment = {**os.environ, "TMPDIR": str(folder), "STORED_BYTES": str(folder / "notes")}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment.pop("OPTBENCH_METALAB", None)
    command = [sys.executable, "-m", "pytest", *paths, "-m", "light", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said_of(explained: str, part: str) -> tuple[float, int]:
    """The bytes and the files that a paragraph of the explanation names."""
    paragraph = explained.split(f"::{part}\n")[1].split("::")[0]
    found = re.search(r"about ([\d.,]+) (bytes|kB|MB|GB) in ([\d,]+) files", paragraph)
    assert found is not None, paragraph
    return float(found[1].replace(",", "")) * UNITS[found[2]], int(found[3].replace(",", ""))


@pytest.mark.parametrize(("scenario", "parts"), PARTS, ids=[scenario for scenario, _ in PARTS])
def test_what_is_said_is_what_is_stored(scenario: str, parts: tuple[str, ...], tmp_path: Path) -> None:
    explained = session(scenario, parts, "--optbench-explain", folder=tmp_path)
    session(scenario, parts, "--metalab", "pytest_optbench.engine", "-p", "stored_bytes", folder=tmp_path)
    found = {name: numbers for name, *numbers in map(json.loads, (tmp_path / "notes").read_text().splitlines())}
    assert set(found) == set(parts)
    for part, (stored, files) in found.items():
        said, number = said_of(explained, part)
        assert said / 2 <= stored <= said * 2, (part, said, stored)
        assert number / 2 <= files <= number * 2, (part, number, files)
