"""An operation that follows a script: a file says which runs go wrong this time, and how.

The script lies outside the params, so a run that failed and is started again is the same run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pytest_optbench.stress.witness import WITNESS_METRIC, executing, key_of
from pytest_optbench.target import digest, load_target

HUGE = 5_000_000  # characters
EXIT_CODE = 3
_TARGET = load_target()


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("this message cannot be printed")


class _UnpicklableError(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")  # pickle calls it again with one argument
        self.function = lambda: None  # and cannot take this at all


class _OutsideException(BaseException):
    pass


def _raising(error: Callable[[], BaseException]) -> Callable[[], NoReturn]:
    def act() -> NoReturn:
        raise error()

    return act


def _signal_self(number: int) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


ERRORS: Mapping[str, Callable[[], Any]] = {
    "raise": _raising(lambda: ValueError("scripted")),
    "raise-silent": _raising(lambda: ValueError()),
    "raise-huge": _raising(lambda: ValueError("x" * HUGE)),
    "raise-lines": _raising(lambda: ValueError('two\nlines, "quotes", \0 and \udcff')),
    "raise-unpicklable": _raising(lambda: _UnpicklableError("one", "two")),
    "raise-unprintable": _raising(lambda: _UnprintableError()),
    "raise-memory": _raising(lambda: MemoryError()),
    "raise-recursion": _raising(lambda: RecursionError("scripted")),
    "raise-stop": _raising(lambda: StopIteration(1)),
    "raise-generator-exit": _raising(lambda: GeneratorExit()),
    "raise-base": _raising(lambda: _OutsideException("scripted")),
    "exit": lambda: sys.exit(EXIT_CODE),
}
DEATHS: Mapping[str, Callable[[], Any]] = {
    "exit-at-once": lambda: os._exit(EXIT_CODE),
    "kill": _signal_self(signal.SIGKILL),
    "segfault": _signal_self(signal.SIGSEGV),
    "abort": _signal_self(signal.SIGABRT),
}
JUNK: Mapping[str, Any] = {"text": "junk", "number": 7, "mapping": {"status": "success"}, "object": object()}


@_TARGET.operation(name="scripted")  # type: ignore[untyped-decorator]  # whatever the target gives
def scripted(params: Any, seeds: Any, capture: Any) -> Any:
    """Capture a metric and an artifact that follow from `params["n"]`, unless `params["script"]` has other plans.

    The script file maps the text of `n` to an action: a name in ERRORS or DEATHS, `return-NAME` of JUNK,
    `sleep-SECONDS`, or `debug` (leave an artifact behind, then raise).
    """
    params = dict(params)
    key = key_of(params, seeds.root_seed, seeds.replicate_index)
    action = action_for(params)
    with executing(key, params) as produced:
        value = {"n": params["n"], "draw": seeds.rng("scripted").random()}
        produced.metrics.update({WITNESS_METRIC: key, "square": params["n"] ** 2})
        capture.log_metrics(produced.metrics)
        if action == "debug":
            produced.artifacts["debug"] = digest({"left": "behind"})
            capture.artifact("debug", {"left": "behind"}, kind="json")
        _act(action)
        produced.artifacts["value"] = digest(value)
        capture.artifact("value", value, kind="json")
    return JUNK[action.removeprefix("return-")] if action.startswith("return-") else None


def write_script(path: Path, actions: Mapping[int, str]) -> None:
    """Write what the runs with these `n` are to do from now on; all others do their work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({str(n): action for n, action in actions.items()}), encoding="utf-8")
    partial.replace(path)


def action_for(params: Mapping[str, Any]) -> str:
    """What the script has for a run; "" to do its work."""
    path = Path(params["script"])
    actions: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    return actions.get(str(params["n"]), actions.get("*", ""))


def _act(action: str) -> None:
    if action.startswith("sleep-"):
        time.sleep(float(action.removeprefix("sleep-")))
    elif action == "debug":
        raise ValueError("scripted, after it left an artifact behind")
    elif action in ERRORS:
        ERRORS[action]()
    elif action in DEATHS:
        DEATHS[action]()
