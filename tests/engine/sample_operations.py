"""Operations and experiments of the tests of the run path; worker processes import them by their names."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_optbench.engine as metalab
from pytest_optbench.engine.executors.channel import Reporter

WITNESS = "SAMPLE_WITNESS"  # environment variable: a file that gets a line for every execution


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even its message")


class UnpicklableError(Exception):
    def __reduce__(self) -> Any:
        raise RuntimeError("it stays here")


def witness(line: str) -> None:
    """Append a line to the witness, with one write."""
    descriptor = os.open(os.environ[WITNESS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(descriptor, f"{line}\n".encode())
    os.close(descriptor)


def witnessed(path: Path) -> list[str]:
    """The lines of a witness, none if there is none yet."""
    return path.read_text().splitlines() if path.exists() else []


def open_files() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[int]:
    """The processes that this one has started and not yet buried."""
    found: set[int] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            found.update(map(int, (task / "children").read_text().split()))
    return found


def _raise(error: BaseException) -> None:
    raise error


def _recurse() -> None:
    _recurse()


def _fork_and_return() -> None:
    child = os.fork()
    if child:
        os.waitpid(child, 0)


FATES: Mapping[str, Callable[[], object]] = {
    "well": lambda: None,
    "error": lambda: _raise(ValueError("as planned")),
    "sys.exit": lambda: sys.exit(3),
    "interrupt": lambda: _raise(KeyboardInterrupt()),
    "base": lambda: _raise(BaseException("the base of all")),
    "generator": lambda: _raise(GeneratorExit()),
    "huge": lambda: _raise(ValueError("x" * 5_000_000)),
    "unprintable": lambda: _raise(UnprintableError()),
    "unpicklable": lambda: _raise(UnpicklableError("local")),
    "surrogate": lambda: _raise(ValueError("\ud800")),
    "recursion": _recurse,
    # what only a process of its own survives
    "os._exit": lambda: os._exit(7),
    "os._exit(0)": lambda: os._exit(0),
    "SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "SIGSEGV": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "closes all": lambda: os.closerange(3, 256),
    "fork returns": _fork_and_return,
}


@metalab.operation
def noop() -> None:
    """Nothing."""


FACTOR = 2


@metalab.operation
def scaled(params: Any, capture: Any) -> None:
    """Keep the sum of `n` and a number of this module."""
    capture.metric("scaled", params["n"] + FACTOR)


@metalab.operation
def square(params: Any, capture: Any) -> None:
    """Keep the square of `n`."""
    capture.metric("square", params["n"] ** 2)


@metalab.operation
def cube(params: Any, capture: Any) -> None:
    """Keep the cube of `n`."""
    capture.metric("cube", params["n"] ** 3)


@metalab.operation
def fated(params: Any, capture: Any) -> None:
    """Say that it runs, keep a metric, and end as `fate` says."""
    witness(str(params["n"]))
    capture.metric("n", params["n"])
    FATES[params["fate"]]()


@metalab.operation
def paced(params: Any) -> None:
    """Say that it runs, and take `seconds`."""
    witness(f"{params['n']} begins")
    time.sleep(params["seconds"])
    witness(f"{params['n']} ends")


@metalab.operation
def patient(params: Any, runtime: Any) -> None:
    """Say that it runs, and wait for the cancellation of the sweep, against a hang no longer than a minute."""
    witness(str(params["n"]))
    if runtime.cancel_token.wait(60.0):
        runtime.check_cancelled()


@metalab.operation
def meeting(params: Any) -> None:
    """End once `parties` runs are under way at the same moment; fail after a minute."""
    _meet(params)


@metalab.operation
def parting(params: Any) -> None:
    """Die as number 0, or take half a second more, once `parties` runs are under way at the same moment."""
    _meet(params)
    if params["n"] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.5)


@metalab.operation
def lingering(params: Any) -> None:
    """Leave a thread behind as `threaded` does, once `parties` runs are under way at the same moment."""
    _meet(params)
    threading.Thread(target=threading.Event().wait, daemon=False).start()


def _meet(params: Any) -> None:
    witness(str(params["n"]))
    deadline = time.monotonic() + 60.0
    while len(witnessed(Path(os.environ[WITNESS]))) < params["parties"]:
        if time.monotonic() > deadline:
            raise TimeoutError("nobody came")
        time.sleep(0.005)


@metalab.operation
def nesting(params: Any, context: Any, capture: Any) -> None:
    """Run a sweep of its own, on an executor of the kind that the context names."""
    inner = experiment(square, 3, name=f"inner{params['n']}")
    found = metalab.run(inner, store=context["store"], executor=EXECUTORS[context["executor"]]()).result(60.0)
    capture.metric("inner", [run.metrics["square"] for run in found])


@metalab.operation
def disturbing(params: Any, context: Any, runtime: Any, capture: Any) -> None:
    """Keep what it was given, then change it in place."""
    given = (params["items"], context["items"], runtime.metadata["items"])
    capture.metric("seen", [list(items) for items in given])
    for items in given:
        items.append("changed")


@metalab.operation
def seeing(context: Any, capture: Any) -> None:
    """Keep what the context holds."""
    capture.metric("seen", [context["items"][0], float(context["array"][0])])


@metalab.operation
def telling(params: Any, runtime: Any, capture: Any) -> None:
    """Use everything there is to capture."""
    runtime.logger.info("run %d logs", params["n"])
    (runtime.scratch_dir / "note").write_text("scratch")
    capture.metric("n", params["n"])
    capture.metric("status", "mine")
    capture.metric("loss", 1.5, step=3)
    capture.metric("loss", 0.5, step=4)
    capture.artifact("summary", {"n": params["n"]})
    capture.text("report", "a text")


@metalab.operation
def silencing(params: Any) -> None:
    """Leave a thread behind as `threaded` does, in a worker that cannot tell any more what becomes of it."""
    threading.Thread(target=threading.Event().wait, daemon=False).start()
    Reporter.put = lambda *report, **how: _raise(OSError("no pipe"))  # type: ignore[method-assign]


@dataclass
class Deadly:
    """Kills another process that unpacks it, each time or once, after it has said so."""

    n: int
    once: bool = False
    home: int = field(default_factory=os.getpid)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        line = f"{self.n} kills"
        if os.getpid() != self.home and not (self.once and line in witnessed(Path(os.environ[WITNESS]))):
            witness(line)
            os._exit(9)


@metalab.operation
def forking(params: Any, capture: Any) -> None:
    """Keep the code with which a forked child ends that exits with `code`."""
    child = os.fork()
    if not child:
        sys.exit(params["code"])
    capture.metric("code", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


@metalab.operation
def moving(runtime: Any, capture: Any) -> None:
    """Keep where it is, and go into the scratch folder."""
    capture.metric("at", str(Path.cwd()))
    os.chdir(runtime.scratch_dir)


@metalab.operation
def logging_to(context: Any, capture: Any) -> None:
    """Keep what is sent to the logger that the context names, and send a line."""
    capture.subscribe_logger(context["logger"])
    logging.getLogger(context["logger"]).info("hello")


@metalab.operation
def threaded(params: Any) -> None:
    """Leave a thread behind that waits for what never comes."""
    threading.Thread(target=threading.Event().wait, daemon=False).start()


def powers(run: metalab.Run) -> dict[str, int]:
    """Derive two metrics from a run."""
    return {"square": run.params["n"] ** 2, "cube": run.params["n"] ** 3}


EXECUTORS: Mapping[str, Callable[[], Any]] = {
    "inline": metalab.InlineExecutor,
    "thread": lambda: metalab.ThreadExecutor(1),
    "threads": lambda: metalab.ThreadExecutor(2),
    "process": lambda: metalab.ProcessExecutor(1),
    "processes": lambda: metalab.ProcessExecutor(2),
}


def experiment(operation: Any, cases: int | Iterable[Mapping[str, Any]], name: str = "sample", **parts: Any) -> Any:
    """An experiment of so many cases `n`, or of these cases."""
    listed = [{"n": n} for n in range(cases)] if isinstance(cases, int) else list(cases)
    params = parts.pop("params", None) or metalab.manual(listed)
    whole = {"context": None, "params": params, "seeds": metalab.seeds(0, 1), **parts}
    return metalab.Experiment(name=name, version="1", operation=operation, **whole)


@metalab.operation(name="collecting")
def collecting(capture: Any) -> None:
    """Tell whether the process collects garbage."""
    capture.metric("collects", gc.isenabled())
