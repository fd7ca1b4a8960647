"""Runs on Dask workers that are jobs of a SLURM cluster: a job that is cancelled loses nothing.

`pytest tests/engine/test_dask_slurm.py`, after `pip install dask-jobqueue` and `apt-get install slurm-wlm munge`.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dask_operations import SECONDS, experiment, until, waits

import pytest_optbench.engine as metalab

if TYPE_CHECKING:
    from pytest_optbench.stress.servers.slurm import Slurm

jobqueue = pytest.importorskip("dask_jobqueue")


@pytest.mark.cluster
def test_a_cancelled_job_costs_its_run_and_without_any_job_the_sweep_waits(
    tmp_path: Path, slurm_cluster: Slurm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in slurm_cluster.environment.items():
        monkeypatch.setenv(name, value)
    with jobqueue.SLURMCluster(
        cores=1,
        processes=1,
        memory="400MB",
        queue="short",
        python=sys.executable,
        log_directory=str(tmp_path / "logs"),
        local_directory=str(tmp_path / "local"),
        scheduler_options={"dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"},
        job_script_prologue=[f"export PYTHONPATH='{Path(__file__).parent}'"],
    ) as cluster:
        cluster.scale(jobs=2)
        executor = metalab.DaskExecutor(cluster)
        cases = [{"n": n, "folder": str(tmp_path)} for n in range(6)]
        handle = metalab.run(experiment(waits, cases), store=tmp_path / "s", executor=executor)
        until(tmp_path / "began-0")
        until(tmp_path / "began-1")
        (process, _) = map(int, (tmp_path / "began-0").read_text().split())
        slurm_cluster.cancel_all()
        until(Path(f"/proc/{process}"), exists=False)
        (tmp_path / "go").touch()
        with pytest.raises(TimeoutError):
            handle.result(13.0)
        assert "waits: its Dask cluster has no worker now" in caplog.text
        cluster.scale(jobs=4)  # the first two are gone, and dask-jobqueue replaces no job
        assert Counter(str(run.status) for run in handle.result(SECONDS)) == {"success": 6}
    executions = Counter((tmp_path / "executions").read_text().split())
    assert executions == {"0": 2, "1": 2, "2": 1, "3": 1, "4": 1, "5": 1}, "only what the jobs were on is done again"
