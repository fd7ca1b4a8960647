"""The metalab under test: choose it by module name, inspect it, run experiments on it, read its stores.

Every difference between the generations of metalab lives in this package and nowhere else.
"""

from .default import ENVIRONMENT, default_name
from .dialect import Counts, RunOptions
from .digest import digest
from .running import StartedSweep, Summary
from .selection import load_target, select
from .snapshot import Names, StoredArtifact, StoredRun, StoreSnapshot, Unlisted, Wanted
from .target import Target

__all__ = [
    "ENVIRONMENT",
    "Counts",
    "Names",
    "RunOptions",
    "StartedSweep",
    "StoreSnapshot",
    "StoredArtifact",
    "StoredRun",
    "Summary",
    "Target",
    "Unlisted",
    "Wanted",
    "default_name",
    "digest",
    "load_target",
    "select",
]
