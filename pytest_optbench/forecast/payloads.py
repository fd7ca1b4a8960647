"""The operation that a forecast measures: one that is bundled, or the user's own, `FILE.py:operation`."""

from __future__ import annotations

import importlib
import operator
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_optbench.benchmark import spaces
from pytest_optbench.benchmark.sweep import Sweep
from pytest_optbench.drive.planned_sweep import PlannedSweep
from pytest_optbench.errors import InvalidInputError, UnknownNameError
from pytest_optbench.text import one_line

BUNDLED: Mapping[str, str] = {
    "noop": "pytest_optbench.workloads.basic:noop",
    "full": "pytest_optbench.workloads.payload:payload",
}
OPTIMIZER = "optimizer"
CASES = "extreme"  # the space of the optimizer runs: each measured run is another one
NAME = "optbench-forecast"


@dataclass(frozen=True)
class Payload:
    """What each run of a forecast does: `operation` is `module:name`, empty for the optimizer benchmark."""

    name: str
    operation: str

    def sweep(self, start: int, stop: int) -> PlannedSweep | Sweep:
        """Return the sweep of runs number `start` to `stop`: an operation gets its number as the parameter `n`."""
        if not self.operation:
            return Sweep(NAME, spaces.space(CASES), 1).random_slice(start, stop)
        return PlannedSweep(NAME, loaded(self.operation), [{"n": number} for number in range(start, stop)])


def payload_named(name: str, folder: str) -> Payload:
    """Return a payload by its name; a relative `FILE.py` begins in `folder`. Its module is imported.

    Raises:
        InvalidInputError: there is no such payload, file or operation, or the file cannot be imported.
    """
    file, colon, function = name.rpartition(":")
    if not colon:
        if name not in (*BUNDLED, OPTIMIZER):
            raise UnknownNameError("payload", name, [*BUNDLED, OPTIMIZER, "FILE.py:operation"])
        return Payload(name, BUNDLED.get(name, ""))
    path = Path(folder, file)
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise InvalidInputError(f"{name}: {file} is not the name of a Python module; write FILE.py:operation")
    if not path.is_file():
        raise InvalidInputError(f"{name}: there is no file {path}")
    return Payload(name, _operation_in(path.resolve(), function))


def _operation_in(path: Path, function: str) -> str:
    """Return `module:function`, which child processes find by the search path of this one."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    try:
        module = importlib.import_module(path.stem)
    except Exception as error:
        raise InvalidInputError(f"{path} cannot be imported: {one_line(error)}") from error
    imported = getattr(module, "__file__", None)
    if imported is None or Path(imported).resolve() != path:
        raise InvalidInputError(f"{path}: another module is called {path.stem}, {imported}; rename the file")
    try:
        found = operator.attrgetter(function)(module)
    except (AttributeError, ValueError):
        raise InvalidInputError(f"{path} has no operation {function!r}") from None
    if not hasattr(found, "ref"):
        raise InvalidInputError(f"{path}: {function} is not an operation: decorate it with @metalab.operation(...)")
    return f"{path.stem}:{function}"


def loaded(operation: str) -> Any:
    """Return an operation by its `module:name`."""
    module, _, name = operation.partition(":")
    return operator.attrgetter(name)(importlib.import_module(module))
