"""Operations: the function that a run calls, with a name, an address and an identity."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any, overload

from pytest_optbench.engine.identity.code import Code
from pytest_optbench.engine.identity.sources import file_of
from pytest_optbench.errors import InvalidInputError, UnknownNameError

ASKED = ("context", "params", "seeds", "runtime", "capture")


class Operation:
    """A function of any of `context, params, seeds, runtime, capture`; made by `@operation`.

    `ref` is `"module:qualname"`, by which another process finds it; pickling stores no more than that.
    """

    def __init__(self, function: FunctionType, name: str | None = None, version: str | None = None) -> None:
        vars(self).update({name: item for name, item in vars(function).items() if not hasattr(Operation, name)})
        update_wrapper(self, function, updated=())
        self.asks = _asked(function)
        self.function = function
        self.name = name or function.__name__
        self.version = version
        self.ref = f"{function.__module__}:{function.__qualname__}"
        self._code: Code | None = None
        self._file = file_of(function)  # its module is just being imported: what is edited later does not run

    @property
    def code_hash(self) -> str:
        """The identity of the code as it is now, 32 hex digits; `run` takes it once and keeps to it.

        In a session the functions and numbers that the operation uses may be other ones when it runs again.
        """
        if self._code is None or not self._code.is_current:
            self._code = Code(self.function, self._file)
        return self._code.hash

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function as it was written."""
        return self.function(*args, **kwargs)

    def invoke(self, context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
        """Call the function with what it asks for."""
        offered = {
            "context": context,
            "params": params,
            "seeds": seeds,
            "runtime": runtime,
            "capture": capture,
        }
        return self.function(**{name: offered[name] for name in self.asks})

    def run(self, context: Any, params: Any, seeds: Any, runtime: Any, capture: Any) -> Any:
        """Call the function with what it asks for; another name of `invoke`."""
        return self.invoke(context, params, seeds, runtime, capture)

    def __reduce__(self) -> tuple[Callable[[str], Operation], tuple[str]]:
        return load_operation, (self.ref,)

    def __repr__(self) -> str:
        return f"<operation {self.name!r} at {self.ref}>"


@overload
def operation(function: Callable[..., Any], /) -> Operation: ...
@overload
def operation(
    function: None = None, /, *, name: str | None = None, version: str | None = None
) -> Callable[[Callable[..., Any]], Operation]: ...
def operation(
    function: Callable[..., Any] | None = None, /, *, name: str | None = None, version: str | None = None
) -> Operation | Callable[[Callable[..., Any]], Operation]:
    """Make an operation of a function that asks by name for any of context, params, seeds, runtime, capture.

    Raises:
        UnknownNameError: the function has another parameter.
        InvalidInputError: it is no plain function.
    """
    if function is None:
        return lambda decorated: Operation(_plain(decorated), name, version)
    return Operation(_plain(function), name, version)


def find_operation(ref: str) -> Any:
    """What stands at `"module:qualname"` in this process.

    Raises ImportError or AttributeError when nothing does.
    """
    module, _, qualname = ref.partition(":")
    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return found


def load_operation(ref: str) -> Operation:
    """The operation at `"module:qualname"`. Raises InvalidInputError when there is none."""
    try:
        found = find_operation(ref)
    except (ImportError, AttributeError) as error:
        raise InvalidInputError(
            f"no operation at {ref} ({error}): define it at the top level of a module that can be imported"
        ) from error
    if not isinstance(found, Operation):
        raise InvalidInputError(f"{ref} is {found!r}, not an operation: decorate it with @operation")
    return found


def _plain(function: Any) -> FunctionType:
    if not isinstance(function, FunctionType):
        raise InvalidInputError(f"{function!r} is no plain function: define the operation with def")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise InvalidInputError(f"operation {function.__name__!r} would return without running: no async, no yield")
    return function


def _asked(function: FunctionType) -> tuple[str, ...]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise InvalidInputError(f"operation {function.__name__!r} has {parameter}: ask by name, for any of {ASKED}")
        if parameter.name not in ASKED:
            raise UnknownNameError(f"argument of operation {function.__name__!r}", parameter.name, ASKED)
    return tuple(inspect.signature(function).parameters)
