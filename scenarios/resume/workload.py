"""An operation that follows a script, a file that says which runs fail, wait or kill their process.

The script is not part of the params, so a run that failed and is started again is the same run.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.target import digest, load_target
from pytest_optbench.workloads.workload import WorkloadRun, workload

_TARGET = load_target()
_REAL_EXIT = os._exit  # while a sweep is driven, `os._exit` raises instead: a metalab must not end the session


@workload("scripted")
def scripted(run: WorkloadRun) -> None:
    """Capture a metric and an artifact that follow from `params["n"]`, unless the script says otherwise.

    The file `params["script"]` maps the text of `n` to an action: `kill` (its own process), `exit-CODE` (without
    saying so), the name of a signal, `sleep-SECONDS`, or `debug` (capture an artifact, then raise).
    """
    action = action_for(run.params)
    value = {"n": run.params["n"], "draw": run.seeds.rng("scripted").random()}
    run.capture_metrics(square=run.params["n"] ** 2)
    if action == "debug":
        run.produced.artifacts["debug"] = digest({"left": "behind"})
        run.capture.artifact("debug", {"left": "behind"}, kind="json")
    act(action)
    run.produced.artifacts["value"] = digest(value)
    run.capture.artifact("value", value, kind="json")


def write_script(path: Path, actions: Mapping[int | str, str]) -> None:
    """Write the actions of the runs with these `n`; all other runs do their work."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({str(n): action for n, action in actions.items()}), encoding="utf-8")
    partial.replace(path)


def action_for(params: Mapping[str, Any]) -> str:
    """The action of a run according to the script, "" for its work."""
    path = Path(params["script"])
    actions: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    return actions.get(str(params["n"]), actions.get("*", ""))


def act(action: str) -> None:
    """Do what a script says."""
    if action.startswith("sleep-"):
        time.sleep(float(action.removeprefix("sleep-")))
    elif action == "debug":
        raise ValueError("scripted, after it left an artifact behind")
    elif action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action.startswith("exit-"):
        _REAL_EXIT(int(action.removeprefix("exit-")))
    elif action in signal.Signals.__members__:
        signal.raise_signal(signal.Signals[action])  # before this thread goes on
