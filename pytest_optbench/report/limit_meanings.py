"""The meaning of each limit and of the axes of its curve, from `limits.toml`; other limits get what their data say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal

from .decode import decode
from .outcome import Limit

Shape = Literal["", "share", "ladder", "cost", "rate"]
TABLE = Path(__file__).with_name("limits.toml")


@dataclass(frozen=True)
class LimitMeaning:
    """An entry of `limits.toml`, where its fields are explained."""

    meaning: str = ""
    across: str = "load"
    up: str = "measured"
    shape: Shape = ""
    bound: float | None = None
    floor: float | str | None = None
    floor_is: str = ""
    each: bool = False
    tells: bool = False


def meaning_of(limit: Limit) -> LimitMeaning:
    """Return the entry of a limit: by its name, else by the first pattern that fits, else one made from its data."""
    table = limit_meanings()
    pattern = limit.name if limit.name in table else next((key for key in table if fnmatchcase(limit.name, key)), None)
    return _from_data(limit) if pattern is None else table[pattern]


@cache
def limit_meanings() -> Mapping[str, LimitMeaning]:
    """Return all entries by their name or pattern."""
    import tomllib

    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: decode(LimitMeaning, entry, name) for name, entry in entries.items()}


def _from_data(limit: Limit) -> LimitMeaning:
    """Return an entry for a limit of somebody else's scenario: the unit stands at the axis that its value is on."""
    if limit.unit.startswith("of "):
        return LimitMeaning(shape="share")
    if any(load == limit.value for load, _, _ in limit.curve):
        return LimitMeaning(across=limit.unit or "load")
    up = any(value == limit.value for _, value, _ in limit.curve) and limit.unit
    return LimitMeaning(up=f"measured, {limit.unit}" if up else "measured")
