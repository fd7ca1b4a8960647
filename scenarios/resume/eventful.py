"""An operation that captures something of every kind, unless the script of `workload` says otherwise."""

from __future__ import annotations

from pytest_optbench.target import digest
from pytest_optbench.workloads.workload import WorkloadRun, workload

from .workload import act, action_for

STEPS = 3


@workload("eventful")
def eventful(run: WorkloadRun) -> None:
    """Capture metrics, a stepped metric, two artifacts and lines of a log, all of which follow from params and seed."""
    action = action_for(run.params)
    number = run.params["n"]
    value = {"n": number, "draw": run.seeds.rng("eventful").random()}
    run.capture_metrics(square=number**2)
    run.capture.log(f"case {number} begins")
    run.produced.series["loss"] = [(step, number / (step + 1)) for step in range(STEPS)]
    for step, loss in run.produced.series["loss"]:
        run.capture.metric("loss", loss, step=step)
    if action == "debug":
        run.produced.artifacts["debug"] = digest({"left": "behind"})
        run.capture.artifact("debug", {"left": "behind"}, kind="json")
    for name in ("value", "again"):  # one before what the script says, one after it
        run.produced.artifacts[name] = digest(value)
        run.capture.artifact(name, value, kind="json")
        act(action)
    run.capture.log(f"case {number} ends")
