"""Histories: whatever happens to a store between two sweeps, resuming gives the store of an uninterrupted sweep.

Promise: no history of sweeps, failures, deletions, damage, kills, interrupts, disk errors, further cases and
replicates, and changes of the executor leaves a store that the next sweep does not complete; no success is lost,
executed again, or different from that of an uninterrupted sweep, at any time.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence

import pytest

from pytest_optbench.drive.explained import explained
from pytest_optbench.plugin.collection import Load
from pytest_optbench.plugin.replay import schedule
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import promise
from pytest_optbench.stress.measure.falsify import falsify

from .history import Broken, Hangs, History, Uninterrupted, history_in
from .steps import FIRST, Step, script_of, steps

ANY = promise("resume.any-history")
SECONDS = {"light": 5.0, "medium": 60.0}  # after that long nothing new is tried
LIGHT_SEED = 18


class Histories:
    """Tries histories of one target, each in a store of its own, and counts what they executed."""

    def __init__(self, scenario: Scenario) -> None:
        self._ctx = scenario.at("histories")
        self._script = scenario.folder / "script.json"
        self._model = Uninterrupted(scenario.at("uninterrupted"))
        self.executed = self.audited = 0
        self.seconds = 0.0
        self.hung = False  # since a sweep did not end: others would take as long

    def broken_by(self, taken: Sequence[Step]) -> str:
        """Take the steps, complete the store, and return what broke, "" if nothing did."""
        history = history_in(self._ctx, self._script, self._model)
        try:
            for step in taken:
                history.take(step.name, step.number)
            history.complete()
        except Broken as broken:
            self.hung = self.hung or isinstance(broken, Hangs)
            return str(broken)
        finally:
            self._count(history)
            shutil.rmtree(history.folder, ignore_errors=True)
        return ""

    def _count(self, history: History) -> None:
        self.executed += history.executed
        self.audited += history.audited
        self.seconds += history.seconds


@pytest.mark.breaking_point(
    "resume",
    light=8,
    medium=60,
    heavy=500,
    extreme=100_000,
    explain=explained("scripted", lambda _: 4, what="{size} histories, each in a store that goes with it"),
)
def test_any_history(load: Load, scenario: Scenario) -> None:
    """The next sweep completes the store after any history, and no success suffers meanwhile."""
    histories = Histories(scenario)
    saved = schedule()
    for taken in FIRST if saved is None else [[Step(*step) for step in saved]]:
        if not histories.hung:
            report(scenario, histories.broken_by(taken), taken)
    if saved is None and not scenario.broken:
        search(scenario, load, histories)
    scenario.ran(executed=histories.executed, audited=histories.audited, seconds=histories.seconds)


def search(scenario: Scenario, load: Load, histories: Histories) -> None:
    """Draw histories, and report the smallest that breaks something."""
    deadline = time.monotonic() + SECONDS.get(load.intensity, scenario.search_budget)
    for examples in scenario.sizes("histories"):
        found = falsify(
            steps(scenario.target.features),
            histories.broken_by,
            examples=examples,
            seconds=deadline - time.monotonic(),
            database=scenario.examples,
            name=f"{scenario.target.name} histories",
            seed=LIGHT_SEED if load.intensity == "light" else scenario.seed,
        )
        scenario.measure("histories_tried", found.tried)
        report(scenario, found.message, found.smallest or ())


def report(scenario: Scenario, message: str, taken: Sequence[Step]) -> None:
    """Report what broke, if anything did, and print the steps as a script."""
    if message:
        listed = ", ".join(f"{step.name} {step.number}" for step in taken)
        print(
            f"# the script of a broken history, for the folder of the project\n{script_of(scenario.target.name, taken)}"
        )
        about = ", ".join(step.name for step in taken)
        scenario.breaks(
            ANY, f"After {listed}: {message}", about=about, schedule=[(step.name, step.number) for step in taken]
        )
