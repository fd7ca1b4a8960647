"""Whole experiments as data, and as the text of modules that any metalab, including the model, can run.

Everything that a user would write is Python text: values, sources of parameters, the lines of an operation. So a
program can be drawn, made smaller line by line, printed, and run by any module that is imported as `metalab`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

from pytest_optbench.stress.model import observed_text

from . import alone, observers

Generation = Literal["handle", "facade"]
Kind = Literal["inline", "thread", "process"]
USED_BY_OPERATIONS = ("drawn", "note", "scratch", "tried", "written")
LACKING = (
    "capture.figure", "capture.data", "subscribe_logger", "step=", "log_metrics", "capture.log", "'data", "'series'"
)  # fmt: skip
IMPORTS = (  # a line, and the names that it binds
    *((f"import {name}", (name,)) for name in (
        "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "importlib", "json", "logging", "math",
        "os", "re", "sys", "tempfile", "uuid",
    )),
    (
        "from collections.abc import Callable, Collection, Iterable, Iterator, Mapping",
        ("Callable", "Collection", "Iterable", "Iterator", "Mapping"),
    ),
    ("from dataclasses import dataclass", ("dataclass",)),
    ("from hashlib import sha256", ("sha256",)),
    ("from pathlib import Path", ("Path",)),
    ("from types import SimpleNamespace", ("SimpleNamespace",)),
    ("from typing import Any", ("Any",)),
    ("import numpy as np", ("np",)),
)  # fmt: skip
MODULE = "conformance_experiment"  # the name of every module of a program, so that its classes are named alike


def with_imports(text: str, *more: str) -> str:
    """Add the imports of the names that a text uses."""
    words = set(re.findall(r"\w+", text))
    needed = [line for line, names in IMPORTS if words & {*names}]
    return "\n".join(["from __future__ import annotations\n", *needed, *more, "\n", text])


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
        """Return the expression that defines the experiment."""
        params = self.source or f"metalab.manual([{', '.join(self.rows)}])"
        resolver = f"SimpleNamespace(resolve={self.resolver})" if self.resolver != "None" else "None"
        more = {
            "tags": str(list(self.tags)) if self.tags else "",
            "param_resolver": resolver if self.resolver != "None" else "",
            "metadata": self.metadata if self.metadata != "{}" and generation == "handle" else "",
            "description": repr(self.description) if self.description and generation == "handle" else "",
        }
        fields = [
            f"name={self.name!r}, version={self.version!r}, context={self.context}, operation=operation",
            f"params={params}",
            f"seeds=metalab.seeds(base={self.base}, replicates={self.replicates})",
            *(f"{name}={text}" for name, text in more.items() if text),
        ]
        return "metalab.Experiment(\n        " + ",\n        ".join(fields) + ",\n    )"


@dataclass(frozen=True)
class Delete:
    """The deletion of a stored run, by its number in the order of names."""

    number: int = 0


Step = Sweep | Delete


@dataclass(frozen=True)
class Program:
    """Operations, and the steps on one store in sequence."""

    codes: tuple[Code, ...] = (Code(),)
    steps: tuple[Step, ...] = (Sweep(),)
    odd: bool = False  # whether it has values that a metalab may refuse, before anything runs

    def fitting(self, generation: Generation) -> Program:
        """Return the program without lines that the first release does not support."""
        if generation == "handle":
            return self
        codes = (
            replace(code, body=tuple(line for line in code.body if not any(lack in line for lack in LACKING)))
            for code in self.codes
        )
        return replace(self, codes=tuple(codes))

    def module(self, code: int, metalab: str, generation: Generation, *, alone_with_it: bool = False) -> str:
        """Return the module of one operation, with a function for each sweep that runs it.

        Functions that operations use are imported from this suite, or printed for a script of its own.
        """
        operation_code = self.codes[code]
        returned = ["return metalab.RunRecord.success()"] if generation == "facade" else []
        body = "\n".join(f"    {line}" for line in (*operation_code.body, *returned))
        used = ["begin", *(name for name in USED_BY_OPERATIONS if f"{name}(" in body)]
        text = "\n\n".join(
            [
                *([f"SCRATCH = {alone.SCRATCH!r}", definitions(used)] if alone_with_it else []),
                *operation_code.head,
                (
                    '@metalab.operation(name="operation")\n'
                    "def operation(context, params, seeds, runtime, capture):\n"
                    f"    me = begin(context, params, seeds, runtime, capture)\n{body}\n"
                ),
                *(
                    f"def sweep_{number}():\n    return {step.experiment(generation)}\n"
                    for number, step in enumerate(self.steps)
                    if isinstance(step, Sweep) and step.code == code
                ),
            ]
        )
        from_suite = [] if alone_with_it else [f"from {alone.__name__} import {', '.join(used)}"]
        return with_imports(text, imported(metalab), *from_suite)

    def runs(self) -> bool:
        """Return whether its modules are valid Python, which those of a reduced program need not be."""
        try:
            for code in range(len(self.codes)):
                compile(self.module(code, "metalab", "handle"), "", "exec")
        except SyntaxError:
            return False
        return True


def imported(metalab: str) -> str:
    """Return the line that imports a module as `metalab`."""
    return "import metalab" if metalab == "metalab" else f"import {metalab} as metalab"


def definitions(names: Iterable[str]) -> str:
    """Return the source of functions of `alone` and `observers` and of all that they use, in their order."""
    offered = {**_defined(observed_text), **_defined(alone), **_defined(observers)}
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
    """Return every name that a function and the functions inside it use."""
    if not inspect.isfunction(item):
        return []
    waiting, names = [item.__code__], list[str]()
    while waiting:
        code = waiting.pop()
        names += code.co_names
        waiting += [inner for inner in code.co_consts if inspect.iscode(inner)]
    return names


Observer = Callable[[Any], Iterable[tuple[str, str, str]]]
