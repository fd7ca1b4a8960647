"""Results and runs: selections, members, artifacts, and what is known of the experiment."""

import metalab


@metalab.operation
def graded(params, seeds, capture):
    """Fail for one of the numbers."""
    capture.metric("grade", "even" if params["n"] % 2 == 0 else "odd")
    capture.metric("value", params["n"] * 1.5)
    capture.artifact("summary", {"n": params["n"]})
    if params["n"] == 3:
        raise RuntimeError("not this one")


sweep = metalab.Experiment(
    name="graded",
    version="2.1",
    context={},
    operation=graded,
    params=metalab.grid(n=[1, 2, 3, 4]),
    seeds=metalab.seeds(base=1),
    description="numbers with grades",
    tags=["school"],
    metadata={"room": 7},
)
results = metalab.run(sweep, store="./runs", verbose=False).result()
print(isinstance(results, metalab.Results), len(results), len(results.runs), len(results.records), len(list(results)))
print(len(results[1:3]), isinstance(results[0], metalab.Run), len(results.successful), len(results.failed))
print(sorted(run.params["n"] for run in results.filter(grade="even")), len(results.filter(status="failed")))
print(
    len(results.filter("success", grade="odd")),
    len(results.filter(tags=[])),
    len(results.filter(status=metalab.Status.FAILED)),
)

run = results.filter(value=3.0)[0]
print(run.experiment_id, run.status is metalab.Status.SUCCESS, run.params, sorted(run.metrics.items()), run.error)
print(run.started_at <= run.finished_at, run.duration_ms >= 0, run.record.run_id == run.run_id)
print(
    all(len(text) >= 16 for text in (run.run_id, run.context_fingerprint, run.params_fingerprint, run.seed_fingerprint))
)
print([one.name for one in run.artifacts()], run.artifact("summary"), results.load(run.run_id, "summary"))
print(results.load(run_id=run.run_id, artifact_name="summary"), list(run.list_data()), run.derived)

failed = results.failed[0]
print(failed.error["type"], failed.error["message"], "Traceback" in failed.error["traceback"], failed.metrics["value"])
print(failed.artifact("summary"))

about = run.experiment
print(isinstance(about, metalab.ExperimentInfo), about.experiment_id, about.name, about.version)
print(about.description, dict(about.metadata), list(about.tags))
print(
    metalab.ExperimentInfo.from_experiment_id("a:1").version, metalab.ExperimentInfo.from_manifest({"name": "b"}).name
)

made = metalab.ExperimentInfo(
    experiment_id="a:1", name="a", version="1", description="d", metadata={"m": 1}, tags=["t"]
)
print(made.experiment_id, made.name, made.version, made.description, made.metadata, list(made.tags))
again = metalab.Run(record=run.record, store=results.store)
print(again.run_id == run.run_id, again.artifact("summary") == run.artifact(name="summary"))

summary = results.summary()
print(summary["total_runs"], summary["by_status"], summary["min_duration_ms"] <= summary["max_duration_ms"])
print(summary["avg_duration_ms"] >= 0)

for loaded in (
    metalab.load_results("./runs/graded_2.1"),
    metalab.load_results(store="./runs/graded_2.1", experiment_id="graded:2.1"),
    metalab.Results.from_store(results.store),
    metalab.Results.from_store(store=results.store, experiment_id="graded:2.1"),
):
    print(len(loaded), sorted(one.params["n"] for one in loaded.successful))
try:
    results.load("f" * 32, "summary")
except FileNotFoundError:
    print("no such run")
