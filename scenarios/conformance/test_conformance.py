"""Conformance: whole experiments, from a catalogue and generated, run on the model and on the metalab under test.

Promise: every observation of an experiment agrees with the model (`stress/model`). Each part examines another aspect,
so that one break does not hide another, and prints a script that repeats its smallest break alone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_optbench.benchmark.estimate import explain_runs
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.falsify import falsify

from . import catalogue, observers
from .differences import Difference, Workshop
from .generator import programs
from .program import Observer, Program
from .script import script

PROMISES = (
    promise("conformance.planning"),
    promise("conformance.received"),
    promise("conformance.recorded"),
    promise("conformance.described"),
    promise("conformance.structured"),
    promise("conformance.events"),
    promise("conformance.counts"),
    promise("conformance.logs"),
    promise("conformance.read-back"),
    promise("conformance.resume"),
    promise("conformance.isolation"),
)
BY_PART = {promise.id.partition(".")[2]: promise for promise in PROMISES}
SHRINKING = 6.0  # seconds for the smallest programs of a part
IN_PROCESSES = 50  # programs from which on some run in worker processes
SCRIPTS = "OPTBENCH_SCRIPTS"  # a folder in which the scripts of breaks are kept


def program_runs(load: Load, _settings: object) -> str:
    """Explain the load of a part: a catalogue, and programs of some three sweeps of four runs."""
    return f"{explain_runs(12 * load.size)}, on the model and on the target, in stores that are removed once read"


every_program = pytest.mark.breaking_point(
    "conformance", light=8, medium=150, heavy=1_000, extreme=10**9, explain=program_runs
)


@every_program
def test_planning(load: Load, scenario: Scenario) -> None:
    """The executed runs, their order, and which runs are the same."""
    judge(scenario, "planning", observers.planning, catalogue.PLANNED)


@every_program
def test_received(load: Load, scenario: Scenario) -> None:
    """The inputs of operations."""
    judge(scenario, "received", observers.received, catalogue.RECEIVED)


@every_program
def test_recorded(load: Load, scenario: Scenario) -> None:
    """Status, error, metrics and artifacts."""
    judge(scenario, "recorded", observers.recorded, catalogue.RECORDED)


@every_program
def test_described(load: Load, scenario: Scenario) -> None:
    """Params, tags, code, metadata and sizes."""
    judge(scenario, "described", observers.described, catalogue.DESCRIPTIONS)


@every_program
def test_structured(load: Load, scenario: Scenario) -> None:
    """Stepped metrics and structured results."""
    scenario.target.require("steps", "data")
    judge(scenario, "structured", observers.structured, catalogue.STRUCTURE)


@every_program
def test_events(load: Load, scenario: Scenario) -> None:
    """The events of runs."""
    judge(scenario, "events", observers.events, catalogue.REPORTED)


@every_program
def test_counts(load: Load, scenario: Scenario) -> None:
    """The counts at the end."""
    scenario.target.require("status", "results")
    judge(scenario, "counts", observers.counts, catalogue.COUNTED)


@every_program
def test_logs(load: Load, scenario: Scenario) -> None:
    """The logs of runs."""
    scenario.target.require("logs")
    judge(scenario, "logs", observers.logs, catalogue.LINES)


@every_program
def test_read_back(load: Load, scenario: Scenario) -> None:
    """The ways of reading results."""
    scenario.target.require("results")
    judge(scenario, "read-back", observers.read_back, catalogue.READ)


@every_program
def test_resume(load: Load, scenario: Scenario) -> None:
    """Several sweeps on one store: extended, replicated, changed, with runs deleted."""
    judge(scenario, "resume", observers.resumed, catalogue.RESUMED)


@every_program
def test_isolation(load: Load, scenario: Scenario) -> None:
    """Inputs that are changed while runs are executed."""
    judge(scenario, "isolation", observers.isolation, catalogue.ISOLATED)


def judge(scenario: Scenario, part: str, observer: Observer, known: Sequence[Program]) -> None:
    """Run the programs of the catalogue, then drawn ones, and report the smallest program of each difference."""
    workshop = Workshop(scenario.target, scenario.folder)
    deadline = time.monotonic() + SHRINKING
    results = [result for program in known for result in workshop.every(program, observer, deadline - time.monotonic())]
    if not results:
        results += search_drawn_programs(scenario, workshop, observer, part)
    scenario.ran(executed=workshop.executed, audited=workshop.observed, seconds=workshop.seconds)
    scenario.measure("programs", workshop.programs)
    for _program, difference in results:
        scenario.breaks(BY_PART[part], difference.message)
    show([script(*result, observer, scenario.target, workshop.offers) for result in results], part)


def search_drawn_programs(
    scenario: Scenario, workshop: Workshop, observer: Observer, part: str
) -> list[tuple[Program, Difference]]:
    """Draw programs, and return the smallest one with a difference, in a list that is empty if there is none."""
    process = "process" in scenario.target.features and scenario.load.size >= IN_PROCESSES

    def check(program: Program) -> str:
        differences = workshop.differences(program, observer)
        return differences[0].message if differences else ""

    search = falsify(
        programs(scenario.target.features, process=process),
        check,
        examples=scenario.load.size,
        seconds=scenario.search_budget,
        shrinking=SHRINKING,
        seed=scenario.seed,
        database=scenario.examples,
        name=f"conformance.{part}",
    )
    scenario.reached(search.tried, "programs")
    if search.smallest is None:
        return []
    return list(workshop.every(search.smallest, observer, SHRINKING))[:1]


def show(scripts: Sequence[str], part: str) -> None:
    """Print the first script, and write all of them into the folder that the environment names, if any."""
    for text in scripts[:1]:
        print(f"# the script of a break of conformance.{part}; {SCRIPTS}=FOLDER keeps every one\n{text}")
    if folder := os.environ.get(SCRIPTS):
        for number, text in enumerate(scripts, start=1):
            (Path(folder) / f"{part}-{number}.py").write_text(text, encoding="utf-8")
