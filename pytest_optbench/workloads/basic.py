"""Operations that any scenario can drive and that need no numpy, which takes longer to import than all else here.

A worker process finds an operation by `module:qualname`, so they stand at module level.
"""

from __future__ import annotations

import time
from typing import Any

from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target

_TARGET = load_target()


@_TARGET.operation(name="noop")  # type: ignore[untyped-decorator]  # whatever the target gives
def noop(params: Any, seeds: Any, capture: Any) -> None:
    """Do nothing but say that it ran."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)


@_TARGET.operation(name="paced")  # type: ignore[untyped-decorator]
def paced(params: Any, seeds: Any, capture: Any) -> None:
    """Sleep for `params["seconds"]` before it says that it ran."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        time.sleep(params["seconds"])
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)
