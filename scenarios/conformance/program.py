"""Whole experiments as data, and as text: the modules that any metalab runs, the model included.

Everything that a user would write is a piece of Python: values, sources of parameters, the lines of an operation. So a
program can be drawn, made smaller line by line, printed, and run by whichever module goes by the name of metalab.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

from pytest_optbench.stress.model import telling

from . import alone

Generation = Literal["handle", "facade"]
Kind = Literal["inline", "thread", "process"]
USED_BY_OPERATIONS = ("begin", "drawn", "note", "scratch", "tried", "written")
LACKING = (
    "capture.figure", "capture.data", "subscribe_logger", "step=", "log_metrics", "capture.log", "'data", "'series'"
)  # fmt: skip
IMPORTS = """\
from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import json
import logging
import math
import os
import re
import sys
import tempfile
import uuid
from dataclasses import dataclass, fields, is_dataclass
import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import sha256

import numpy as np
"""


@dataclass(frozen=True)
class Code:
    """An operation: the lines of its body, and those of its module before it."""

    body: tuple[str, ...] = ()
    head: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sweep:
    """One call of `run`; `rows` are cases, `source` any other expression of cases, `code` numbers the operations."""

    rows: tuple[str, ...] = ("{'n': 0}",)
    source: str = ""
    base: int = 0
    replicates: int = 1
    context: str = "{}"
    resolver: str = "None"
    tags: tuple[str, ...] = ()
    metadata: str = "{}"
    description: str = ""
    name: str = "conformance"
    version: str = "1"
    code: int = 0
    kind: Kind = "inline"
    workers: int = 1
    resume: bool = True

    def experiment(self, generation: Generation) -> str:
        """The expression of the experiment."""
        params = self.source or f"metalab.manual([{', '.join(self.rows)}])"
        resolver = f"SimpleNamespace(resolve={self.resolver})" if self.resolver != "None" else "None"
        today = f", metadata={self.metadata}, description={self.description!r}" if generation == "handle" else ""
        return (
            f"metalab.Experiment(name={self.name!r}, version={self.version!r}, context={self.context}, "
            f"operation=operation, params={params}, "
            f"seeds=metalab.seeds(base={self.base}, replicates={self.replicates}), "
            f"tags={list(self.tags)}, param_resolver={resolver}{today})"
        )


@dataclass(frozen=True)
class Delete:
    """The deletion of one of the runs that are stored, by its number in the order of their names."""

    number: int = 0


Step = Sweep | Delete


@dataclass(frozen=True)
class Program:
    """Operations, and what happens to one store, one step after the other."""

    codes: tuple[Code, ...] = (Code(),)
    steps: tuple[Step, ...] = (Sweep(),)
    odd: bool = False  # whether it has values that a metalab may refuse, before anything runs

    def fitting(self, generation: Generation) -> Program:
        """The program without the lines that the first release has no answer to."""
        if generation == "handle":
            return self
        codes = (
            replace(code, body=tuple(line for line in code.body if not any(lack in line for lack in LACKING)))
            for code in self.codes
        )
        return replace(self, codes=tuple(codes))

    def module(self, code: int, metalab: str, generation: Generation, functions: str = "") -> str:
        """The module that holds one of the operations, and a function for each sweep that runs it.

        `functions` are the definitions of what operations use; without them they are imported from this suite.
        """
        own = self.codes[code]
        used = functions or f"from {alone.__name__} import {', '.join(USED_BY_OPERATIONS)}\n"
        returned = ["return metalab.RunRecord.success()"] if generation == "facade" else []
        sweeps = [
            f"def sweep_{number}():\n    return {step.experiment(generation)}\n"
            for number, step in enumerate(self.steps)
            if isinstance(step, Sweep) and step.code == code
        ]
        body = "\n".join(f"    {line}" for line in (*own.body, *returned))
        return "\n".join(
            [
                IMPORTS,
                imported(metalab),
                used,
                *own.head,
                '\n\n@metalab.operation(name="operation")',
                "def operation(context, params, seeds, runtime, capture):",
                "    me = begin(context, params, seeds, runtime, capture)",
                body,
                "\n",
                *sweeps,
            ]
        )


def imported(metalab: str) -> str:
    """The line that imports a module as metalab."""
    return "import metalab" if metalab == "metalab" else f"import {metalab} as metalab"


def definitions(names: Iterable[str]) -> str:
    """The source of functions of `alone` and all that they use, in the order in which they stand there."""
    offered = {**_defined(telling), **_defined(alone)}
    reached, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name in offered and name not in reached:
            reached.add(name)
            waiting += _named_in(offered[name])
    return "\n\n".join(inspect.getsource(item).rstrip() for name, item in offered.items() if name in reached) + "\n"


def _defined(module: ModuleType) -> dict[str, Any]:
    return {
        name: item
        for name, item in vars(module).items()
        if (inspect.isfunction(item) or inspect.isclass(item)) and item.__module__ == module.__name__
    }


def _named_in(item: Any) -> list[str]:
    """Every name that the code of a function names, that of functions inside it too."""
    if not inspect.isfunction(item):
        return []
    waiting, found = [item.__code__], list[str]()
    while waiting:
        code = waiting.pop()
        found += code.co_names
        waiting += [inner for inner in code.co_consts if inspect.iscode(inner)]
    return found


Observer = Callable[[Any], Iterable[tuple[str, str, str]]]
