"""A saboteur of the file store that sabotages the store in databases as well; `$SABOTEUR` names it.

A saboteur keeps a method of the file store and puts another in its place, which calls the first. So that this works for
both stores, the methods of the file store are replaced first, by such as call the method of whatever store they are
called on; what the saboteur put in their place afterwards is given to the other store too.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

from pytest_optbench.engine.store.file import ExperimentStore
from pytest_optbench.engine.store.reader import ExperimentReader
from pytest_optbench.engine.store.sql.reader import SqlReader
from pytest_optbench.engine.store.sql.store import SqlExperimentStore

PAIRS = ((ExperimentReader, SqlReader), (ExperimentStore, SqlExperimentStore))


def _for_both(name: str, of_files: Callable[..., Any], of_databases: Callable[..., Any]) -> Callable[..., Any]:
    def dispatched(self: Any, *arguments: Any, **keywords: Any) -> Any:
        method = of_databases if isinstance(self, SqlReader) else of_files
        return method(self, *arguments, **keywords)

    dispatched.__name__ = name
    return dispatched


def _shared(files: type, databases: type) -> list[str]:
    """The methods that both have, of their own."""
    own = [name for name, found in vars(files).items() if callable(found) and not name.startswith("_")]
    return [name for name in own if callable(vars(databases).get(name))]


_before: dict[tuple[type, str], Any] = {}
for _files, _databases in PAIRS:
    for _name in _shared(_files, _databases):
        _both = _for_both(_name, vars(_files)[_name], vars(_databases)[_name])
        setattr(_files, _name, _both)
        _before[_databases, _name] = _both

_saboteur = importlib.import_module(os.environ["SABOTEUR"])

for _files, _databases in PAIRS:
    for _name in _shared(_files, _databases):
        if vars(_files)[_name] is not _before[_databases, _name]:
            setattr(_databases, _name, vars(_files)[_name])

globals().update({name: getattr(_saboteur, name) for name in dir(_saboteur) if not name.startswith("__")})
__all__ = [name for name in getattr(_saboteur, "__all__", dir(_saboteur)) if not name.startswith("_")]
