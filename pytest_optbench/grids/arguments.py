"""Arguments that must be whole numbers: ints, or objects that convert to one (such as numpy's)."""

from __future__ import annotations

from operator import index as as_int
from typing import Any

from pytest_optbench.errors import InvalidInputError


def whole_number(what: str, value: Any) -> int:
    """Return `value` as an int; raises InvalidInputError, naming `what`, if it is no whole number."""
    try:
        return as_int(value)
    except TypeError:
        raise InvalidInputError(f"{what}={value!r}: give a whole number") from None
