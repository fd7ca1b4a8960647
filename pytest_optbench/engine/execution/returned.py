"""What an operation returned: nothing, a record that says how the run ended, or what is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_optbench.engine.encoding.capture_names import checked_name
from pytest_optbench.engine.encoding.strict_json import json_copy
from pytest_optbench.engine.model.failure import unexpected_return
from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.errors import InvalidInputError


@dataclass(frozen=True)
class Returned:
    """How the run ended, and what is added to what was captured; captured metrics replace those of the same name."""

    status: Status = Status.SUCCESS
    error: dict[str, Any] | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


NOTHING = Returned()


def what_it_says(returned: object) -> Returned:
    """Return what an operation said by its return value.

    Raises:
        InvalidInputError: it is the record of a run that still runs, or holds metrics that cannot be kept.
    """
    if returned is None:
        return NOTHING
    if not isinstance(returned, RunRecord):
        return Returned(notes=unexpected_return(returned))
    if returned.status is Status.RUNNING:
        raise InvalidInputError("the operation returned a record that says running: return how the run ended")
    metrics = {checked_name(name, "metric"): json_copy(value, name) for name, value in returned.metrics.items()}
    error = None if returned.error is None else {name: str(said) for name, said in returned.error.items()}
    if error is None and returned.status is Status.FAILED:
        error = {"type": "Failed", "message": "the operation returned the record of a failure", "traceback": ""}
    return Returned(returned.status, error, metrics, tuple(map(str, returned.tags)), tuple(map(str, returned.notes)))
