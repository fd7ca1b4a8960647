"""Walk the points of one sweep, and report the distinct defects, each with the event where it showed first."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from pytest_optbench.drive.fault_walk import Walked, meet, trace_of, walk
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.drive.uninterrupted import Uninterrupted, run_uninterrupted
from pytest_optbench.plugin.replay import schedule
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.promises import Promise
from pytest_optbench.stress.faults.fault import NOTHING, Fault
from pytest_optbench.stress.faults.preload import preloaded
from pytest_optbench.target.locators import SQLITE

from .beginnings import BEGINNINGS
from .judging import HANGS, Defect, defects_at
from .points import Trace, all_points, every_place, mixed_points, sample
from .workload import captures

SAMPLED = ("light", "extreme")
PRELOADED = ("heavy",)
PATIENCE = 60.0  # seconds for a small sweep and another one; only a hang takes as long
Choose = Callable[[Trace, Random], Iterable[Fault]]


def sweep_of(scenario: Scenario, runs: int) -> PlannedSweep:
    """Return the sweep of a walk: it captures in every way that the target offers."""
    failing = str(scenario.folder / "failing")
    return PlannedSweep("crash-points", captures, [{"n": n, "failing": failing} for n in range(runs)])


def points_of(scenario: Scenario, faults: Sequence[Fault], *, files: bool = True) -> Choose:
    """Return how this intensity chooses points: a sample, of which each meets one fault, or all faults at all events.

    Without `files` the sample does not include each kind of file.
    """
    if scenario.load.intensity in SAMPLED:
        return lambda trace, draw: mixed_points(faults, trace, sample(trace, draw, files=files))
    return lambda trace, _: all_points(faults, trace, every_place(trace))


def sees_c_code(scenario: Scenario) -> bool:
    """Return whether calls of C code are seen, as those of a database: each child is a new interpreter then."""
    return scenario.load.intensity in PRELOADED or (scenario.settings.store or "").startswith(SQLITE)


@dataclass
class Tally:
    """The points that were walked, by fault, and the defects that showed, by what makes them one."""

    walked: dict[str, int] = field(default_factory=dict)
    survived: dict[str, int] = field(default_factory=dict)
    not_met: int = 0
    defects: dict[tuple[Promise, str], list[str]] = field(default_factory=dict)
    schedules: dict[tuple[Promise, str], dict[str, Any]] = field(default_factory=dict)
    events: dict[tuple[Promise, str], set[str]] = field(default_factory=dict)

    def add(self, walked: Walked, beginning: str, found: Sequence[Defect]) -> None:
        """Count one point."""
        if walked.hit is None and not found:
            self.not_met += 1
            return
        kind = str(walked.fault)
        self.walked[kind] = self.walked.get(kind, 0) + 1
        self.survived[kind] = self.survived.get(kind, 0) + (not found)
        event = "no event" if walked.hit is None else str(walked.hit.event)
        for defect in {each.symptom: each for each in reversed(found)}.values():
            key = (defect.promise, defect.symptom)
            begun = "" if beginning == "an empty store" else f", in a store with {beginning}"
            where = f"After {kind} at {event}{begun}: {defect.text}."
            self.defects.setdefault(key, []).append(where)
            self.schedules.setdefault(key, {"beginning": beginning, "fault": walked.fault.data()})
            self.events.setdefault(key, set()).add(event)

    def report(self, scenario: Scenario, label: str) -> None:
        """Record limits by fault, and each distinct defect once."""
        for kind, walked in self.walked.items():
            survived = self.survived[kind]
            curve = [(walked, survived, survived == walked)]
            stopped = "ceiling" if survived == walked else "broke"
            scenario.limit(f"{kind} survived, {label}", survived, f"of {walked} points", curve, stopped=stopped)
        scenario.measure("points_not_met", self.not_met)
        for (broken, symptom), places in self.defects.items():
            events = sorted(self.events[broken, symptom])
            also = f" Also at {', '.join(events[:3])}" + (" and others." if len(events) > 3 else ".")
            scenario.breaks(
                broken,
                places[0] + (also if len(events) > 1 else ""),
                len(places) - 1,
                symptom,
                self.schedules[broken, symptom],
            )


def walk_and_report(scenario: Scenario, label: str, choose: Choose, beginnings: Iterable[str], **options: Any) -> None:
    """Walk a sweep of each size of the load, from each beginning, and report; `label` is a word for the limits.

    A session that repeats a break walks its point alone.
    """
    if (alone := schedule()) is not None:
        beginnings, only = [alone["beginning"]], Fault.of(alone["fault"])
        choose = lambda trace, draw: [only]  # noqa: E731, ARG005
    for runs in scenario.sizes():
        sweep = sweep_of(scenario, runs)
        uninterrupted = run_uninterrupted(sweep, scenario.at(f"uninterrupted-{runs}", **options), PATIENCE + runs)
        tally = Tally()
        for name in beginnings:
            walker = Walker(scenario, uninterrupted, f"{name.replace(' ', '-')}-{runs}", options)
            for walked, found in walker.walk(name, choose):
                tally.add(walked, name, found)
                if any(defect.promise == HANGS for defect in found):
                    break  # the next points would hang as long
        if not tally.walked:
            scenario.inconclusive("no fault happened: the sweep makes no file-system event that can be seen")
        tally.report(scenario, label)


@dataclass(frozen=True)
class Walker:
    """Walks a sweep from one beginning, in folders of its own."""

    scenario: Scenario
    uninterrupted: Uninterrupted
    name: str
    options: dict[str, Any]

    def walk(self, beginning: str, choose: Choose) -> Iterator[tuple[Walked, list[Defect]]]:
        """Yield each point with the defects that showed there."""
        sweep, seconds = self.uninterrupted.sweep, PATIENCE + self.uninterrupted.sweep.runs
        begin = BEGINNINGS[beginning]
        store = None if begin.prepare is None else begin.prepare(sweep, self._context, seconds)
        traced = replace(self._context("traced", resume=begin.resume), resumable=True)
        environment = preloaded() if sees_c_code(self.scenario) else {}
        meet(sweep, NOTHING, traced, store, seconds, environment)
        faults = list(choose(trace_of(traced), Random(self.scenario.seed)))
        points = [(fault, self._context(f"point-{number}", resume=begin.resume)) for number, fault in enumerate(faults)]
        for walked in walk(sweep, points, store, seconds, environment):
            found = list(defects_at(walked, self.uninterrupted))
            runs = len(walked.found) + (sweep.runs if walked.resumed is not None else 0)
            executed = sum(one.completed + one.failed for one in (walked.first, walked.resumed) if one is not None)
            self.scenario.ran(executed=executed, audited=runs, seconds=0.0)
            yield walked, found
            if not found:
                shutil.rmtree(walked.ctx.witness.parent)

    def _context(self, name: str, **changed: Any) -> SweepContext:
        return self.scenario.at(f"{self.name}/{name}", **{**self.options, **changed})
