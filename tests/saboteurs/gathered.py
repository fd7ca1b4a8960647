"""Where saboteurs look at results that they have for each one that they gather."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine.handle import RunHandle

_result = RunHandle.result


def look_at_every(share: int) -> None:
    """Look at one of so many results for each one that is gathered."""

    def result(self: RunHandle, timeout: float | None = None) -> Any:
        results = _result(self, timeout)
        runs = list(results)
        for number, run in enumerate(runs):
            for other in runs[:number:share]:
                run.run_id.startswith(other.run_id)
        return results

    RunHandle.result = result  # type: ignore[method-assign]
