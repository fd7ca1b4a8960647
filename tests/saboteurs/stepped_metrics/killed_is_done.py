"""A metalab that takes a run that was begun once for done: a killed one is never executed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import manual
from pytest_optbench.engine import run as _run


def run(experiment: Any, *, store: Any = None, **keywords: Any) -> Any:
    """Run nothing where a run was begun before."""
    begun = Path(f"{Path(store).parent}.begun")
    if experiment.name == "killed" and begun.exists():
        experiment = type(experiment)(
            name="other",
            version="1",
            operation=experiment.operation,
            params=manual([]),
            seeds=experiment.seeds,
        )
    begun.parent.mkdir(parents=True, exist_ok=True)
    begun.touch()
    return _run(experiment, store=store, **keywords)
