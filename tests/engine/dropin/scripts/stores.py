"""Stores: configurations, the folder of an experiment, logs, manifests, copies of a store."""

from pathlib import Path

import metalab
from metalab import FileStoreConfig, StoreConfig
from metalab.store import create_store, export_store, parse_to_config


@metalab.operation
def noted(params, capture):
    capture.log(f"number {params['n']}")
    capture.metric("n", params["n"])
    capture.artifact("summary", {"n": params["n"]})
    capture.metric("curve", 0.5, step=1)
    capture.data("scores", {"a": params["n"]})


def sweep(name):
    return metalab.Experiment(
        name=name,
        version="1",
        context={},
        operation=noted,
        params=metalab.grid(n=[1, 2]),
        seeds=metalab.seeds(base=1),
        metadata={"who": "me"},
    )


config = FileStoreConfig(root="./runs")
print(isinstance(config, StoreConfig), Path(config.root).is_absolute(), config.is_scoped, config.experiment_id)
handle = metalab.run(sweep("first"), store=config, verbose=False)
results = handle.result()
metalab.run(sweep("second"), store="./runs", verbose=False).result()
print(config.list_experiments())

scoped = config.scoped("first:1")
print(scoped.experiment_id, scoped.is_scoped, config.for_experiment(experiment_id="second:1").experiment_id)
print(FileStoreConfig(root="./runs", experiment_id="first:1") == scoped, scoped.scoped("first:1") == scoped)
for wrong in (lambda: scoped.scoped("second:1"), scoped.list_experiments):
    try:
        wrong()
    except ValueError:
        print("refused")
described = scoped.to_dict()
print(
    sorted(set(described) & {"root", "experiment_id", "_type"}),
    described["_type"],
    StoreConfig.from_dict(described) == scoped,
)
print(parse_to_config("./runs") == config, parse_to_config("./runs", experiment_id="first:1") == scoped)

for store in (handle.store, results.store, scoped.connect(), metalab.FileStore(config).scoped("first:1")):
    print(store.root.name, store.get_working_directory() == store.root, len(store.list_run_records()))
store: metalab.Store = create_store("./runs", experiment_id="first:1")
print(store.is_scoped, store.config == scoped, len(store.list_run_records(experiment_id="first:1")))
record = min(store.list_run_records(), key=lambda one: one.params_resolved["n"])
run_id = record.run_id
print(
    record.params_resolved, store.run_exists(run_id), store.get_run_record(run_id).metrics, store.run_exists("f" * 32)
)
print([one.name for one in store.list_artifacts(run_id)], store.get_artifact(store.list_artifacts(run_id)[0].uri)[:1])
print(store.get_log(run_id, "run").strip().endswith("number 1"), store.list_logs(run_id), store.get_log(run_id, "none"))
print(sorted(store.list_results(run_id)), store.get_result(run_id, "scores")["data"], store.get_result(run_id, "none"))
print(
    store.get_result(run_id, "curve")["metadata"], [list(point) for point in store.get_result(run_id, "curve")["data"]]
)
manifest = store.get_experiment_manifest("first:1")
print(
    manifest["name"], manifest["version"], manifest["metadata"], manifest["total_runs"], manifest["operation"]["name"]
)
print(
    manifest["experiment_id"],
    manifest["params"]["total_cases"],
    manifest["seeds"]["base"],
    bool(manifest["submitted_at"]),
)
print(store.get_experiment_manifest(experiment_id="other:1"), FileStoreConfig.scheme)
store.put_experiment_manifest(experiment_id="first:1", manifest={**manifest, "description": "by hand"})
print(store.get_experiment_manifest("first:1")["experiment_id"])

target = FileStoreConfig(root="./copy", experiment_id="first:1").connect()
seen = []
counts = export_store(
    source=store,
    destination=target,
    experiment_id="first:1",
    include_derived=True,
    include_logs=True,
    include_artifacts=False,
    overwrite=False,
    progress_callback=lambda done, total: seen.append((done, total)),
)
print(counts["runs"], counts["logs"], counts["artifacts"], seen)
copied = metalab.load_results(FileStoreConfig(root="./copy", experiment_id="first:1"))
print(sorted(run.metrics["n"] for run in copied))
print(export_store(store, target, experiment_id="first:1")["runs"])

store.delete_run(run_id)
print(len(store.list_run_records()), store.run_exists(run_id))
