"""Faults drawn at random: each follows from the seed and the number in its name, so that it can be repeated."""

from __future__ import annotations

import math
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from random import Random
from threading import Lock
from typing import Any, NoReturn

from pytest_optbench.errors import UnknownNameError
from pytest_optbench.target import digest
from pytest_optbench.workloads.workload import WorkloadRun

from .fault_kinds import Fault, OutsideException, UnpicklableError, UnprintableError, die_of

HEALTHY = 0.4  # share of the runs without a fault
RARELY = 0.1
LONG = 200_000  # characters of a long message
NAME = re.compile(r"a random (?P<kind>[a-z]+) \((?P<seed>\d+)/(?P<number>\d+)\)")
ERRORS: tuple[type[BaseException], ...] = (
    ArithmeticError, AssertionError, AttributeError, BufferError, ConnectionResetError, EOFError, FileExistsError,
    GeneratorExit, ImportError, IndexError, InterruptedError, KeyError, LookupError, MemoryError, NameError,
    NotImplementedError, OSError, OutsideException, OverflowError, PermissionError, RecursionError, ReferenceError,
    RuntimeError, StopAsyncIteration, StopIteration, SyntaxError, SystemError, TimeoutError, TypeError, UserWarning,
    ValueError, ZeroDivisionError,
)  # fmt: skip
CODES = (None, 0, 1, 3, -1, 256, 2**40, "", "as drawn")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGHUP)
LETTERS = "abc XYZ \n\t\r'\"\\{}%<>&\0\u00e9\u4e2d\u202e\U0001f600\udcff"
NUMBERS = (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 2**53 + 1, -(2**63), True, 0)


def random_names(seed: int, runs: int, *, deadly: bool) -> Iterator[str]:
    """Yield the name of the fault in each run, "" for none; only `deadly` ones may end their process."""
    kinds = [*KINDS, *DEADLY] if deadly else list(KINDS)
    for number in range(runs):
        draw = Random(f"{seed}/{number}")  # noqa: S311 - it must repeat
        kind = draw.choice(kinds)
        yield "" if draw.random() < HEALTHY else f"a random {kind} ({seed}/{number})"


def redraw(name: str) -> Fault:
    """Return the fault of a name from `random_names`.

    Raises:
        UnknownNameError: the name is not one of those.
    """
    match = NAME.fullmatch(name)
    kinds = {**KINDS, **DEADLY}
    if match is None or match["kind"] not in kinds:
        raise UnknownNameError("fault", name, kinds)
    draw = Random(name)  # noqa: S311 - it must repeat
    captures = _captures(draw)
    happening = kinds[match["kind"]](draw)

    def act(run: WorkloadRun) -> Any:
        captures(run)
        return happening.act(run)

    return Fault(act, happening.ends, happening.texts)


def _captures(draw: Random) -> Callable[[WorkloadRun], None]:
    """Draw some metrics, points and artifacts that a run captures before its fault."""
    metrics = {f"metric {number}": draw.uniform(-1e9, 1e9) for number in range(draw.randrange(6))}
    artifacts = {f"artifact {number}": _value(draw) for number in range(draw.randrange(3))}
    points = draw.choice((0, 0, 1, 20))

    def capture(run: WorkloadRun) -> None:
        for name, value in metrics.items():
            run.capture.metric(name, value)
            run.produced.metrics[name] = value
        for step in range(points):
            run.capture.metric("points", step / 3, step=step)
        for name, artifact in artifacts.items():
            run.capture.artifact(name, artifact, kind="json")
            run.produced.artifacts[name] = digest(artifact)

    return capture


def _value(draw: Random, depth: int = 2) -> Any:
    """Draw a value of JSON: a scalar, or lists and mappings to some depth."""
    kind = draw.randrange(6 if depth else 4)
    if kind == 4:
        return [_value(draw, depth - 1) for _ in range(draw.randrange(4))]
    if kind == 5:
        return {f"key {number}": _value(draw, depth - 1) for number in range(draw.randrange(4))}
    return (None, draw.randrange(-(2**40), 2**40), draw.random(), "text " * draw.randrange(5))[kind]


def _error(draw: Random) -> Fault:
    error = draw.choice(ERRORS)
    length = draw.randrange(LONG) if draw.random() < RARELY else draw.randrange(40)
    message = "as drawn " + "".join(draw.choices(LETTERS, k=length))
    causes = draw.choice((0, 0, 1, 30))

    def act(_: WorkloadRun) -> NoReturn:
        last: BaseException | None = None
        for number in range(causes):
            cause = ValueError(f"cause {number}")
            cause.__cause__, last = last, cause
        raise error(message) from last

    return Fault(act, texts=(error.__name__, "as drawn"))


def _group(draw: Random) -> Fault:
    inner: list[Exception] = [ValueError(f"part {number}") for number in range(draw.randrange(1, 9))]

    def act(_: WorkloadRun) -> NoReturn:
        raise ExceptionGroup("as drawn", inner)

    return Fault(act, texts=("ExceptionGroup", "as drawn"))


def _odd_error(draw: Random) -> Fault:
    """Draw an error that cannot be printed, or sent to another process."""
    printable = draw.random() < 0.5

    def act(_: WorkloadRun) -> NoReturn:
        raise UnpicklableError("one", "two") if printable else UnprintableError()

    return Fault(act, texts=("UnpicklableError", "one and two") if printable else ("UnprintableError",))


def _exit(draw: Random) -> Fault:
    code = draw.choice(CODES)
    return Fault(lambda _: sys.exit(code), texts=("SystemExit",))


def _returned(draw: Random) -> Fault:
    value = draw.choice((_value(draw), draw.choice(NUMBERS), {"status": "failed"}, object(), {1, 2}, ValueError("no")))
    return Fault(lambda _: value, ends="either")


def _metric(draw: Random) -> Fault:
    value = draw.choice(NUMBERS)

    def act(run: WorkloadRun) -> None:
        run.capture.metric("odd", value)
        run.produced.metrics["odd"] = value

    return Fault(act, ends="either")


def _artifact(draw: Random) -> Fault:
    unserializable = (lambda: None, Lock(), iter(lambda: 1, 1))  # also for pickle
    value = draw.choice((*unserializable, b"\0\xff", {1: "one", "1": "two"}))

    def act(run: WorkloadRun) -> None:
        run.capture.artifact("odd", value)
        run.produced.artifacts["odd"] = digest(value) if value not in unserializable else ""  # it was not refused

    return Fault(act, ends="either")


def _code(draw: Random) -> Fault:
    code = draw.randrange(256)
    return Fault(lambda _: os._exit(code), ends="dies")


def _signal(draw: Random) -> Fault:
    number = draw.choice(SIGNALS)
    return Fault(lambda _: die_of(number), ends="dies")


KINDS: Mapping[str, Callable[[Random], Fault]] = {
    "error": _error, "group": _group, "oddity": _odd_error, "exit": _exit, "return": _returned, "metric": _metric,
    "artifact": _artifact,
}  # fmt: skip
DEADLY: Mapping[str, Callable[[Random], Fault]] = {"death": _code, "signal": _signal}
