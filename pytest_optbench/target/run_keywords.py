"""Keywords that `run` of today's generation has had only for a while."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


@cache
def quietly(run: Callable[..., Any]) -> Mapping[str, bool]:
    """Return the keyword that keeps a run quiet; metalab has it since 4991d5e, and its earlier commits have none."""
    parameters = inspect.signature(run).parameters.values()
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    return {"verbose": False} if takes_any or any(parameter.name == "verbose" for parameter in parameters) else {}
