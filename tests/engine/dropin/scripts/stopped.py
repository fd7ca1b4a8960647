"""Stopping: what an operation may ask while it runs, cancelling a sweep, waiting no longer than one likes."""

import time
from pathlib import Path

import metalab
from metalab import CancellationToken, CancelledError, Runtime


@metalab.operation
def asking(params, runtime: Runtime, capture):
    (Path(runtime.scratch_dir)).mkdir(parents=True, exist_ok=True)
    (Path(runtime.scratch_dir) / "part").write_text("work")
    capture.metric("scratch", (Path(runtime.scratch_dir) / "part").read_text())
    capture.metric("author", runtime.metadata["author"])
    capture.metric("cancelled", bool(runtime.cancel_token.is_cancelled()))
    capture.metric("waited", bool(runtime.cancel_token.wait(timeout=0.0)))
    runtime.check_cancelled()
    runtime.logger.debug("asked")


@metalab.operation
def giving_up(params):
    raise CancelledError("enough")


@metalab.operation
def slow(params):
    time.sleep(0.3)


def sweep(operation, numbers=(1,)):
    return metalab.Experiment(
        name=operation.name,
        version="1",
        context={},
        operation=operation,
        params=metalab.grid(n=list(numbers)),
        seeds=metalab.seeds(base=1),
        metadata={"author": "somebody"},
    )


run = metalab.run(sweep(asking), store="./runs", verbose=False).result()[0]
print(run.status.value, sorted(run.metrics.items()))
gave_up = metalab.run(sweep(giving_up), store="./runs", verbose=False).result()[0]
print(gave_up.status.value, gave_up.error["message"])

token = CancellationToken()
print(token.is_cancelled(), token.wait(0.0))
token.cancel()
print(token.is_cancelled(), token.wait(timeout=0.0), bool(token.is_cancelled))

handle = metalab.run(
    sweep(slow, range(20)), store="./runs", executor=metalab.ThreadExecutor(max_workers=1), verbose=False
)
print(handle.is_complete)
try:
    handle.result(timeout=0.05)
except TimeoutError:
    print("not over yet")
handle.cancel()
deadline = time.monotonic() + 60
while not handle.is_complete and time.monotonic() < deadline:
    time.sleep(0.05)
print(handle.is_complete, handle.status.completed < 20)
