"""Records: what a store keeps of a run, and those that an operation may return."""

from datetime import UTC, datetime, timedelta

import metalab
from metalab import ArtifactDescriptor, Provenance, RunRecord, Status


@metalab.operation
def returning(params, capture) -> RunRecord:
    capture.metric("captured", params["n"])
    if params["n"] == 1:
        return RunRecord.success(metrics={"returned": 1, "captured": 100}, tags=["good"])
    if params["n"] == 2:
        return RunRecord.failed(
            error_type="Odd", error_message="not good", error_traceback="here", metrics={"returned": 2}
        )
    if params["n"] == 3:
        return RunRecord.cancelled(metrics={"returned": 3})
    return None


sweep = metalab.Experiment(
    name="records",
    version="1",
    context={},
    operation=returning,
    params=metalab.grid(n=[1, 2, 3, 4]),
    seeds=metalab.seeds(base=1),
)
results = metalab.run(sweep, store="./runs", verbose=False).result()
for run in sorted(results, key=lambda one: one.params["n"]):
    print(run.status.value, sorted(run.metrics.items()), list(run.tags))

now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
then = now + timedelta(seconds=2)
made = [
    RunRecord.success(
        run_id="r",
        experiment_id="e:1",
        context_fingerprint="c",
        params_fingerprint="p",
        seed_fingerprint="s",
        started_at=now,
        finished_at=then,
        metrics={"a": 1},
        provenance=Provenance(code_hash="abc"),
        params_resolved={"n": 1},
        tags=["x"],
        artifacts=[],
        notes="a note",
    ),
    RunRecord.failed(
        run_id="r",
        experiment_id="e:1",
        context_fingerprint="c",
        params_fingerprint="p",
        seed_fingerprint="s",
        started_at=now,
        finished_at=then,
        error_type="T",
        error_message="m",
        error_traceback="t",
        metrics={"b": 2},
        provenance=None,
        params_resolved={"n": 2},
        tags=["y"],
        artifacts=[],
    ),
    RunRecord.cancelled(
        run_id="r",
        experiment_id="e:1",
        context_fingerprint="c",
        params_fingerprint="p",
        seed_fingerprint="s",
        started_at=now,
        finished_at=then,
        metrics={"c": 3},
        provenance=None,
        params_resolved={"n": 3},
        tags=["z"],
    ),
    RunRecord.running(
        run_id="r",
        experiment_id="e:1",
        context_fingerprint="c",
        params_fingerprint="p",
        seed_fingerprint="s",
        started_at=now,
        provenance=Provenance(code_hash="abc"),
        params_resolved={"n": 4},
        tags=["w"],
    ),
    RunRecord.success(),
]
for record in made:
    print(
        record.run_id,
        record.experiment_id,
        record.status.value,
        record.metrics,
        list(record.tags),
        record.params_resolved,
    )
    print(record.context_fingerprint, record.params_fingerprint, record.seed_fingerprint, list(record.artifacts))
print([int(record.duration_ms) for record in made[:3]], made[0].started_at == now, made[0].finished_at == then)
print(made[1].error["type"], made[1].error["message"], made[0].error, made[3].provenance.code_hash)
print([status.value for status in Status], Status("failed") is Status.FAILED, Status.SUCCESS == "success")

print(Status.SUCCESS.value, Status.FAILED.value, Status.CANCELLED.value, Status.RUNNING.value)

by_hand = RunRecord(
    run_id="r",
    experiment_id="e:1",
    status=Status.SUCCESS,
    context_fingerprint="c",
    params_fingerprint="p",
    seed_fingerprint="s",
    started_at=now,
    finished_at=then,
    duration_ms=2000,
    metrics={"a": 1},
    provenance=Provenance(code_hash="abc"),
    error=None,
    params_resolved={"n": 1},
    tags=[],
    warnings=[],
    notes=None,
    artifacts=[],
)
print(by_hand.metrics, by_hand.duration_ms, by_hand.provenance.code_hash)

kept = results.records[0]
provenance = kept.provenance
print(isinstance(kept, RunRecord), isinstance(provenance, Provenance), len(provenance.code_hash) >= 16)
print(
    [isinstance(text, str | None) for text in (provenance.python_version, provenance.metalab_version, provenance.host)]
)
print(isinstance(provenance.executor_id, str | None), isinstance(provenance.extra, dict))
print(bool(made[0].notes), len(kept.warnings), kept.error, len(kept.artifacts))
print(isinstance(ArtifactDescriptor, type))
