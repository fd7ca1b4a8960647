"""A metalab that reports each run as finished when it starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine import EventKind
from pytest_optbench.engine import run as _run


def run(experiment: Any, *, on_event: Any = None, **keywords: Any) -> Any:
    """Run a sweep whose listener hears of the end of a run at its start."""

    def early(event: Any) -> None:
        on_event(event)
        if event.kind is EventKind.RUN_STARTED:
            on_event(replace(event, kind=EventKind.RUN_FINISHED))

    return _run(experiment, on_event=None if on_event is None else early, **keywords)
