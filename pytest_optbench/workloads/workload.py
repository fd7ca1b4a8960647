"""The decorator of operations that the witness sees: it adds the run key, the witness lines and the arguments."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_optbench.stress.witness.witness import WITNESS_METRIC, Produced, executing, run_key
from pytest_optbench.target import load_target

if TYPE_CHECKING:  # it imports numpy, which takes longer than everything else that a child process needs
    from pytest_optbench.target.interface import Capture, Runtime, Seeds

ALWAYS = ("params", "seeds", "capture")


@dataclass(slots=True)
class WorkloadRun:
    """One run, as the argument of the body of a workload.

    `params` are a copy of the received ones. `produced` has the results that the audit compares with the record: a
    body adds each result there before it captures it. `context` and `runtime` are set for bodies that ask for them.
    """

    key: str
    params: dict[str, Any]
    seeds: Seeds
    capture: Capture
    produced: Produced
    context: Any
    runtime: Runtime

    def capture_metrics(self, **metrics: Any) -> None:
        """Capture metrics, and the run key by which the audit finds the record, and report them to the witness."""
        self.produced.metrics.update({WITNESS_METRIC: self.key, **metrics})
        self.capture.log_metrics(dict(self.produced.metrics))


def workload(
    name: str, *asks: Literal["context", "runtime"], params: bool = True
) -> Callable[[Callable[[WorkloadRun], Any]], Any]:
    """Decorate the body of an operation, at module level, where worker processes import it again.

    `asks` names further arguments of the body, besides params, seeds and capture. Without `params` the witness does
    not record the received parameters, for bodies that compare them themselves.
    """

    def decorate(body: Callable[[WorkloadRun], Any]) -> Any:
        @functools.wraps(body)  # its reference and its source are the identity of the code
        def operation(**given: Any) -> Any:
            received = dict(given["params"])
            seeds = given["seeds"]
            key = run_key(received, seeds.root_seed, seeds.replicate_index)
            with executing(key, received if params else None) as produced:
                context, runtime = given.get("context"), given.get("runtime")
                return body(WorkloadRun(key, received, seeds, given["capture"], produced, context, runtime))  # type: ignore[arg-type]

        operation.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # shows a metalab which arguments to pass
            [inspect.Parameter(asked, inspect.Parameter.POSITIONAL_OR_KEYWORD) for asked in (*ALWAYS, *asks)]
        )
        return load_target().operation(operation, name=name)

    return decorate
