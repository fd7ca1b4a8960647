"""Programs run on the model and on the metalab under test, and the differences between their observations."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.stress import model
from pytest_optbench.stress.model.observed_text import labelled
from pytest_optbench.stress.model.results import STORES
from pytest_optbench.target import Target
from pytest_optbench.target.survival import intercept_exit
from pytest_optbench.text import shorten

from . import alone, observers
from .program import MODULE, Code, Delete, Observer, Program, Step, Sweep
from .smaller import without, without_a_part

MODEL = model.__name__
NOTES = "CONFORMANCE_NOTES"
NUMBERS = itertools.count()
Key = tuple[int, str, str]  # step, run, aspect


@dataclass(frozen=True)
class Difference:
    """An observation of a program that differs from the model's."""

    step: int
    run: str
    aspect: str
    expected: str
    found: str

    @property
    def kind(self) -> tuple[str, bool, bool]:
        """The aspect, and whether an observation is missing or unexpected: these stay while a program is reduced."""
        return self.aspect.split(" ")[0], bool(self.expected), bool(self.found)

    @property
    def message(self) -> str:
        """The difference in a sentence."""
        where = f"Step {self.step + 1}, run {self.run}" if self.run[:1] == "{" else f"Step {self.step + 1}, {self.run}"
        return f"{where}: {self.aspect}: expected {shown(self.expected)}, found {shown(self.found)}."


def shown(text: str, longest: int = 300) -> str:
    """Format an observation on one line, without its middle if it is long."""
    return shorten(" | ".join(text.splitlines()) or "nothing", longest)


class Refused(Exception):  # noqa: N818 - no error, but an answer
    """The target refused values that it may refuse, before anything ran."""


class Workshop:
    """Runner of programs on the model and on the target, each in a folder of its own."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folder = folder
        self.programs = self.executed = self.observed = 0
        self.seconds = 0.0
        self.raised = ""  # by the last sweep of the target
        self._takes: dict[Step, bool] = {}

    @cached_property
    def offers(self) -> frozenset[str]:
        """The kinds of observations that the target offers; the model's are restricted to them."""
        offered = self.target.features & {"params", "logs", "steps", "data", "status", "results", "fingerprints"}
        if hasattr(getattr(self.target.module, "Run", None), "series"):
            offered |= {"order of points"}
        if "metadata" in inspect.signature(self.target.module.Experiment).parameters:
            offered |= {"metadata"}
        self.__dict__["offers"] = offered | {"events"}
        probe = Program((Code(("capture.metric('n', 1)", "capture.artifact('a', {'x': 1})")),))
        silent = any("artifact_saved" not in item.found for item in self.differences(probe, observers.events))
        if self.raised:  # out of a sweep that has nothing to refuse
            raise TargetRaisedError(f"it raised {self.raised}")
        return offered if silent else offered | {"events"}

    def differences(self, program: Program, observer: Observer) -> list[Difference]:
        """Compare target and model; values that the target may refuse are left out if it refuses them."""
        fitting = program.fitting(self.target.generation)
        try:
            return self._compared(fitting, observer)
        except Refused:
            steps = (self._taken(step, fitting) for step in fitting.steps if isinstance(step, Sweep))
            return self._compared(replace(fitting, steps=tuple(step for step in steps if step is not None)), observer)

    def _taken(self, step: Sweep, program: Program) -> Sweep | None:
        """Return a sweep without refused rows, or None if no row is left."""
        rows = tuple(row for row in step.rows if self._is_taken(replace(step, rows=(row,)), program))
        return replace(step, rows=rows) if rows else None

    def _is_taken(self, step: Sweep, program: Program) -> bool:
        if step not in self._takes:
            try:
                self._compared(replace(program, steps=(step,)), observers.planning)
                self._takes[step] = True
            except Refused:
                self._takes[step] = False
        return self._takes[step]

    def _compared(self, program: Program, observer: Observer) -> list[Difference]:
        self.programs += 1
        program_folder = self.folder / f"program-{next(NUMBERS)}"
        program_folder.mkdir(parents=True)
        try:
            expected = self._observations(program, observer, program_folder / "model", MODEL, "handle")
            started = time.perf_counter()
            found = self._observations(
                program, observer, program_folder / "target", self.target.name, self.target.generation
            )
            self.seconds += time.perf_counter() - started
        finally:
            shutil.rmtree(program_folder, ignore_errors=True)
            STORES.clear()
        self.observed += len(found)
        return list(compared(expected, found))

    def _observations(
        self, program: Program, observer: Observer, folder: Path, metalab: str, generation: Any
    ) -> dict[Key, str]:
        """Run a program step by step; returns the observations after each step, opaque texts by pattern."""
        folder.mkdir()
        observed: dict[Key, str] = {}
        store = str(folder / "store")
        with notes_in(folder), imported(program, folder, metalab, generation) as modules, intercept_exit():
            seen = SimpleNamespace(experiment=None)
            for number, step in enumerate(program.steps):
                lab = modules[0].metalab
                if isinstance(step, Delete):
                    alone.delete(lab, store, seen.experiment, step.number)
                    continue
                module = modules[step.code]
                with module_of(module):
                    experiment = getattr(module, f"sweep_{number}")
                    seen = run_sweep(lab, experiment, store, step, self.offers)
                self.executed += sum(aspect == "executed" for _, aspect, _ in seen.notes)
                self.raised = seen.raised if metalab != MODEL else self.raised
                if program.odd and seen.raised and not seen.notes:
                    raise Refused(seen.raised)
                observers.look(number, observer(seen), observed)
        broken = [text for (_, _, aspect), text in observed.items() if aspect == observers.READING]
        if broken and metalab == MODEL:
            raise RuntimeError(f"the model of {program} cannot be read: {broken[0]}")
        return labelled(observed)

    def smallest(self, program: Program, observer: Observer, seconds: float) -> tuple[Program, list[Difference]]:
        """Leave out as much of a program as possible while it shows a difference of the same kind."""
        found = self.differences(program, observer)
        deadline = time.monotonic() + seconds
        kinds = {difference.kind for difference in found}
        smaller = bool(found)
        while smaller:
            smaller = False
            for candidate in without_a_part(program):
                if time.monotonic() > deadline:
                    return program, found
                if not candidate.runs():
                    continue
                still = [item for item in self.differences(candidate, observer) if item.kind in kinds]
                if still:
                    program, found, smaller = candidate, still, True
                    break
        return program, found

    def every(self, program: Program, observer: Observer, seconds: float) -> Iterator[tuple[Program, Difference]]:
        """Yield the smallest program of each difference; each is left out before the rest is examined again."""
        deadline = time.monotonic() + seconds
        while True:
            small, found = self.smallest(program, observer, deadline - time.monotonic())
            if not found:
                return
            yield small, min(found, key=rank)
            rest = without(program, small)
            if rest == program or time.monotonic() > deadline:
                return
            program = rest


CLEAREST = ("raised", "executed", "stored", "status")  # the aspects that are reported first if several differ


def rank(difference: Difference) -> tuple[bool, int, int]:
    """Rank a difference among others of the same program: first if an expected observation is missing."""
    position = CLEAREST.index(difference.aspect) if difference.aspect in CLEAREST else len(CLEAREST)
    return not difference.expected, position, difference.step


def run_sweep(lab: Any, experiment: Any, store: str, step: Sweep, offers: frozenset[str]) -> SimpleNamespace:
    """Run one sweep; an exception of its definition, such as a refused value, is an observation as well."""
    try:
        return alone.sweep(lab, experiment(), store, step.kind, step.workers, step.resume, offers)
    except ValueError as error:
        return SimpleNamespace(raised=f"{type(error).__name__}: {error}", notes=[], stored=[], experiment=None)


def compared(expected: dict[Key, str], found: dict[Key, str]) -> Iterator[Difference]:
    """Yield missing, different and unexpected observations, except of values that a program did not capture."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key) and not expected.get(key, "").startswith("raised "):
            yield Difference(*key, expected.get(key, ""), found.get(key, ""))


@contextlib.contextmanager
def notes_in(folder: Path) -> Iterator[None]:
    before = os.environ.get(NOTES)
    os.environ[NOTES] = str(folder / "notes")
    try:
        yield
    finally:
        if before is None:
            del os.environ[NOTES]
        else:
            os.environ[NOTES] = before


@contextlib.contextmanager
def imported(program: Program, folder: Path, metalab: str, generation: Any) -> Iterator[list[Any]]:
    """Import the modules of a program, one for each code, all of the same name."""
    modules = []
    try:
        for code in range(len(program.codes)):
            code_folder = folder / f"code-{code}"
            code_folder.mkdir()
            (code_folder / f"{MODULE}.py").write_text(program.module(code, metalab, generation), encoding="utf-8")
            sys.path.insert(0, str(code_folder))
            sys.modules.pop(MODULE, None)
            importlib.invalidate_caches()
            modules.append(importlib.import_module(MODULE))
            sys.path.remove(str(code_folder))
        yield modules
    finally:
        sys.modules.pop(MODULE, None)


@contextlib.contextmanager
def module_of(module: Any) -> Iterator[None]:
    """Let worker processes find this module by the name that it shares with others."""
    code_folder = str(Path(module.__file__).parent)
    sys.path.insert(0, code_folder)
    sys.modules[MODULE] = module
    try:
        yield
    finally:
        sys.path.remove(code_folder)
