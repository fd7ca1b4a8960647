"""Derived metrics: computed from runs after their end, by functions that change no run's identity."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.encoding.strict_json import json_copy
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.store.protocol import DerivedStore
from pytest_optbench.errors import CorruptRecordError, InvalidInputError, StoreError

if TYPE_CHECKING:
    from .run import Run

Derived = Mapping[str, "Callable[[Run], Any]"]
Failed = Callable[[str], object]  # is called with what went wrong


class _Unnamed(str):
    """The name of a function that was given without one: what it returns may bring names of its own."""


def checked_derived(derived: Any) -> Derived:
    """Return derived metrics as a mapping: name -> function of a `Run`.

    Functions without a name, alone or in a list, go by their own; they may return several metrics as a mapping. A
    function may be named as `"module:function"`.

    Raises:
        InvalidInputError: `derived` is no mapping, function or list of functions, or one cannot be imported.
    """
    if derived is None:
        return {}
    if callable(derived) or isinstance(derived, str):
        derived = [derived]
    if isinstance(derived, Mapping):
        return {name: _function(compute, f"derived metric {name!r}") for name, compute in derived.items()}
    if not isinstance(derived, Iterable):
        raise InvalidInputError(f"derived_metrics={derived!r}: give a mapping of names to functions of a Run")
    functions = [_function(compute, "a derived metric") for compute in derived]
    return {_Unnamed(getattr(compute, "__name__", repr(compute))): compute for compute in functions}


def derive(run: Run, derived: Derived, failed: Failed) -> dict[str, Any]:
    """Return the derived metrics of a run; `failed` is called for each function that raises or returns no metrics."""
    found: dict[str, Any] = {}
    for name, compute in derived.items():
        try:
            value = compute(run)
            several = value if isinstance(name, _Unnamed) and isinstance(value, Mapping) else {str(name): value}
            if isinstance(name, _Unnamed) and value is None:
                several = {}
            found.update({one: json_copy(what, f"derived metric {one!r}") for one, what in several.items()})
        except Exception as error:  # noqa: BLE001 - the function is the user's, and the runs are done
            failed(f"derived metric {str(name)!r} of run {run.run_id} failed: {type(error).__name__}: {error}")
    return found


def keep_derived(run: Run, derived: Derived, *, overwrite: bool) -> None:
    """Derive metrics from a run and keep them, unless it has some already.

    Raises:
        StoreError: they cannot be kept.
    """
    store = run.store
    if not isinstance(store, DerivedStore):
        raise StoreError(f"{store!r} keeps no derived metrics: give them to to_dataframe(derived_metrics=...)")
    if overwrite or not _has_derived(store, run.run_id):
        store.put_derived(run.run_id, derive(run, derived, LOGGER.warning))


def _has_derived(store: DerivedStore, run_id: str) -> bool:
    try:
        return store.get_derived(run_id) is not None
    except CorruptRecordError as error:
        LOGGER.warning("derived metrics of run %s are computed again: %s", run_id, error)
        return False


def _function(compute: Any, what: str) -> Callable[[Run], Any]:
    found = _imported(compute) if isinstance(compute, str) else compute
    if not callable(found):
        raise InvalidInputError(f"{what} is {compute!r}: give a function of a Run, or its 'module:function'")
    function: Callable[[Run], Any] = found
    return function


def _imported(ref: str) -> Any:
    module, _, qualname = ref.partition(":")
    if not module or not qualname:
        raise InvalidInputError(f"derived metric {ref!r}: name a function as 'module:function'")
    try:
        found: Any = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise InvalidInputError(f"derived metric {ref!r} cannot be imported: {error}") from error
    return found
