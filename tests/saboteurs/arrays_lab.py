"""The embedded engine with job arrays on SLURM: a task does a chunk of cases, and notes what they came to.

Everything of a submission is in a folder of its own, so that sweeps that wait at once do not meet. Saboteurs replace
parts of it.
"""

from __future__ import annotations

import json
import pickle
import shlex
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403

LOST = "lost"
WORKER = __name__  # the module whose `work` a task calls


@dataclass
class SlurmConfig:
    """What is asked of the cluster for each task."""

    partition: str = "short"
    time: str = "0:10:00"
    cpus: int = 1
    memory: str = "100M"
    max_concurrent: int = 8
    max_array_size: int = 10_000
    chunk_size: int = 1
    setup: list[str] = field(default_factory=list)


class SlurmExecutor:
    """Submits arrays; it owns nothing."""

    def __init__(self, config: SlurmConfig) -> None:
        self.config = config


@dataclass
class Status:
    """The runs of a sweep by what they came to."""

    total: int
    completed: int
    failed: int
    running: int
    pending: int
    skipped: int = 0


class ArrayHandle:
    """A sweep on the cluster, by the folder of its submission; any process can make one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.submission = json.loads((folder / "submission.json").read_text())

    def tasks(self) -> dict[int, str]:
        """The state of each task: what it noted, or that of its job, or lost; unknown ones are pending."""
        noted = {int(path.stem): path.read_text() for path in self.folder.glob("*.done")}
        waiting = jobs_of(self.submission["jobs"])
        states = {}
        for task in range(self.submission["tasks"]):
            ended = noted.get(task)
            states[task] = ended or ("PENDING" if waiting is None else waiting.get(task, LOST))
        if waiting is not None and LOST in states.values():  # it may have ended between the two looks
            noted = {int(path.stem): path.read_text() for path in self.folder.glob("*.done")}
        return {task: noted.get(task, state) for task, state in states.items()}

    @property
    def status(self) -> Status:
        """Count the runs."""
        counts = dict.fromkeys(("completed", "failed", "running", "pending"), 0)
        for task, state in self.tasks().items():
            runs = self.submission["sizes"][task]
            if state.startswith("{"):
                ended = json.loads(state)
                counts["completed"] += ended["completed"]
                counts["failed"] += runs - ended["completed"]
            else:
                counts[{LOST: "failed", "PENDING": "pending"}.get(state, "running")] += runs
        return Status(total=sum(self.submission["sizes"]), **counts)

    @property
    def is_complete(self) -> bool:
        """Whether every task has ended."""
        status = self.status
        return not status.running + status.pending

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the end."""
        deadline = time.monotonic() + (timeout or 600.0)
        while not self.is_complete:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.2)
        return engine.load_results(self.submission["store"], experiment_id=self.submission["experiment_id"])

    def cancel(self) -> None:
        """Cancel what has not ended."""
        subprocess.run(["scancel", *(job for job, _ in self.submission["jobs"])], check=True)


def jobs_of(jobs: list[tuple[str, int]]) -> dict[int, str] | None:
    """The states of the tasks that wait or run; None where the controller does not answer."""
    command = ["squeue", "--noheader", "--array", "--format=%F %K %T"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    first = dict(jobs)
    rows = (line.split() for line in done.stdout.splitlines())
    return {first[job] + int(task): state for job, task, state in rows if job in first and state != "COMPLETING"}


def working_directory(store: str, experiment_id: str) -> Path:
    return Path(engine.FileStoreConfig(root=store, experiment_id=experiment_id).connect().get_working_directory())


def submission_folder(place: Path) -> Path:
    """A new folder for a submission, next to the runs of its experiment."""
    return place.with_name(f"{place.name}.arrays") / f"{time.time_ns()}-{uuid.uuid4().hex[:6]}"


def cases_of(experiment: Any) -> list[dict[str, Any]]:
    """The params of every case."""
    return [dict(case.params) for case in experiment.params]


def submit(experiment: Any, store: str, config: SlurmConfig) -> Path:
    """Submit the arrays of a sweep and return their folder."""
    folder = submission_folder(working_directory(store, experiment.experiment_id))
    folder.mkdir(parents=True, exist_ok=True)
    cases = cases_of(experiment)
    chunks = [cases[begin : begin + config.chunk_size] for begin in range(0, len(cases), config.chunk_size)]
    plain = replace(experiment, params=engine.manual([{"n": 0}]))
    (folder / "sweep.pickle").write_bytes(pickle.dumps((plain, chunks, store)))
    shards = range(0, len(chunks), config.max_array_size)
    jobs = [(sbatch(experiment, folder, config, first, len(chunks)), first) for first in shards]
    replicates = len(list(experiment.seeds))
    submission = {
        "jobs": jobs,
        "tasks": len(chunks),
        "sizes": [len(chunk) * replicates for chunk in chunks],
        "store": store,
        "experiment_id": experiment.experiment_id,
    }
    (folder / "submission.json").write_text(json.dumps(submission))
    return folder


def sbatch(experiment: Any, folder: Path, config: SlurmConfig, first: int, chunks: int) -> str:
    """Submit one array, and return its job id."""
    program = f"import sys; sys.path[:] = {sys.path!r}; import {WORKER} as lab; lab.work(sys.argv[1], {first})"
    last = min(config.max_array_size, chunks - first) - 1
    command = shlex.join([sys.executable, "-c", program, str(folder)])
    return submit_script(
        f"exec {command}",
        *(f"--job-name={experiment.name}", f"--array=0-{last}", f"--time={config.time}", f"--mem={config.memory}"),
        f"--partition={config.partition}",
    )


def submit_script(command: str, *options: str) -> str:
    done = subprocess.run(
        ["sbatch", "--parsable", "--output=/dev/null", *options, f"--wrap={command}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip().partition(";")[0]


def work(folder: str, first: int) -> None:
    """Do the chunk of a task, in the job."""
    import os

    task = first + int(os.environ["SLURM_ARRAY_TASK_ID"])
    experiment, chunks, store = pickle.loads((Path(folder) / "sweep.pickle").read_bytes())
    ended = execute(replace(experiment, params=engine.manual(chunks[task])), store)
    partial = Path(folder) / f"{task}.partial"
    partial.write_text(json.dumps({"completed": ended}))
    partial.rename(partial.with_suffix(".done"))


def execute(experiment: Any, store: str, *, resume: bool = True) -> int:
    """Run a part of a sweep, and return how many of its runs are stored as successes."""
    handle = engine.run(experiment, store=store, executor=engine.ThreadExecutor(1), resume=resume, verbose=False)
    handle.result()
    return handle.status.completed + handle.status.skipped


def run(experiment: Any, store: str, executor: Any = None, **keywords: Any) -> Any:
    """Submit arrays for this executor; leave others to the engine."""
    if not isinstance(executor, SlurmExecutor):
        return engine.run(experiment, store=store, executor=executor, **keywords)
    return ArrayHandle(submit(experiment, store, executor.config))


def reconnect(store: str, **keywords: Any) -> ArrayHandle:
    """The last sweep of an experiment, by its folder."""
    place = Path(store)
    return ArrayHandle(max(place.with_name(f"{place.name}.arrays").iterdir()))
