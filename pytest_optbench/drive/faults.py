"""A catalogue of the faults inside an operation, and the operation in which they happen."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from pytest_optbench.target import digest, load_target
from pytest_optbench.workloads.workload import WorkloadRun, workload

from .fault_kinds import (
    Fault,
    OutsideException,
    UnpicklableError,
    UnprintableError,
    die_of,
    dies,
    keeps,
    measures,
    raises,
    returns,
)
from .misbehaviours import OF_ITS_PROCESS
from .random_faults import redraw

HUGE = 2_000_000  # characters of a message
BULK = 300_000  # bytes; more than a small disk or a small limit allows
LONGEST_WAIT = 60.0  # seconds until a run that nothing stops ends by itself
EXIT_CODE = 3
_TARGET = load_target()


@workload("fault", "runtime")
def fault(run: WorkloadRun) -> Any:
    """Capture a metric and an artifact, let `params["fault"]` happen (nothing if ""), and capture another."""
    draw = {"n": run.params["n"], "draw": run.seeds.rng("fault").random()}
    run.capture_metrics(square=run.params["n"] ** 2)
    run.produced.artifacts["before"] = digest(draw)
    run.capture.artifact("before", draw, kind="json")
    returned = fault_named(run.params["fault"]).act(run) if run.params["fault"] else None
    run.produced.artifacts["after"] = digest([draw])
    run.capture.artifact("after", [draw], kind="json")
    return returned


def _numpy() -> Any:
    """Import numpy only for the few faults that need it: most processes here die soon."""
    import numpy as np

    return np


def _cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def _circular() -> BaseException:
    first, second = ValueError("circular"), ValueError("circular, too")
    first.__cause__, second.__cause__ = second, first
    return first


RAISED: Mapping[str, Fault] = {
    "an error": raises(lambda: ValueError("as planned"), "ValueError", "as planned"),
    "an error without a message": raises(lambda: ValueError(), "ValueError"),
    "a huge error": raises(lambda: ValueError("huge " + "x" * HUGE), "ValueError", "huge "),
    "an error of odd characters": raises(lambda: ValueError('two\nlines "\0" \udcff'), "ValueError", "two\nlines"),
    "an error that cannot be pickled": raises(lambda: UnpicklableError("one", "two"), "UnpicklableError", "one and"),
    "an error that cannot be printed": raises(lambda: UnprintableError(), "UnprintableError"),
    "MemoryError": raises(lambda: MemoryError(), "MemoryError"),
    "RecursionError": raises(lambda: RecursionError("too deep"), "RecursionError", "too deep"),
    "StopIteration": raises(lambda: StopIteration(1), "StopIteration"),
    "GeneratorExit": raises(lambda: GeneratorExit(), "GeneratorExit"),
    "a BaseException": raises(lambda: OutsideException("as planned"), "OutsideException", "as planned"),
    "KeyboardInterrupt": raises(lambda: KeyboardInterrupt(), "KeyboardInterrupt"),
    "a group of errors": raises(lambda: ExceptionGroup("as planned", [ValueError("one"), OSError()]), "ExceptionGroup"),
    "an error that causes itself": raises(lambda: _circular(), "ValueError", "circular"),
    "SystemExit": Fault(lambda _: sys.exit(EXIT_CODE), texts=("SystemExit",)),
    "SystemExit without an error": Fault(lambda _: sys.exit(0), texts=("SystemExit",)),
}
DEATHS: Mapping[str, Fault] = {
    "os._exit(3)": dies(lambda: os._exit(EXIT_CODE)),
    "os._exit(0)": dies(lambda: os._exit(0)),
    "SIGKILL": dies(lambda: die_of(signal.SIGKILL)),
    "SIGTERM": dies(lambda: die_of(signal.SIGTERM)),
    "SIGHUP": dies(lambda: die_of(signal.SIGHUP)),
    "SIGSEGV": dies(lambda: die_of(signal.SIGSEGV)),
    "SIGABRT": dies(lambda: die_of(signal.SIGABRT)),
    "SIGBUS": dies(lambda: die_of(signal.SIGBUS)),
}
JUNK: Mapping[str, Fault] = {
    "a returned text": returns(lambda: "junk"),
    "a returned number": returns(lambda: float("nan")),
    "a returned mapping": returns(lambda: {"status": "success"}),
    "a returned object": returns(object),
    "a returned class": returns(lambda: ValueError),
    "a returned error": returns(lambda: ValueError("returned, not raised")),
    "a numpy integer as metric": measures(lambda: _numpy().int64(3)),
    "a short float as metric": measures(lambda: _numpy().float32(0.5)),
    "not a number as metric": measures(lambda: float("nan")),
    "a function as artifact": keeps(lambda: lambda: None),
    "a list of itself as artifact": keeps(_cyclic),
}


def _bulky_array(run: WorkloadRun) -> None:
    np = _numpy()
    value = np.frombuffer(np.random.default_rng(0).bytes(BULK), dtype=np.uint8)
    run.capture.artifact("bulk", value, kind="numpy")
    run.produced.artifacts["bulk"] = digest(value)


def _bulky_json(run: WorkloadRun) -> None:
    value = list(range(BULK // 4))
    run.capture.artifact("bulk", value, kind="json")
    run.produced.artifacts["bulk"] = digest(value)


def _bulky_metric(run: WorkloadRun) -> None:
    run.capture.metric("bulk", "x" * BULK)  # not told to the witness, whose file has the same limit


def _bulky_series(run: WorkloadRun) -> None:
    for step in range(BULK // 16):
        run.capture.metric("bulk", step / 7, step=step)


def _bulky_log(run: WorkloadRun) -> None:
    for _ in range(BULK // 1000):
        run.capture.log("x" * 1000)


BULKY: Mapping[str, Fault] = {
    "a bulky array": Fault(_bulky_array, ends="either"),
    "a bulky JSON artifact": Fault(_bulky_json, ends="either"),
    "a bulky metric": Fault(_bulky_metric, ends="either"),
    "a bulky series": Fault(_bulky_series, ends="either"),
    "a bulky log": Fault(_bulky_log, ends="either"),
}


def _wait(run: WorkloadRun) -> None:
    """Wait until the sweep is cancelled, asking often, as a well-behaved long run does."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        run.runtime.check_cancelled()
        time.sleep(0.01)


HANGS: Mapping[str, Fault] = {
    "a long run that asks": Fault(_wait, ends="either"),
    "a run that hangs": Fault(lambda _: time.sleep(LONGEST_WAIT), ends="either"),
}
PAGE = "an artifact of a page"


def _page(run: WorkloadRun) -> None:
    value = list(range(1000))
    run.capture.artifact("page", value, kind="json")
    run.produced.artifacts["page"] = digest(value)


FAULTS: Mapping[str, Fault] = {
    **RAISED,
    **DEATHS,
    **JUNK,
    **BULKY,
    **HANGS,
    **OF_ITS_PROCESS,
    PAGE: Fault(_page, ends="either"),
}


def fault_named(name: str) -> Fault:
    """Return the fault of a name: from the catalogue, or drawn again from the seed in its name."""
    return FAULTS[name] if name in FAULTS else redraw(name)
