"""Results on the terminal: a table that rich draws where there is one, plain columns elsewhere."""

from __future__ import annotations

import importlib.util
from collections.abc import Hashable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from pytest_optbench.errors import UnknownNameError
from pytest_optbench.grids.equality import equality_key
from pytest_optbench.grids.text import to_text

from .table import FINGERPRINTS, RECORD_COLUMNS, Table

if TYPE_CHECKING:
    from .run import Run

MOST_ROWS: Final = 50
LEFT_OUT: Final = ("experiment_id", "case_id", "started_at", "finished_at", "tags", *FINGERPRINTS)


def display_results(
    result: Sequence[Run],
    console: Any = None,
    group_by: str | Sequence[str] = (),
    show_by_group: Sequence[str] | None = None,
) -> None:
    """Print results on standard output, or on a rich `console`.

    With `group_by`, which metalab calls `show_by_group`, a row for each combination of those columns, with the number
    of runs and the means of their numeric metrics. Raises `UnknownNameError` for a column that there is not.
    """
    group_by = group_by or show_by_group or ()
    by = (group_by,) if isinstance(group_by, str) else tuple(group_by)
    shown = result if by else result[:MOST_ROWS]
    table = Table(shown)
    names, rows = _groups(table, by) if by else _runs(table)
    _print(names, rows, console)
    if len(shown) < len(result):
        print(f"... and {len(result) - len(shown):,} more runs")


def _runs(table: Table) -> tuple[list[str], list[list[str]]]:
    columns = {name: cells for name, cells in table.columns.items() if name not in LEFT_OUT}
    if not any(columns["error"]):
        del columns["error"]
    columns["run_id"] = [run_id[:8] for run_id in columns["run_id"]]
    return list(columns), [[_text(cell) for cell in row] for row in zip(*columns.values(), strict=True)]


def _groups(table: Table, by: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    for name in by:
        if name not in table.columns:
            raise UnknownNameError("column", name, table.columns)
    groups: dict[tuple[Hashable, ...], list[int]] = {}
    for row, values in enumerate(zip(*(map(equality_key, table.columns[name]) for name in by), strict=True)):
        groups.setdefault(values, []).append(row)
    heads = [_distinct([table.columns[name][rows[0]] for rows in groups.values()]) for name in by]
    numeric = _numeric({name: cells for name, cells in table.columns.items() if name not in (*RECORD_COLUMNS, *by)})
    lines = [
        [*head, str(len(rows)), *(_mean(cells, rows) for cells in numeric.values())]
        for *head, rows in zip(*heads, groups.values(), strict=True)
    ]
    return [*by, "runs", *numeric], lines


def _distinct(values: Sequence[Any]) -> list[str]:
    """Return values as text, in the longer form where the short ones are not distinct."""
    texts = list(map(_text, values))
    if len(set(texts)) == len(set(map(equality_key, values))):
        return texts
    return [to_text(value, repr) for value in values]


def _numeric(columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {
        name: cells for name, cells in columns.items() if all(_is_number(cell) for cell in cells if cell is not None)
    }


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _mean(cells: Sequence[Any], rows: Sequence[int]) -> str:
    found = [cells[row] for row in rows if cells[row] is not None]
    if not found:
        return ""
    try:
        return _text(fmean(found))
    except (OverflowError, ValueError):  # beyond any float, or infinities of both signs
        with localcontext(Context(traps=[])):
            return f"{sum(map(Decimal, found)) / len(found):.6g}"


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else to_text(cell)


def _visible(text: str) -> str:
    """Return `text` with all that is not for the eye escaped: what a store holds must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def _print(names: Sequence[str], rows: Sequence[Sequence[str]], console: Any) -> None:
    names, *rows = [list(map(_visible, row)) for row in (names, *rows)]
    if console is None and importlib.util.find_spec("rich") is None:
        _print_plainly(names, rows)
        return
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn()
    for name in names:
        drawn.add_column(Text(name))
    for row in rows:
        drawn.add_row(*map(Text, row))  # Text: what a store holds is never markup
    (console or Console()).print(drawn)


def _print_plainly(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    for row in (names, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
