"""Options of reading: selections by several conditions, parts of tables, names of files, and values of a summary.

Promise: each documented option of a filter, a table, a CSV file or a summary does what it says.
"""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.audit.promises import Violation
from pytest_optbench.text import one_line

from .test_reading_back import TAGS, report, run_sweep
from .test_reading_ways import PANDAS, tenfold

OPTIONS = promise("reading-back.options")
NOTED = "noted"  # an artifact of the workload
Check = Callable[[Any, Path], Iterator[str]]

every_load = pytest.mark.breaking_point("reading-back", light=6, medium=300, heavy=3_000, extreme=10**9)


def judge(scenario: Scenario, *checks: Check) -> None:
    """Run a sweep, apply each check to its results, and report the problems."""
    for runs in scenario.sizes():
        results, _, _, _ = run_sweep(scenario, runs, "artifact")
        for check in checks:
            try:
                problems = list(check(results, scenario.folder))
            except Exception as error:  # noqa: BLE001 - what a target raises here is the finding
                problems = [f"{check.__name__.replace('_', ' ')}: raised {one_line(error)}"]
            report(scenario, (Violation(OPTIONS, f"{problem}.", where=check.__name__) for problem in problems))


def takes(method: Any, *options: str) -> bool:
    """Return whether a method of the target documents these options by its signature."""
    return {*options} <= inspect.signature(method).parameters.keys()


@every_load
def test_selections(load: Load, scenario: Scenario) -> None:
    """Filters by status and metric together, by tags, and by a status in first place."""
    judge(scenario, selections)


def selections(results: Any, _: Path) -> Iterator[str]:
    indices = {run.run_id: run.metrics["index"] for run in results}
    failed = {run_id for run_id, index in indices.items() if index % 3 == 2}
    wanted: dict[str, tuple[tuple[tuple[str, ...], dict[str, Any]], set[str]]] = {
        "filter('failed')": ((("failed",), {}), failed),
        "filter(status='success', index=0)": (
            ((), {"status": "success", "index": 0}),
            {run_id for run_id, index in indices.items() if index == 0},
        ),
        "filter(status='failed', index=0)": (((), {"status": "failed", "index": 0}), set()),
        f"filter(tags={[TAGS[0]]!r})": (((), {"tags": [TAGS[0]]}), set(indices)),
        f"filter(tags={list(TAGS)!r})": (((), {"tags": list(TAGS)}), set(indices)),
        "filter(tags=['absent'])": (((), {"tags": ["absent"]}), set()),
        f"filter(tags={[TAGS[0], 'absent']!r})": (((), {"tags": [TAGS[0], "absent"]}), set()),
    }
    for method, ((arguments, keywords), expected) in wanted.items():
        found = {run.run_id for run in results.filter(*arguments, **keywords)}
        if found != expected:
            listed = f"{len(found & expected)} of them are listed, and {len(found - expected)} others"
            yield f"{method}: {len(expected)} runs match; {listed}"


@every_load
def test_durations_of_a_summary(load: Load, scenario: Scenario) -> None:
    """The mean, the least and the largest duration of a summary are those of its runs."""
    judge(scenario, durations)


def durations(results: Any, _: Path) -> Iterator[str]:
    listed = [float(run.duration_ms) for run in results]
    expected = {
        "avg_duration_ms": sum(listed) / len(listed),
        "min_duration_ms": min(listed),
        "max_duration_ms": max(listed),
    }
    summary = results.summary()
    for name, value in expected.items():
        if name in summary and summary[name] != pytest.approx(value):
            yield f"summary()[{name!r}] is {summary[name]}; of the durations of the runs it is {value}"


@every_load
def test_files_of_tables(load: Load, scenario: Scenario) -> None:
    """A CSV file in a folder, with the time in its name, and with fingerprints."""
    judge(scenario, csv_in_a_folder, csv_with_the_time, csv_with_fingerprints)


def csv_in_a_folder(results: Any, folder: Path) -> Iterator[str]:
    place = folder / "tables"
    place.mkdir(exist_ok=True)
    written = Path(results.to_csv(str(place)))
    if written.parent != place or not written.is_file() or written.suffix != ".csv":
        yield f"to_csv() of a folder wrote {written.name!r} in {written.parent.name!r}"


def csv_with_the_time(results: Any, folder: Path) -> Iterator[str]:
    if takes(results.to_csv, "timestamp"):
        written = Path(results.to_csv(str(folder / "at.csv"), timestamp=True))
        if not written.is_file() or not written.name.startswith("at_") or (folder / "at.csv").exists():
            yield f"to_csv('at.csv', timestamp=True) wrote {written.name!r}"


def csv_with_fingerprints(results: Any, folder: Path) -> Iterator[str]:
    if takes(results.to_csv, "include_fingerprints"):
        columns = {}
        for included in (False, True):
            written = Path(results.to_csv(str(folder / f"{included}.csv"), include_fingerprints=included))
            with written.open(encoding="utf-8", newline="") as file:
                columns[included] = next(csv.reader(file))
        more = set(columns[True]) - set(columns[False])
        if not more or not all("fingerprint" in name for name in more) or len(columns[True]) != len({*columns[True]}):
            yield f"to_csv(include_fingerprints=True) has the further columns {sorted(more)}"


@every_load
def test_parts_of_frames(load: Load, scenario: Scenario) -> None:
    """A data frame without parameters, metrics or record, and with columns that functions compute."""
    if not PANDAS:
        scenario.not_applicable("pandas is not installed: pip install pandas")
    judge(scenario, parts_left_out, derived_columns, reduced_artifacts)


def parts_left_out(results: Any, _: Path) -> Iterator[str]:
    if not takes(results.to_dataframe, "include_params", "include_metrics", "include_record"):
        return
    whole = set(results.to_dataframe().columns)
    left_out = {part: whole - set(results.to_dataframe(**{f"include_{part}": False}).columns) for part in PARTS}
    for part, is_part in PARTS.items():
        if not left_out[part] or not any(map(is_part, left_out[part])):
            yield f"to_dataframe(include_{part}=False) leaves out {sorted(left_out[part]) or 'nothing'}"
    if (shared := set.union(*left_out.values())) != whole:
        yield f"to_dataframe() has columns of no part: {sorted(whole - shared)}"


PARTS: dict[str, Callable[[str], bool]] = {
    "params": lambda name: "index" in name,
    "metrics": lambda name: "half" in name,
    "record": lambda name: name == "run_id",
}


def derived_columns(results: Any, _: Path) -> Iterator[str]:
    if takes(results.to_dataframe, "derived_metrics"):
        frame = results.to_dataframe(derived_metrics=[tenfold])
        expected = sorted(10 * run.metrics["index"] for run in results)
        column = next((name for name in frame.columns if "tenfold" in str(name)), None)
        found = sorted(frame[column].tolist()) if column is not None else None
        if found != expected:
            yield f"to_dataframe(derived_metrics=...): the column is {found}, not {expected}"


def reduced_artifacts(results: Any, _: Path) -> Iterator[str]:
    if takes(results.to_dataframe, "artifact_reducers"):
        having = [run for run in results if any(one.name == NOTED for one in run.artifacts())]
        frame = results.to_dataframe(artifact_reducers={NOTED: length})
        column = next((name for name in frame.columns if "length" in str(name)), None)
        expected = sorted(len(str(run.artifact(NOTED))) for run in having)
        found = sorted(frame[column].dropna().astype(int).tolist()) if column is not None else None
        if found != expected:
            yield f"to_dataframe(artifact_reducers=...): the column is {found}, not {expected}"


def length(value: Any) -> dict[str, int]:
    """Reduce an artifact to the length of its text."""
    return {"length": len(str(value))}
