"""Entries of pytest-benchmark: load, group and target, and comparisons of two sessions and of two targets."""

from __future__ import annotations

import json

import pytest
from plugin_runs import Run

TIMED = """
import pytest
@pytest.mark.breaking_point("probe", light=3)
def test_probe(load, scenario, benchmark):
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("cost", 1, "opens", better="lower")
    benchmark.pedantic(int, rounds=3)
"""
NAMED = """
import pytest
@pytest.mark.benchmark(group="mine")
@pytest.mark.breaking_point("named", light=3)
def test_named(load, scenario, benchmark):
    scenario.ran(executed=3, audited=3, seconds=1)
    benchmark.pedantic(int, rounds=3)
"""
OTHER = "def test_int(benchmark): benchmark.pedantic(int, rounds=3)\n"


def test_entries_have_their_load_their_target_and_a_stable_group(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_probe=TIMED, test_named=NAMED, test_other=OTHER)
    run("--benchmark-json", "timed.json")
    entries = json.loads((pytester.path / "timed.json").read_text())["benchmarks"]
    by_name = {entry["fullname"]: entry for entry in entries}
    mine = by_name["test_probe.py::test_probe[light]"]
    assert mine["group"] == "probe probe, light load 3"
    extra = mine["extra_info"]
    assert extra["metalab"]["name"] == "pytest_optbench.engine"
    assert "calibration" in extra
    about = {name: extra[name] for name in ("point", "part", "intensity", "load", "shard", "shards")}
    assert about == {"point": "probe", "part": "probe", "intensity": "light", "load": 3, "shard": 0, "shards": 1}
    assert by_name["test_named.py::test_named[light]"]["group"] == "mine"
    assert (by_name["test_other.py::test_int"]["extra_info"], by_name["test_other.py::test_int"]["group"]) == ({}, None)


def test_two_targets_are_compared_in_one_group(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_probe=TIMED, mine="from pytest_optbench.engine import *\n__version__ = '2'\n")
    pytester.makefile(".ini", pytest="[pytest]\npythonpath = .\n")
    run("--benchmark-save=engine")
    compared = run("--benchmark-compare=*engine", target="mine")
    compared.stdout.re_match_lines(
        [
            r"-+ benchmark 'probe probe, light load 3': 2 tests -+",
            r"Name .*",
            r"-+",
            r"test_probe\[light\] \((0001_engine|NOW)\) .* \(1\.0\)  .*",
            r"test_probe\[light\] \((0001_engine|NOW)\) .*",
        ],
        consecutive=True,
    )


def test_a_benchmark_fixture_of_another_plugin_is_left_alone(run: Run, pytester: pytest.Pytester) -> None:
    stub = "import pytest\n@pytest.fixture\ndef benchmark():\n    return lambda body: body()\n"
    pytester.makeconftest(stub)
    pytester.makepyfile(test_probe=TIMED.replace("benchmark.pedantic(int, rounds=3)", "benchmark(int)"))
    run("-p", "no:benchmark").assert_outcomes(passed=1)
