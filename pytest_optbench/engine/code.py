"""Identity of code: a function's source, defaults and closed-over values, and the functions it uses.

Comments, layout and the place in the file do not count. Where there is no source (lambdas, code made at run time) the
bytecode counts instead, which differs between Python versions.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pytest_optbench.engine.encoders import class_name
from pytest_optbench.engine.identity import encode, fingerprint
from pytest_optbench.errors import IdentityError

NUMBERS = (bool, int, float, complex)


def code_hash(function: FunctionType) -> str:
    """The identity of a function's code as 32 hex digits.

    It covers the source, the defaults, the closed-over values, and of its own module the functions, the classes and
    the numbers in capitals that the code names, and what these name in turn. Texts in capitals do not count: they
    often hold paths that differ from session to session. A closed-over object without identity counts by its type.
    """
    return fingerprint(("code", _Reader().function(function)))


class _Reader:
    """Turns code into encodable values; what it has met before it only points at, so that recursion ends."""

    def __init__(self) -> None:
        self._seen: dict[Any, int] = {}

    def function(self, function: FunctionType) -> tuple[Any, ...]:
        """What tells a function apart from others."""
        if function in self._seen:
            return ("seen", self._seen[function])
        self._seen[function] = len(self._seen)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        return (
            _source(function),
            [self.value(item) for item in function.__defaults__ or ()],
            {name: self.value(item) for name, item in (function.__kwdefaults__ or {}).items()},
            {name: self.cell(cell) for name, cell in cells},
            {name: self.neighbour(item) for name, item in _neighbours(function)},
        )

    def cell(self, cell: Any) -> Any:
        """A closed-over value, which may not be assigned yet."""
        try:
            return self.value(cell.cell_contents)
        except ValueError:
            return "empty"

    def value(self, value: Any) -> Any:
        """Something encodable that stands for a default, a closed-over value or a global."""
        inner = getattr(value, "__wrapped__", value)
        if isinstance(inner, FunctionType):
            wrapper = self.function(value) if isinstance(value, FunctionType) and inner is not value else None
            return (wrapper, self.function(inner))
        if isinstance(value, ModuleType):
            return ("module", value.__name__)
        if isinstance(value, type):
            return ("class", class_name(value))
        try:
            return encode(value)
        except IdentityError:
            return ("object", class_name(type(value)))

    def neighbour(self, value: Any) -> Any:
        """A global of the function's own module."""
        return self.own_class(value) if isinstance(value, type) else self.value(value)

    def own_class(self, cls: type) -> tuple[Any, ...]:
        """What tells a class of the operation's own module apart: its source and what its methods use."""
        if cls in self._seen:
            return ("seen", self._seen[cls])
        self._seen[cls] = len(self._seen)
        own = {name: item for name, item in vars(cls).items() if not name.startswith("__") or callable(item)}
        text = _text(cls)
        counted = own if text is None else {name: item for name, item in own.items() if isinstance(item, FunctionType)}
        return (text, {name: self.value(item) for name, item in counted.items()})


def _source(function: FunctionType) -> Any:
    text = None if function.__code__.co_name == "<lambda>" else _text(function)
    return _bytecode(function.__code__) if text is None else text


def _text(thing: FunctionType | type) -> str | None:
    """The source without comments and layout, or None where there is none."""
    try:
        lines = inspect.getsource(thing) if isinstance(thing, type) else _lines(thing)
        return ast.unparse(ast.parse(textwrap.dedent(lines)))
    except (OSError, TypeError, SyntaxError):
        return None


def _lines(function: FunctionType) -> str:
    """The source of a function as it stands.

    `inspect.getsource` would first look for its module among all there are, by the real path of each: half of the
    time that a small sweep takes in a new process.

    Raises:
        OSError: there is none.
    """
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)[code.co_firstlineno - 1 :]
    if not lines:
        raise OSError(f"{code.co_qualname} has no source in {code.co_filename}")
    return "".join(inspect.getblock(lines))


def _bytecode(code: CodeType) -> tuple[Any, ...]:
    return (code.co_code, code.co_names, code.co_varnames, tuple(map(_constant, code.co_consts)))


def _constant(item: Any) -> Any:
    """What stands for a constant; the elements of a set print in another order from process to process."""
    if isinstance(item, CodeType):
        return _bytecode(item)
    return type(item)(map(_constant, item)) if type(item) in (tuple, frozenset) else repr(item)


def _neighbours(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The globals that a function names and that count as part of its code."""
    for name in sorted(_names(function.__code__)):
        value = function.__globals__.get(name)
        inner = getattr(value, "__wrapped__", value)
        local = getattr(inner, "__module__", None) == function.__module__
        if (isinstance(inner, (FunctionType, type)) and local) or (name.isupper() and type(value) in NUMBERS):
            yield name, value


def _names(code: CodeType) -> set[str]:
    inner = (item for item in code.co_consts if isinstance(item, CodeType))
    return set(code.co_names).union(*map(_names, inner))
