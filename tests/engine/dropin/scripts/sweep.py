"""A sweep from its definition to its end: operation, experiment, executors, handle, status."""

import metalab
from metalab import ProcessExecutor, ThreadExecutor


@metalab.operation
def half(params, capture):
    if params["n"] == 3:
        raise ValueError("three has no half here")
    capture.metric("half", params["n"] / 2)


@metalab.operation(name="by another name")
def named(context, params, seeds, runtime, capture):
    capture.metric("sum", context["offset"] + params["n"])


def experiment(name, operation=half, numbers=(1, 2, 3, 4)):
    return metalab.Experiment(
        name=name,
        version="1.0",
        context={"offset": 10},
        operation=operation,
        params=metalab.grid(n=list(numbers)),
        seeds=metalab.seeds(base=42, replicates=2),
        description="halves",
        tags=["example"],
        param_resolver=None,
        metadata={"author": "somebody"},
    )


class Kept:
    """What an operation that is called by hand captures into."""

    def metric(self, name, value):
        print("kept", name, value)


def counts(status):
    return [status.total, status.completed, status.failed, status.skipped, status.running, status.pending]


if __name__ == "__main__":
    print(half.name, named.name, half.ref, isinstance(half, metalab.OperationWrapper), len(half.code_hash) > 8)
    half.run(context={}, params={"n": 5}, seeds=None, runtime=None, capture=Kept())
    sweep = experiment("halves")
    print(sweep.experiment_id, sweep.description, list(sweep.tags), dict(sweep.metadata), sweep.param_resolver)

    handle = metalab.run(sweep, store="./runs", verbose=False)
    results = handle.result(timeout=60)
    print("one thread", len(results), len(results.successful), len(results.failed))
    print(counts(handle.status), handle.status.done, handle.status.in_flight, handle.is_complete)
    print(isinstance(handle.status, metalab.RunStatus), isinstance(handle, metalab.LocalRunHandle), bool(handle.job_id))
    print(metalab.RunStatus(total=9, completed=1, running=2, pending=3, failed=1, skipped=2).done)
    print(handle.can_reconnect, handle.reconnect_locator)

    again = metalab.run(sweep, store="./runs", resume=True, progress=None, verbose=False)
    print("resumed", len(again.result()), counts(again.status)[3:4])
    anew = metalab.run(sweep, store="./runs", resume=False, progress=False, verbose=False)
    print("anew", len(anew.result()), counts(anew.status)[:4])

    with ThreadExecutor(max_workers=2) as executor:
        named_sweep = experiment("named", named)
        found = metalab.run(named_sweep, store="./runs", executor=executor, verbose=False).result()
        print("threads", sorted(run.metrics["sum"] for run in found))
    executor = ProcessExecutor(max_workers=2)
    found = metalab.run(experiment=experiment("processes"), store="./runs", executor=executor, verbose=False).result()
    print("processes", sorted(run.metrics["half"] for run in found.successful))
    executor.shutdown(wait=True)
    ThreadExecutor().shutdown()
    ProcessExecutor().shutdown()

    print(metalab.resolve_executor("local", {"workers": 1}))
    resolved = metalab.resolve_executor(platform="local", overrides={"workers": 2})
    print(type(resolved).__name__)
    resolved.shutdown()

    default = metalab.run(experiment("default", numbers=[1]), verbose=False)
    default.result()
    print("default store", len(metalab.load_results("./experiments/default_1.0")))
    quiet = metalab.run(experiment("none", numbers=[1]), file_root=None, store="./runs", verbose=False)
    quiet.cancel()
    quiet.result()
    print(metalab.__version__.count("."))
