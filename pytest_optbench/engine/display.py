"""Results as a table on the terminal: with rich where there is one, in plain columns elsewhere."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Run

MOST_ROWS = 50


def display_results(results: Iterable[Run], console: Any = None, group_by: Sequence[str] = ()) -> None:
    """Print results; with `group_by` a row for each combination of those parameters, with means of the metrics."""
    rows = _groups(results, group_by) if group_by else [_cells(run) for run in results]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = [names, *([_text(row.get(name, "")) for name in names] for row in rows[:MOST_ROWS])]
    _print(table, console)
    if len(rows) > MOST_ROWS:
        print(f"... and {len(rows) - MOST_ROWS} more rows")  # noqa: T201 - display prints


def _cells(run: Run) -> dict[str, Any]:
    return {"run": run.run_id[:8], "status": run.status.value, **run.params, **run.metrics}


def _groups(results: Iterable[Run], group_by: Sequence[str]) -> list[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for run in results:
        groups.setdefault(tuple(_text(run.params.get(name)) for name in group_by), []).append(run)
    return [
        {**dict(zip(group_by, values, strict=True)), "runs": len(runs), **_means(runs)} for values, runs in groups.items()
    ]


def _means(runs: Sequence[Run]) -> dict[str, float]:
    numbers: dict[str, list[float]] = {}
    for run in runs:
        for name, value in run.metrics.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in numbers.items()}


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _print(table: list[list[str]], console: Any) -> None:
    if console is None and importlib.util.find_spec("rich") is None:
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())  # noqa: T201
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*table[0])
    for row in table[1:]:
        drawn.add_row(*map(Text, row))  # Text: what a store holds is never markup
    (console or Console()).print(drawn)
