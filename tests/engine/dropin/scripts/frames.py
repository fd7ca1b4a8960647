"""Results as tables: rows, data frames with the columns that are asked for, CSV files."""

import contextlib
import csv
import io
import warnings
from pathlib import Path

import metalab
import numpy as np


@metalab.operation
def fitted(params, capture):
    capture.metric("loss", 1.0 / params["n"])
    if params["n"] == 1:
        capture.metric("only_first", 5)
    else:
        capture.artifact("history", np.arange(float(params["n"])))


def last(run):
    return {"last": float(run.artifact("history")[-1])}


def reduced(history):
    return {"highest": float(history.max())}


def with_run(history, run):
    return {"product": float(history[-1]) * run.params["n"]}


def refused(history):
    raise ValueError("as planned")


sweep = metalab.Experiment(
    name="frames",
    version="1",
    context={},
    operation=fitted,
    params=metalab.grid(n=[1, 2, 3]),
    seeds=metalab.seeds(base=1),
)
results = metalab.run(sweep, store="./runs", verbose=False).result()
rows = sorted(results.table(), key=lambda row: row["loss"])
print(len(rows), [round(row["loss"], 3) for row in rows], {row["status"] for row in rows}, rows[0]["tags"] == "")
names = ("run_id", "experiment_id", "duration_ms", "started_at", "finished_at", "context_fingerprint")
print(all(name in rows[0] for name in (*names, "params_fingerprint", "seed_fingerprint")))
print(results.table(as_dataframe=True).sort_values("loss")["only_first"].iloc[-1] == 5)

frame = results.to_dataframe().sort_values("param_n")
print(frame["param_n"].tolist(), frame["loss"].round(3).tolist(), frame["status"].tolist())
print("loss" in results.to_dataframe(include_metrics=False), "param_n" in results.to_dataframe(include_params=False))
print("run_id" in results.to_dataframe(include_record=False))

results.compute_derived([lambda run: {"double": 2 * run.params["n"]}])
kept = results.to_dataframe(include_derived=True, progress=False).sort_values("param_n")
print(kept["derived_double"].tolist())
with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(io.StringIO()):
    warnings.simplefilter("always")
    more = results.to_dataframe(
        derived_metrics=[last],
        artifact_reducers={"history": reduced},
        progress=True,
    ).sort_values("param_n")
print(len(warned) > 0)
print(more["last"].fillna(-1).tolist(), more["highest"].fillna(-1).tolist())
both = results.to_dataframe(artifact_reducers={"history": with_run}).sort_values("param_n")
print(both["product"].fillna(-1).tolist())
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    results.to_dataframe(artifact_reducers={"history": refused})
    print(len(warned), "as planned" in str(warned[0].message))

written = results.to_csv("table.csv")
print(Path(written).name, len(list(csv.DictReader(Path(written).read_text().splitlines()))))
print("context_fingerprint" in Path("table.csv").read_text())
results.to_csv(path="full.csv", include_fingerprints=True)
print("context_fingerprint" in Path("full.csv").read_text())
print(Path(results.to_csv("timed.csv", timestamp=True)).name.startswith("timed_"))
inside = Path(results.to_csv("a new folder"))
print(inside.parent.name, inside.name.startswith("results_"), inside.suffix)
