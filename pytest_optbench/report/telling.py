"""The one limit of a row that says most where there is room for one only."""

from __future__ import annotations

from collections.abc import Mapping

from .comparison import Change
from .limit_meanings import meaning_of
from .outcome import Limit
from .rows import Row
from .wording import change_text, clear, count, limit_text, shown

Changes = Mapping[tuple[str, str, str], Change]


def telling_limit(row: Row, changes: Changes) -> Limit | None:
    """Return what got clearly worse most, else what some load broke, else the limit that `limits.toml` names."""
    if not row.limits:
        return None
    worse = [(change.worse, limit) for limit in row.limits if (change := changed(row, limit, changes)) is not None]
    worst = max(worse, key=lambda each: each[0], default=None)
    if worst is not None and worst[0] > 1:
        return worst[1]
    broken = (limit for limit in row.limits if not all(held for _, _, held in limit.curve))
    named = (limit for limit in row.limits if meaning_of(limit).tells)
    return next(broken if row.verdict == "breaks" else named, None) or next(named, row.limits[0])


def changed(row: Row, limit: Limit, changes: Changes) -> Change | None:
    """Return the change of a limit if it is clear."""
    change = changes.get((row.point, row.intensity, limit.name))
    return change if change is not None and clear(change) else None


def telling_text(row: Row, changes: Changes, room: int) -> str:
    """Return the telling limit in so many characters: its value whole, its name as far as it fits."""
    limit = telling_limit(row, changes)
    if limit is None:
        return count(row.executed, "run")
    change = changes.get((row.point, row.intensity, limit.name))
    value = shown(limit_text(limit)) + (f", {change_text(change)}" if change is not None else "")
    name, left = shown(limit.name), max(3, room - len(value) - 2)
    return f"{name if len(name) <= left else f'{name[: left - 3].rstrip()}...'}: {value}"
