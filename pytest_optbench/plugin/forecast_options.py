"""The options of a forecast, a mode of the session in which no scenario runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checks import bounded, refuse_unless
from .invocation import Invocation
from .option_fields import a_text, option

MOST_RUNS = 10**12
NOT_TOGETHER = {  # options of scenarios that a forecast would ignore
    "targeted": "--optbench-targeted",
    "random": "--optbench-random",
    "explain": "--optbench-explain",
    "only": "--optbench-only",
    "save": "--optbench-save",
    "compare": "--optbench-compare",
    "rules": "--optbench-compare-fail",
    "versus": "--optbench-versus",
    "postgres": "--optbench-postgres",
    "replay": "--optbench-replay",
}


def a_number_of_runs(flag: str, value: str | None, began: Invocation) -> int | None:  # noqa: ARG001 - as all readers
    """Return a number such as 1000000, 1_000_000 or 1e6."""
    if value is None:
        return None
    try:
        number = float(value)  # not int: 1e6 is easier to write than 1000000
    except ValueError:
        number = math.nan
    refuse_unless(number.is_integer(), f"{flag} {value}: give a whole number of runs, such as 1000000 or 1e6")
    return int(bounded(flag, number, MOST_RUNS))


@dataclass(frozen=True, kw_only=True)
class ForecastSettings:
    """The options of a forecast: the number of runs, None where the session makes none, and what each of them does."""

    forecast: int | None = option(
        "--optbench-forecast",
        "run no scenarios; measure for about a minute, and print what a sweep of N runs takes: time, disk, inodes, "
        "memory, and the limit that it meets first",
        metavar="N",
        read=a_number_of_runs,
    )
    forecast_payload: str | None = option(
        "--optbench-forecast-payload",
        "what each run of the forecast does: noop, optimizer, full (five artifacts and 100 steps), or an operation of "
        "your own, FILE.py:operation, whose runs get the parameter n (default: noop)",
        metavar="PAYLOAD",
        read=a_text,
    )


def check_forecast(given: Mapping[str, Any]) -> None:
    """Refuse a payload without a forecast, and options that a forecast would ignore.

    Raises:
        InvalidInputError: it names the options.
    """
    forecast = given["forecast"]
    refuse_unless(
        forecast is not None or given["forecast_payload"] is None,
        "--optbench-forecast-payload needs --optbench-forecast",
    )
    if forecast is None:
        return
    ignored = next((flag for name, flag in NOT_TOGETHER.items() if given[name]), None)
    refuse_unless(
        not ignored, f"--optbench-forecast with {ignored}: a forecast runs no scenarios; leave one of them out"
    )
    store = given["store"] or ""
    refuse_unless(
        "://" not in store,
        f"--optbench-forecast with --optbench-store {store}: a forecast measures folders only; name one, on the "
        f"disk of your sweep",
    )
    refuse_unless(
        given["executor"] in ("thread", "process"),
        f"--optbench-forecast with --optbench-executor {given['executor']}: a forecast measures thread and process "
        "workers only",
    )
