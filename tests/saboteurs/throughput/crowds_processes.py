"""A metalab whose worker processes hold each other up: with several of them every run takes 150 ms more."""

from __future__ import annotations

import os
import time
from typing import Any

from pytest_optbench import engine
from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.planning.operation import Operation

CROWD = "OPTBENCH_TEST_CROWD"
_invoke = Operation.invoke


class ProcessExecutor(engine.ProcessExecutor):
    """Tells its workers that there are several."""

    def start(self, sweep: Any) -> Any:
        """Start the workers of one sweep."""
        os.environ[CROWD] = str(self.max_workers)
        return super().start(sweep)


def _slowly(self: Operation, **given: Any) -> Any:
    if int(os.environ.get(CROWD, "1")) > 1:
        time.sleep(0.15)
    return _invoke(self, **given)


Operation.invoke = _slowly  # type: ignore[method-assign]
