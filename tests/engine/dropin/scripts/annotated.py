"""Every type that annotations name; they are looked up when a module is imported."""

import metalab


class Recording:
    """What a program of one's own may hold, with the types of what it holds."""

    results: metalab.Results
    runs: list[metalab.Run]
    handle: metalab.RunHandle
    local: metalab.LocalRunHandle
    status: metalab.RunStatus
    executor: metalab.Executor
    threads: metalab.ThreadExecutor
    processes: metalab.ProcessExecutor
    store: metalab.Store
    files: metalab.FileStore
    config: metalab.StoreConfig
    file_config: metalab.FileStoreConfig
    experiment: metalab.Experiment
    about: metalab.ExperimentInfo
    operation: metalab.OperationWrapper
    source: metalab.ParamSource
    case: metalab.ParamCase
    resolver: metalab.ParamResolver
    grid: metalab.GridSource
    drawn: metalab.RandomSource
    listed: metalab.ManualSource
    resolved: metalab.ResolvedSource
    bundle: metalab.SeedBundle
    plan: metalab.SeedPlan
    record: metalab.RunRecord
    described: metalab.ArtifactDescriptor
    provenance: metalab.Provenance
    event: metalab.Event
    kind: metalab.EventKind
    callback: metalab.EventCallback
    tracker: metalab.ProgressTracker
    simple: metalab.SimpleProgressTracker
    progress: metalab.Progress
    display: metalab.MetricDisplay
    token: metalab.CancellationToken
    context: metalab.ContextSpec
    frozen: metalab.FrozenContext
    file: metalab.FilePath
    folder: metalab.DirPath
    own: metalab.Fingerprintable


@metalab.operation
def annotated(
    context: metalab.FrozenContext,
    params: dict,
    seeds: metalab.SeedBundle,
    runtime: metalab.Runtime,
    capture: metalab.Capture,
) -> metalab.RunRecord | None:
    capture.metric("types", len(Recording.__annotations__))


sweep: metalab.Experiment = metalab.Experiment(
    name="annotated",
    version="1",
    context={},
    operation=annotated,
    params=metalab.grid(n=[1]),
    seeds=metalab.seeds(base=1),
)
print(metalab.run(sweep, store="./runs", verbose=False).result()[0].metrics)
