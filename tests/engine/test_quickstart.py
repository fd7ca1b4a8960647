"""What a first script does with metalab, done with the engine under that name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TIMEOUT = 120  # seconds, against a hang

UNDER_THAT_NAME = "import sys, pytest_optbench.engine\nsys.modules[__name__] = pytest_optbench.engine\n"

FIRST = """
import json
import metalab

@metalab.operation
def dice(params, seeds, capture):
    rolls = seeds.numpy().integers(1, 7, params["rolls"])
    capture.metric("mean", rolls.mean())
    capture.log("rolled")

experiment = metalab.Experiment(
    name="dice", version="1", context={}, operation=dice,
    params=metalab.grid(rolls=[10, 100]), seeds=metalab.seeds(base=7, replicates=3),
)

if __name__ == "__main__":
    results = metalab.run(experiment%s).result()
    table = results.to_dataframe()
    print(json.dumps([table[column].tolist() for column in ("param_rolls", "mean", "status", "run_id")]))
"""

MORE = """
import json
import metalab
import numpy as np

@metalab.context_spec
class Data:
    source: metalab.FilePath
    scale: float = 2.0

def resolve(context_meta, params_raw):
    return {**params_raw, "scaled": params_raw["x"] * context_meta["scale"]}

@metalab.operation(name="fit")
def fit(context, params, seeds, runtime, capture):
    with open(str(context.source)) as file:
        capture.text("source", file.read())
    runtime.check_cancelled()
    (runtime.scratch_dir / "a").write_text("b")
    capture.file("scratch", runtime.scratch_dir / "a")
    capture.log_metrics({"scaled": params["scaled"], "seed": seeds.derive("model")})
    for step in range(3):
        capture.metric("loss", 1.0 / (step + 1), step=step)
    capture.data("matrix", np.eye(2))
    capture.artifact("weights", np.arange(3.0), kind="numpy")

def several(run):
    return {"trace": float(run.data("matrix").trace())}

source = metalab.with_resolver(
    metalab.grid_union(metalab.random({"x": metalab.uniform(0, 1)}, n_trials=2, seed=1), metalab.manual([{"x": 5}])),
    resolve,
)
experiment = metalab.Experiment(
    name="fit", version="0.1", description="more", tags=["a"], metadata={"who": "me"}, operation=fit,
    context=Data(source=metalab.FilePath("data.txt")), params=source, seeds=metalab.seeds(3, 1),
)

if __name__ == "__main__":
    kinds = []
    handle = metalab.run(
        experiment, store="./here", executor=metalab.ThreadExecutor(max_workers=2), verbose=False,
        on_event=lambda event: kinds.append(str(event.kind)), derived_metrics=[several],
    )
    results = handle.result(timeout=60)
    again = metalab.run(experiment, store=metalab.FileStoreConfig(root="./here"))
    again.result()
    results.to_csv("table.csv")
    read = metalab.load_results("./here", experiment.experiment_id)
    assert len(read) == len(read.successful) == len(results) == len(results.table()) == len(results.table(True)) == 3
    assert read.filter(x=5)[0].metrics["scaled"] == 10.0 and not len(read.failed)
    assert results[2].artifact("weights").tolist() == [0.0, 1.0, 2.0] and results[2].artifact("scratch") == b"b"
    assert results[2].artifact("source") == "content" and results[2].tags == ("a",)
    assert metalab.FileStore("./here").list_run_records()[0].status is metalab.Status.SUCCESS
    print(json.dumps([again.status.skipped, results[0].derived["trace"], sorted(set(kinds))]))
"""


def said_by(folder: Path, script: str) -> Any:
    (folder / "metalab.py").write_text(UNDER_THAT_NAME)
    (folder / "data.txt").write_text("content")
    (folder / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("executor", ["", ", executor=metalab.ProcessExecutor(max_workers=2)"])
def test_the_first_script_runs_and_repeats_itself(tmp_path: Path, executor: str) -> None:
    said = said_by(tmp_path, FIRST % executor)
    assert said == said_by(tmp_path, FIRST % "")
    rolls, means, statuses, run_ids = said
    assert rolls == [10] * 3 + [100] * 3
    assert len(set(run_ids)) == 6
    assert all(1 <= mean <= 6 for mean in means)
    assert len(set(means)) > 1
    assert set(statuses) == {"success"}
    assert sorted(one.name for one in (tmp_path / "experiments").iterdir()) == ["dice_1"]


def test_a_script_that_uses_most_of_the_interface(tmp_path: Path) -> None:
    skipped, trace, kinds = said_by(tmp_path, MORE)
    assert (skipped, trace) == (3, 2.0)
    assert {"run_started", "run_finished", "artifact_saved", "progress"} <= set(kinds)
    assert (tmp_path / "table.csv").read_text().startswith("run_id,")
