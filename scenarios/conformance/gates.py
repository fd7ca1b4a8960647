"""Sweeps whose first run waits at a gate, so that a scenario can act while they run."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.errors import TargetRaisedError
from pytest_optbench.plugin.scenario import Scenario
from pytest_optbench.target import Target

from . import observers
from .workload import PATIENCE, Inner, gated, wait_for_file


def wait_for_first_run(
    scenario: Scenario, context: dict[str, Any], is_over: Callable[[], bool], result: Callable[[], Any]
) -> None:
    """Wait until the first run begins.

    Raises:
        TargetRaisedError: If the sweep ended before a run began; the message holds its result or exception.
    """
    if not wait_for_file(Path(context["folder"]) / "began-0", is_over):
        scenario.inconclusive(f"no run began within {PATIENCE:.0f} s")
    if not names_in(context, "began"):
        raise TargetRaisedError(f"the sweep ended before a run began: {observers.attempted(lambda: str(result()))}")


def with_metadata(experiment: Any, metadata: dict[str, Any]) -> Any:
    """Return the same experiment with metadata."""
    fields = ("name", "version", "context", "operation", "params", "seeds")
    return type(experiment)(**{name: getattr(experiment, name) for name in fields}, metadata=metadata)


def make_gate(scenario: Scenario) -> tuple[SweepContext, dict[str, Any]]:
    """Make a sweep context, and a context for operations with the folder of their gate."""
    ctx = scenario.at("gated", executor="thread", workers=1)
    folder = Path(ctx.options.store).parent / "gate"
    folder.mkdir(parents=True)
    return ctx, {"folder": str(folder), "x": [1], "inner": Inner()}


def gated_experiment(target: Target, name: str, context: dict[str, Any], runs: int) -> Any:
    """Make an experiment of so many runs that wait at the gate of a context."""
    params = [{"n": n} for n in range(runs)]
    return target.experiment(name=name, version="1", operation=gated, params=params, context=context)


def names_in(context: dict[str, Any], kind: str) -> list[str]:
    return sorted(path.name for path in Path(context["folder"]).glob(f"{kind}-*"))


@contextlib.contextmanager
def time_zone(name: str) -> Iterator[None]:
    previous = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if previous is not None:
            os.environ["TZ"] = previous
        time.tzset()
