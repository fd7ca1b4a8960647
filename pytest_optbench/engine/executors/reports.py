"""The kinds of report that a worker process sends to its parent, each with what follows it."""

from __future__ import annotations

from enum import IntEnum


class Report(IntEnum):
    """First member of every report."""

    READY = 0  # it has the spec and takes runs
    REFUSED = 1  # (error): it cannot take this spec
    STARTED = 2  # (number, when): it holds the claim of this run and calls the operation
    ENDED = 3  # (number, outcome)
    REJECTED = 4  # (number, error): the run cannot be unpacked here
    TAKEN = 5  # (number, when): it will unpack this run; told by careful workers alone
    EVENT = 6  # (kind, run id, message, details): something happened inside a run
