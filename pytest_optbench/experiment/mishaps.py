"""What can go wrong inside an operation, as a catalogue, and the operation that does it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pytest_optbench.stress.witness import WITNESS_METRIC, Produced, executing, key_of
from pytest_optbench.target import digest, load_target

HUGE = 2_000_000  # characters of a message
BULK = 300_000  # bytes that are more than a small disk or a small limit takes
LONGEST_WAIT = 60.0  # seconds until a run that nobody stops gives up waiting
EXIT_CODE = 3
_TARGET = load_target()


@dataclass(frozen=True)
class Scene:
    """What a mishap has at hand: the runtime and capture of its run, and what the witness will be told."""

    runtime: Any
    capture: Any
    produced: Produced


@dataclass(frozen=True)
class Mishap:
    """One way to go wrong: `act` does it.

    A run that `raises` fails, and its record holds every text of `says`; one that `dies` takes its process along and
    fails; one that ends `either` way may be stored as a success or as failed, but not be lost.
    """

    act: Callable[[Scene], Any]
    ends: Literal["raises", "dies", "either"] = "raises"
    says: tuple[str, ...] = ()


class UnprintableError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("this message cannot be printed")

    __repr__ = __str__


class UnpicklableError(Exception):
    """An exception that no other process can be told of."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")  # pickle calls it again with this one argument
        self.function = lambda: None  # and cannot take this at all


class OutsideException(BaseException):
    """An exception that `except Exception` lets pass."""


@_TARGET.operation(name="mishap")  # type: ignore[untyped-decorator]  # whatever the target gives
def mishap(params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
    """Capture a metric and an artifact, let `params["mishap"]` happen (nothing if ""), and capture another."""
    params = dict(params)
    key = key_of(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        draw = {"n": params["n"], "draw": seeds.rng("mishap").random()}
        produced.metrics.update({WITNESS_METRIC: key, "square": params["n"] ** 2})
        capture.log_metrics(dict(produced.metrics))
        produced.artifacts["before"] = digest(draw)
        capture.artifact("before", draw, kind="json")
        happened = MISHAPS[params["mishap"]] if params["mishap"] else None
        returned = None if happened is None else happened.act(Scene(runtime, capture, produced))
        produced.artifacts["after"] = digest([draw])
        capture.artifact("after", [draw], kind="json")
    return returned


def _raises(error: Callable[[], BaseException], *says: str) -> Mishap:
    def act(_: Scene) -> NoReturn:
        raise error()

    return Mishap(act, says=says)


def _dies(die: Callable[[], Any]) -> Mishap:
    return Mishap(lambda _: die(), ends="dies")


def _returns(value: Callable[[], Any]) -> Mishap:
    return Mishap(lambda _: value(), ends="either")


def _measures(value: Callable[[], Any]) -> Mishap:
    def act(scene: Scene) -> None:
        measured = value()
        scene.capture.metric("odd", measured)
        scene.produced.metrics["odd"] = measured

    return Mishap(act, ends="either")


def _keeps(value: Callable[[], Any]) -> Mishap:
    return Mishap(lambda scene: scene.capture.artifact("odd", value()), ends="either")


def _numpy() -> Any:
    """Numpy, imported only by the few mishaps that need it: most processes here die soon."""
    import numpy as np

    return np


def _cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


RAISED: Mapping[str, Mishap] = {
    "an error": _raises(lambda: ValueError("as planned"), "ValueError", "as planned"),
    "an error without a message": _raises(lambda: ValueError(), "ValueError"),
    "a huge error": _raises(lambda: ValueError("huge " + "x" * HUGE), "ValueError", "huge "),
    "an error of odd characters": _raises(lambda: ValueError('two\nlines "\0" \udcff'), "ValueError", "two\nlines"),
    "an error that cannot be pickled": _raises(lambda: UnpicklableError("one", "two"), "UnpicklableError", "one and"),
    "an error that cannot be printed": _raises(lambda: UnprintableError(), "UnprintableError"),
    "MemoryError": _raises(lambda: MemoryError(), "MemoryError"),
    "RecursionError": _raises(lambda: RecursionError("too deep"), "RecursionError", "too deep"),
    "StopIteration": _raises(lambda: StopIteration(1), "StopIteration"),
    "GeneratorExit": _raises(lambda: GeneratorExit(), "GeneratorExit"),
    "a BaseException": _raises(lambda: OutsideException("as planned"), "OutsideException", "as planned"),
    "SystemExit": Mishap(lambda _: sys.exit(EXIT_CODE), says=("SystemExit",)),
}
DEATHS: Mapping[str, Mishap] = {
    "os._exit(3)": _dies(lambda: os._exit(EXIT_CODE)),
    "os._exit(0)": _dies(lambda: os._exit(0)),
    "SIGKILL": _dies(lambda: os.kill(os.getpid(), signal.SIGKILL)),
    "SIGTERM": _dies(lambda: os.kill(os.getpid(), signal.SIGTERM)),
}
JUNK: Mapping[str, Mishap] = {
    "a returned text": _returns(lambda: "junk"),
    "a returned number": _returns(lambda: float("nan")),
    "a returned mapping": _returns(lambda: {"status": "success"}),
    "a returned object": _returns(object),
    "a returned class": _returns(lambda: ValueError),
    "a returned error": _returns(lambda: ValueError("returned, not raised")),
    "a numpy integer as metric": _measures(lambda: _numpy().int64(3)),
    "a short float as metric": _measures(lambda: _numpy().float32(0.5)),
    "not a number as metric": _measures(lambda: float("nan")),
    "a function as artifact": _keeps(lambda: lambda: None),
    "a list of itself as artifact": _keeps(_cyclic),
}


def _bulky_array(scene: Scene) -> None:
    np = _numpy()
    value = np.frombuffer(np.random.default_rng(0).bytes(BULK), dtype=np.uint8)
    scene.capture.artifact("bulk", value, kind="numpy")
    scene.produced.artifacts["bulk"] = digest(value)


def _bulky_json(scene: Scene) -> None:
    value = list(range(BULK // 4))
    scene.capture.artifact("bulk", value, kind="json")
    scene.produced.artifacts["bulk"] = digest(value)


def _bulky_metric(scene: Scene) -> None:
    scene.capture.metric("bulk", "x" * BULK)  # not told to the witness, whose file has the same limit


def _bulky_series(scene: Scene) -> None:
    for step in range(BULK // 16):
        scene.capture.metric("bulk", step / 7, step=step)


def _bulky_log(scene: Scene) -> None:
    for _ in range(BULK // 1000):
        scene.capture.log("x" * 1000)


BULKY: Mapping[str, Mishap] = {
    "a bulky array": Mishap(_bulky_array, ends="either"),
    "a bulky JSON artifact": Mishap(_bulky_json, ends="either"),
    "a bulky metric": Mishap(_bulky_metric, ends="either"),
    "a bulky series": Mishap(_bulky_series, ends="either"),
    "a bulky log": Mishap(_bulky_log, ends="either"),
}


def _wait(scene: Scene) -> None:
    """Wait until the sweep is cancelled, asking often, as a well-behaved long run does."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        scene.runtime.check_cancelled()
        time.sleep(0.01)


HANGS: Mapping[str, Mishap] = {
    "a long run that asks": Mishap(_wait, ends="either"),
    "a run that hangs": Mishap(lambda _: time.sleep(LONGEST_WAIT), ends="either"),
}
PAGE = "an artifact of a page"


def _page(scene: Scene) -> None:
    value = list(range(1000))
    scene.capture.artifact("page", value, kind="json")
    scene.produced.artifacts["page"] = digest(value)


MISHAPS: Mapping[str, Mishap] = {**RAISED, **DEATHS, **JUNK, **BULKY, **HANGS, PAGE: Mishap(_page, ends="either")}
