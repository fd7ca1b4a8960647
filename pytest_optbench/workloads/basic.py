"""Operations for any scenario that do not need numpy, whose import takes longer than everything else here.

A worker process finds an operation by `module:qualname`, so they are at module level.
"""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target

_TARGET = load_target()


@_TARGET.operation(name="noop")  # type: ignore[untyped-decorator]  # whatever the target gives
def noop(params: Any, seeds: Any, capture: Any) -> None:
    """Do nothing but report the execution."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)


@_TARGET.operation(name="paced")  # type: ignore[untyped-decorator]
def paced(params: Any, seeds: Any, capture: Any) -> None:
    """Sleep for `params["seconds"]` and report the execution."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        time.sleep(params["seconds"])
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)
