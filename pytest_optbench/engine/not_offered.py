"""The names of metalab that this engine does not have, each with the reason, and what to use in its place."""

from __future__ import annotations

from typing import Final

_SLURM: Final = "give DaskExecutor a dask_jobqueue.SLURMCluster, whose workers are SLURM jobs"
_DATABASE: Final = "give the locator of a database, or SqlStoreConfig('postgresql://...')"
NOT_OFFERED: Final = {
    "SlurmExecutor": _SLURM,
    "SlurmConfig": _SLURM,
    "SlurmRunHandle": _SLURM,
    "PostgresStoreConfig": _DATABASE,
    "reconnect": "its sweeps end with the process that started them: run again to resume, load_results to read",
    "RunPayload": "its executors pull runs from a sweep one by one: executors/protocol.py has the interface",
}


def explain(module: str, name: str) -> str:
    """Return what to say to somebody who asks the engine for a name that it does not have."""
    said = f"module {module!r} has no attribute {name!r}"
    return f"{said}: {NOT_OFFERED[name]}" if name in NOT_OFFERED else said
