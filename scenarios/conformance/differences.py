"""A program run on the model and on the metalab under test, and what they observe differently."""

from __future__ import annotations

import contextlib
import importlib
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
from pytest_optbench.stress.model.telling import labelled
from pytest_optbench.target import Target
from pytest_optbench.target.survival import surviving

from . import alone
from .program import Code, Delete, Observer, Program, Step, Sweep

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
    def message(self) -> str:
        """The difference in a sentence."""
        where = f"Step {self.step + 1}, run {self.run}" if self.run[:1] == "{" else f"Step {self.step + 1}, {self.run}"
        return f"{where}: {self.aspect}: expected {shown(self.expected)}, found {shown(self.found)}."


def shown(text: str, longest: int = 300) -> str:
    """An observation on one line, its middle left out where it is long."""
    line = " | ".join(text.splitlines()) or "nothing"
    half = longest // 2
    return line if len(line) <= longest else f"{line[:half]} ... {line[-half:]}"


class Refused(Exception):  # noqa: N818 - no error, but an answer
    """The target refused values that it may refuse, before anything ran."""


class Workshop:
    """Runs programs in a folder, each in a place of its own, on the model and on the target."""

    def __init__(self, target: Target, folder: Path) -> None:
        self.target = target
        self.folder = folder
        self.programs = self.executed = self.observed = 0
        self.seconds = 0.0

    def differences(self, program: Program, observer: Observer) -> list[Difference]:
        """What the target observes differently from the model, in order."""
        self.programs += 1
        name = f"conformance_{os.getpid()}_{next(NUMBERS)}"
        place = self.folder / name
        place.mkdir(parents=True)
        try:
            expected = observations(program, observer, place / "model", name, MODEL, "handle")
            began = time.perf_counter()
            found = observations(program, observer, place / "target", name, self.target.name, self.target.generation)
            self.seconds += time.perf_counter() - began
        except Refused:
            return []
        finally:
            shutil.rmtree(place, ignore_errors=True)
            model.results.STORES.clear()
        self.observed += len(found)
        self.executed += sum("executed" in aspect for _, _, aspect in found) or 1
        return list(compared(expected, found))

    def smallest(self, program: Program, observer: Observer, seconds: float) -> tuple[Program, list[Difference]]:
        """The program with as much left out as still shows a difference of the same aspect."""
        found = self.differences(program, observer)
        deadline = time.monotonic() + seconds
        kinds = {difference.aspect.split(" ")[0] for difference in found}
        smaller = True
        while smaller and found:
            smaller = False
            for candidate in without_a_part(program):
                if time.monotonic() > deadline:
                    return program, found
                still = [one for one in self.differences(candidate, observer) if one.aspect.split(" ")[0] in kinds]
                if still:
                    program, found, smaller = candidate, still, True
                    break
        return program, found

    @cached_property
    def full_events(self) -> bool:
        """Whether the target reports more of a run than its end, as a probe shows."""
        lines = ("capture.metric('n', 1)", "capture.artifact('a', {'x': 1})")
        missing = self.differences(Program((Code(lines),)), alone.events)
        return not any("artifact_saved" in one.expected and "artifact_saved" not in one.found for one in missing)


def compared(expected: dict[Key, str], found: dict[Key, str]) -> Iterator[Difference]:
    """The observations that are missing, other, or not expected."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield Difference(*key, expected.get(key, ""), found.get(key, ""))


def observations(
    program: Program, observer: Observer, folder: Path, name: str, metalab: str, generation: Any
) -> dict[Key, str]:
    """Run a program step by step: what was observed after each, with the texts that may be anything by their pattern."""
    folder.mkdir()
    observed: dict[Key, str] = {}
    with notes_in(folder), imported(program, folder, name, metalab, generation) as modules, surviving():
        experiment: Any = None
        for number, step in enumerate(program.steps):
            lab = modules[0].metalab
            if isinstance(step, Delete):
                alone.delete(lab, str(folder / "store"), experiment, step.number)
                continue
            experiment = getattr(modules[step.code], f"sweep_{number}")
            with module_of(name, modules[step.code]):
                seen = seen_of(lab, experiment, folder, step)
                if program.odd and seen.raised and not seen.notes:
                    raise Refused(seen.raised)
                for run, aspect, text in observer(seen):
                    key = number, run, aspect
                    observed[key] = "\n".join(sorted((observed[key], text))) if key in observed else text
            experiment = seen.experiment
    return labelled(observed)


def seen_of(lab: Any, experiment: Any, folder: Path, step: Sweep) -> SimpleNamespace:
    return alone.sweep(lab, experiment(), str(folder / "store"), step.kind, step.workers, step.resume)


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
def imported(program: Program, folder: Path, name: str, metalab: str, generation: Any) -> Iterator[list[Any]]:
    """The modules of a program, one of each code, all of one name; each is importable where its sweep runs."""
    modules = []
    try:
        for code in range(len(program.codes)):
            place = folder / f"code-{code}"
            place.mkdir()
            (place / f"{name}.py").write_text(program.module(code, metalab, generation), encoding="utf-8")
            sys.path.insert(0, str(place))
            sys.modules.pop(name, None)
            importlib.invalidate_caches()
            modules.append(importlib.import_module(name))
            sys.path.remove(str(place))
        yield modules
    finally:
        sys.modules.pop(name, None)


@contextlib.contextmanager
def module_of(name: str, module: Any) -> Iterator[None]:
    """Have worker processes find this module by the name that it shares with others."""
    place = str(Path(module.__file__).parent)
    sys.path.insert(0, place)
    sys.modules[name] = module
    try:
        yield
    finally:
        sys.path.remove(place)


def without_a_part(program: Program) -> Iterator[Program]:
    """The program with something left out or made plainer, the largest parts first."""
    for at in range(len(program.steps) - 1):
        yield replace(program, steps=program.steps[:at] + program.steps[at + 1 :])
    for at, step in enumerate(program.steps):
        for plainer in plainer_steps(step):
            yield replace(program, steps=(*program.steps[:at], plainer, *program.steps[at + 1 :]))
    for at, code in enumerate(program.codes):
        for body in shorter(code.body):
            yield replace(program, codes=(*program.codes[:at], replace(code, body=body), *program.codes[at + 1 :]))


def shorter(lines: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A tuple without its halves, its quarters, and so on down to each one of its items."""
    size = len(lines)
    while size > 0:
        size = size // 2 if size > 1 else 0
        for at in range(0, len(lines), size or len(lines) + 1):
            yield lines[:at] + lines[at + size :]
        if size <= 1:
            return


def plainer_steps(step: Step) -> Iterator[Step]:
    if isinstance(step, Delete):
        return
    if step.rows and not step.source:
        yield from (replace(step, rows=rows) for rows in shorter(step.rows) if rows)
    plain = Sweep()
    for field in ("replicates", "base", "context", "resolver", "tags", "metadata", "description", "kind", "workers"):
        if getattr(step, field) != getattr(plain, field):
            yield replace(step, **{field: getattr(plain, field)})
