"""Numbers as callers give them: ints, and what stands for one (such as numpy's) made one."""

from __future__ import annotations

from operator import index as as_int
from typing import Any

from pytest_optbench.errors import InvalidInputError


def whole_number(what: str, value: Any) -> int:
    """`value` as an int; raises InvalidInputError, naming `what`, for what is no whole number."""
    try:
        return as_int(value)
    except TypeError:
        raise InvalidInputError(f"{what}={value!r}: give a whole number") from None
