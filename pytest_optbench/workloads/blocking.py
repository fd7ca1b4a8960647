"""An operation that blocks, holding its claim and the runner's locks, while a file exists."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target

NAP = 0.005
LONGEST = 60.0  # seconds; against a hang if nothing removes the file


@load_target().operation(name="held")  # type: ignore[untyped-decorator]  # whatever the target gives
def block_while(params: Any, seeds: Any, capture: Any) -> None:
    """Wait until the file `params["hold"]` is gone; with "" do not wait."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        deadline = time.monotonic() + LONGEST
        while params["hold"] and Path(params["hold"]).exists() and time.monotonic() < deadline:
            time.sleep(NAP)
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)
