"""Runs on the workers of a Dask cluster: one of this process, or a real one.

executor         what a user makes
cluster          the connection to a scheduler, or a local cluster; the only place that needs Dask to be installed
pool, conductor  in this process: a thread that keeps every Dask worker busy with batches of runs
messages         what travels between the two sides
station, slot    in a Dask worker: the processes that execute the batches of one sweep
"""

from .executor import DaskExecutor

__all__ = ["DaskExecutor"]
