"""An operation that holds on, under its claim and within the runner's locks, for as long as a file is there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pytest_optbench.stress.witness.witness import WITNESS_METRIC, executing, run_key
from pytest_optbench.target import load_target

NAP = 0.005
LONGEST = 60.0  # seconds; against a hang where nobody removes the file


@load_target().operation(name="held")  # type: ignore[untyped-decorator]  # whatever the target gives
def held(params: Any, seeds: Any, capture: Any) -> None:
    """Wait until the file `params["hold"]` is gone; "" waits for nothing."""
    params = dict(params)
    key = run_key(params, seeds.root_seed, seeds.replicate_index)
    with executing(key, params) as produced:
        deadline = time.monotonic() + LONGEST
        while params["hold"] and Path(params["hold"]).exists() and time.monotonic() < deadline:
            time.sleep(NAP)
        produced.metrics[WITNESS_METRIC] = key
        capture.metric(WITNESS_METRIC, key)
