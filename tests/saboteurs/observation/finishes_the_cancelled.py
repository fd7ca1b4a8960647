"""A metalab that stores a run as a success when it was cancelled midway."""

from __future__ import annotations

from typing import Any

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.execution.runtime import Runtime


class _Stopped(BaseException):
    """Ends an operation, which counts as its regular end."""


def _stop(self: Runtime) -> None:
    if self.cancel_token.is_cancelled:
        raise _Stopped


def operation(function: Any = None, **keywords: Any) -> Any:
    """Decorate a function that may be stopped."""
    import functools

    from pytest_optbench.engine import operation as decorate

    if function is None:
        return lambda body: operation(body, **keywords)

    @functools.wraps(function)
    def stopped(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except _Stopped:
            return None

    return decorate(stopped, **keywords)


Runtime.check_cancelled = _stop  # type: ignore[method-assign]
