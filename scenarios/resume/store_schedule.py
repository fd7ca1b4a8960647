"""What can happen to a store between two sweeps, step by step, each followed by an audited sweep."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from pytest_optbench.drive.child_sweep import renewed, start_remote
from pytest_optbench.drive.planned_sweep import Trial
from pytest_optbench.drive.run_and_audit import drive_audited
from pytest_optbench.drive.sweep_context import Place
from pytest_optbench.stress.process.child import Bounds

from .damage import DAMAGES
from .workload import scripted, write_script

CASES = 4
PATIENCE = Bounds(seconds=60.0)


class Step(Enum):
    """One thing that happens to a store; a kill costs the start of a process."""

    RUN = "run the first"
    FAIL = "fail number"
    DELETE = "delete number"
    DAMAGE = "damage number"
    EXTEND = "replicate once more after"
    KILL = "kill in number"


class History:
    """Plays schedules of steps, each in a store of its own, and counts what executed."""

    def __init__(self, place: Place, script: Path) -> None:
        self._place = place
        self._script = script
        self.executed = self.audited = 0
        self.seconds = 0.0

    def broken_by(self, schedule: Sequence[tuple[Step, int]]) -> str:
        """The first promise that breaks while the steps are taken and the store is completed, "" if none does."""
        folder = Path(self._place.drive.store).parent / uuid.uuid4().hex[:8]
        drive = replace(self._place.drive, store=str(folder / "store"))
        place = replace(self._place, drive=drive, witness=folder / "witness.jsonl")
        cases = [{"n": n, "script": str(self._script)} for n in range(CASES)]
        trial = Trial("history", scripted, cases, artifacts=("value",))
        try:
            for step, number in schedule:
                trial, told = self._take(step, number, trial, place)
                if told:
                    return told
            return self._sweep(trial, place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _take(self, step: Step, number: int, trial: Trial, place: Place) -> tuple[Trial, str]:
        if step is Step.RUN:
            return trial, self._sweep(replace(trial, params=trial.cases[: number + 1]), place)
        if step is Step.FAIL:
            return trial, self._fail(number, trial, place)
        if step is Step.KILL:
            self._kill(number, trial, place)
            return trial, ""
        if step is Step.EXTEND:
            return replace(trial, seeds=(0, trial.seeds[1] + 1)), ""
        for run_id in self._stored(trial, place)[number : number + 1]:
            self._spoil(step, run_id, trial, place)
        return trial, ""

    def _fail(self, number: int, trial: Trial, place: Place) -> str:
        """Let one case fail where it has not succeeded yet."""
        stored = {run.params["n"] for run in self._runs(trial, place) if run.status == "success" and run.params}
        if number in stored or any(run.params is None for run in self._runs(trial, place)):
            return ""
        write_script(self._script, {number: "debug"})
        try:
            case = [trial.cases[number]]
            return self._sweep(replace(trial, params=case, failing=case, artifacts=()), place)
        finally:
            write_script(self._script, {})

    def _kill(self, number: int, trial: Trial, place: Place) -> None:
        """Drive the sweep in a child process that a case kills, if it is executed."""
        write_script(self._script, {number: "kill"})
        try:
            with start_remote(trial, renewed(place), bounds=PATIENCE) as child:
                child.wait()
        finally:
            write_script(self._script, {})

    def _spoil(self, step: Step, run_id: str, trial: Trial, place: Place) -> None:
        target, store = place.target, place.drive.store
        if step is Step.DELETE:
            target.delete_run(store, trial.experiment(target), run_id)
        elif (path := target.record_file(store, run_id)) is not None:
            DAMAGES["cut in half"](path, path)

    def _stored(self, trial: Trial, place: Place) -> list[str]:
        return sorted(run.run_id for run in self._runs(trial, place))

    def _runs(self, trial: Trial, place: Place) -> list[Any]:
        return list(place.target.iter_runs(place.drive.store, trial.experiment(place.target)))

    def _sweep(self, trial: Trial, place: Place) -> str:
        audited = drive_audited(trial, renewed(place))
        self.executed += audited.executed
        self.audited += audited.audited
        self.seconds += audited.seconds
        return str(audited.findings[0]) if audited.findings else ""
