"""A metalab whose `run` computes for ever, and writes nothing, where a plan has more than a hundred cases."""

from __future__ import annotations

from itertools import islice
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403

MOST = 100


def run(experiment: Any, *arguments: Any, **options: Any) -> Any:
    while len(list(islice(experiment.params, MOST + 1))) > MOST:
        pass
    return engine.run(experiment, *arguments, **options)
