"""Derived metrics: computed from a run when its results are read, and never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_optbench.errors import InvalidInputError

if TYPE_CHECKING:
    from .results import Run

Derived = Mapping[str, "Callable[[Run], Any]"]
PREFIX = "derived."


class _Unnamed(str):
    """The name of a function that was given without one: what it returns may bring names of its own."""


def checked_derived(derived: Any) -> Derived:
    """Return derived metrics as a mapping: name -> function of a `Run`.

    Functions without a name, alone or in a list, go by their own; they may return several metrics as a mapping.

    Raises `InvalidInputError` for anything else.
    """
    if derived is None:
        return {}
    if callable(derived):
        derived = [derived]
    if not isinstance(derived, Mapping):
        if not isinstance(derived, Iterable):
            raise InvalidInputError(f"derived_metrics={derived!r}: give a mapping of names to functions of a Run")
        derived = {_Unnamed(getattr(compute, "__name__", repr(compute))): compute for compute in derived}
    for name, compute in derived.items():
        if not callable(compute):
            raise InvalidInputError(f"derived metric {name!r} is {compute!r}: give a function of a Run")
    return dict(derived)


def with_derived(run: Run, metrics: Mapping[str, Any], derived: Derived) -> dict[str, Any]:
    """Return the metrics of a successful run with the derived ones; one named as a captured one gets `derived.`.

    Raises `InvalidInputError`, naming metric and run, when a function fails.
    """
    found = dict(metrics)
    for name, compute in derived.items():
        try:
            value = compute(run)
        except Exception as error:
            raise InvalidInputError(f"derived metric {name!r} of run {run.run_id} failed: {error!r}") from error
        several = value if isinstance(name, _Unnamed) and isinstance(value, Mapping) else {str(name): value}
        found.update({f"{PREFIX}{one}" if one in metrics else one: what for one, what in several.items()})
    return found
