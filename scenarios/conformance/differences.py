"""A program run on the model and on the metalab under test, and what they observe differently."""

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
    """One observation of a program that is not what the model says."""

    step: int
    run: str
    aspect: str
    expected: str
    found: str

    @property
    def kind(self) -> tuple[str, bool, bool]:
        """What has to stay while a program is made smaller: what is looked at, and whether something was lost."""
        return self.aspect.split(" ")[0], bool(self.expected), bool(self.found)

    @property
    def message(self) -> str:
        """The difference in a sentence."""
        where = f"Step {self.step + 1}, run {self.run}" if self.run[:1] == "{" else f"Step {self.step + 1}, {self.run}"
        return f"{where}: {self.aspect}: expected {shown(self.expected)}, found {shown(self.found)}."


def shown(text: str, longest: int = 300) -> str:
    """An observation on one line, its middle left out where it is long."""
    return shorten(" | ".join(text.splitlines()) or "nothing", longest)


class Refused(Exception):  # noqa: N818 - no error, but an answer
    """The target refused values that it may refuse, before anything ran."""


class Workshop:
    """Runs programs in a folder, each in a place of its own, on the model and on the target."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folder = folder
        self.programs = self.executed = self.observed = 0
        self.seconds = 0.0
        self._takes: dict[Step, bool] = {}

    @cached_property
    def offers(self) -> frozenset[str]:
        """What of the observations the target has at all; the model says no more than that."""
        offered = self.target.features & {"params", "logs", "steps", "data", "status", "results", "fingerprints"}
        if hasattr(getattr(self.target.module, "Run", None), "series"):
            offered |= {"order of points"}
        if "metadata" in inspect.signature(self.target.module.Experiment).parameters:
            offered |= {"metadata"}
        self.__dict__["offers"] = offered | {"events"}
        probe = Program((Code(("capture.metric('n', 1)", "capture.artifact('a', {'x': 1})")),))
        silent = any("artifact_saved" not in one.found for one in self.differences(probe, observers.events))
        return offered if silent else offered | {"events"}

    def differences(self, program: Program, observer: Observer) -> list[Difference]:
        """What the target observes differently from the model; of values that it may refuse, those that it takes."""
        fitting = program.fitting(self.target.generation)
        try:
            return self._compared(fitting, observer)
        except Refused:
            steps = (self._taken(step, fitting) for step in fitting.steps if isinstance(step, Sweep))
            return self._compared(replace(fitting, steps=tuple(step for step in steps if step is not None)), observer)

    def _taken(self, step: Sweep, program: Program) -> Sweep | None:
        """A sweep without the rows that are refused; None where nothing is left of it."""
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
        place = self.folder / f"program-{next(NUMBERS)}"
        place.mkdir(parents=True)
        try:
            expected = self._observations(program, observer, place / "model", MODEL, "handle")
            began = time.perf_counter()
            found = self._observations(program, observer, place / "target", self.target.name, self.target.generation)
            self.seconds += time.perf_counter() - began
        finally:
            shutil.rmtree(place, ignore_errors=True)
            STORES.clear()
        self.observed += len(found)
        return list(compared(expected, found))

    def _observations(
        self, program: Program, observer: Observer, folder: Path, metalab: str, generation: Any
    ) -> dict[Key, str]:
        """Run a program step by step: what was observed after each, opaque texts by their pattern."""
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
                    seen = swept(lab, experiment, store, step, self.offers)
                self.executed += sum(aspect == "executed" for _, aspect, _ in seen.notes)
                if program.odd and seen.raised and not seen.notes:
                    raise Refused(seen.raised)
                observers.look(number, observer(seen), observed)
        broken = [text for (_, _, aspect), text in observed.items() if aspect == observers.READING]
        if broken and metalab == MODEL:
            raise RuntimeError(f"the model of {program} cannot be read: {broken[0]}")
        return labelled(observed)

    def smallest(self, program: Program, observer: Observer, seconds: float) -> tuple[Program, list[Difference]]:
        """The program with as much left out as still shows a difference of the same kind."""
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
                still = [one for one in self.differences(candidate, observer) if one.kind in kinds]
                if still:
                    program, found, smaller = candidate, still, True
                    break
        return program, found

    def every(self, program: Program, observer: Observer, seconds: float) -> Iterator[tuple[Program, Difference]]:
        """The smallest program of each difference: what shows one is left out, and the rest is looked at again."""
        deadline = time.monotonic() + seconds
        while True:
            small, found = self.smallest(program, observer, deadline - time.monotonic())
            if not found:
                return
            yield small, min(found, key=telling)
            rest = without(program, small)
            if rest == program or time.monotonic() > deadline:
                return
            program = rest


TELLING = ("raised", "executed", "stored", "status")  # aspects that say most, where several differ


def telling(difference: Difference) -> tuple[bool, int, int]:
    """How little a difference says next to others of the same program: least where something expected is missing."""
    place = TELLING.index(difference.aspect) if difference.aspect in TELLING else len(TELLING)
    return not difference.expected, place, difference.step


def swept(lab: Any, experiment: Any, store: str, step: Sweep, offers: frozenset[str]) -> SimpleNamespace:
    """Run one sweep; what its own definition raises, such as a source that refuses a value, is an answer too."""
    try:
        return alone.sweep(lab, experiment(), store, step.kind, step.workers, step.resume, offers)
    except ValueError as error:
        return SimpleNamespace(raised=f"{type(error).__name__}: {error}", notes=[], stored=[], experiment=None)


def compared(expected: dict[Key, str], found: dict[Key, str]) -> Iterator[Difference]:
    """The observations that are missing, other, or not expected; not of what a program reads without capturing it."""
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
    """The modules of a program, one of each code, all of one name; each is importable where its sweep runs."""
    modules = []
    try:
        for code in range(len(program.codes)):
            place = folder / f"code-{code}"
            place.mkdir()
            (place / f"{MODULE}.py").write_text(program.module(code, metalab, generation), encoding="utf-8")
            sys.path.insert(0, str(place))
            sys.modules.pop(MODULE, None)
            importlib.invalidate_caches()
            modules.append(importlib.import_module(MODULE))
            sys.path.remove(str(place))
        yield modules
    finally:
        sys.modules.pop(MODULE, None)


@contextlib.contextmanager
def module_of(module: Any) -> Iterator[None]:
    """Have worker processes find this module by the name that it shares with others."""
    place = str(Path(module.__file__).parent)
    sys.path.insert(0, place)
    sys.modules[MODULE] = module
    try:
        yield
    finally:
        sys.path.remove(place)
