"""A private SLURM cluster: it runs arrays, drains its node, and survives a controller that was restarted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_optbench.errors import MissingServerError, ServerError
from pytest_optbench.stress.servers import slurm
from pytest_optbench.stress.servers.slurm import Slurm, private_slurm

SECONDS = 60.0


def wait_until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def cluster(slurm_cluster: Slurm) -> Iterator[Slurm]:
    """The cluster without jobs of another test, before and after."""
    yield slurm_cluster
    slurm_cluster.start()
    slurm_cluster.cancel_all()


def submit(cluster: Slurm, script: str, *options: str) -> None:
    cluster.command("sbatch", "--output=/dev/null", *options, f"--wrap={script}")


def states(cluster: Slurm) -> set[str]:
    return {job.state for job in cluster.jobs()}


def test_each_task_of_an_array_runs_once(cluster: Slurm, tmp_path: Path) -> None:
    submit(cluster, f"echo >> '{tmp_path}'/$SLURM_ARRAY_TASK_ID", "--array=3-6")
    wait_until(lambda: not cluster.jobs())
    assert {path.name: len(path.read_text().splitlines()) for path in tmp_path.iterdir()} == dict.fromkeys("3456", 1)


def test_a_drained_node_starts_nothing_until_it_is_resumed(cluster: Slurm) -> None:
    cluster.drain()
    submit(cluster, "true")
    time.sleep(1.5)  # a node that takes jobs would have run it
    assert states(cluster) == {"PENDING"}
    cluster.resume()
    wait_until(lambda: not cluster.jobs())


def test_jobs_outlive_a_controller_that_is_restarted(cluster: Slurm, tmp_path: Path) -> None:
    submit(cluster, f"while [ ! -e '{tmp_path}/go' ]; do sleep 0.1; done; touch '{tmp_path}/went'")
    wait_until(lambda: states(cluster) == {"RUNNING"})
    cluster.stop("slurmctld")
    with pytest.raises(ServerError, match=r"squeue .* failed: "):
        cluster.jobs()
    cluster.start()
    (tmp_path / "go").touch()
    wait_until(lambda: not cluster.jobs())
    assert (tmp_path / "went").exists()


def test_a_machine_without_slurm_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(slurm, "SYSTEM", ())
    with (
        pytest.raises(MissingServerError, match="there is no munged on this machine: apt-get install munge"),
        private_slurm(),
    ):
        pass
