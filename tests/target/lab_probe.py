"""The experiment that both small labs run: three parameters, two replicates, one parameter fails."""

from __future__ import annotations

from typing import Any

from pytest_optbench.target import Target


def body(context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> None:
    """A body written to the handle generation: everything it can capture on both."""
    capture.metric("a", params["a"])
    capture.log_metrics({"double": 2 * params["a"], "replicate": seeds.replicate_index})
    for step in range(3):
        capture.metric("f", step + 0.5, step=step)
    capture.artifact("summary", {"a": params["a"], "list": [1, None, "x"]}, kind="json")
    capture.log("told", level="warning")
    capture.metric("metadata", len(runtime.metadata))
    capture.metric("context", context["k"])
    if params["a"] == 3:
        raise ValueError("three is refused")


def build(target: Target, cases: Any = None, function: Any = body, **more: Any) -> Any:
    chosen = [{"a": value} for value in (1, 2, 3)] if cases is None else cases
    operation = target.operation(function, name="probe")
    more.setdefault("context", {"k": 7})
    return target.experiment(name="probe", version="1", operation=operation, params=chosen, seeds=(5, 2), **more)
