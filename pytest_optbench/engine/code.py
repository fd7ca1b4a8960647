"""Identity of code: a function's source, defaults and closed-over values, and the functions it uses.

Comments, line breaks and the place in the file do not count. Where there is no source (lambdas, code made at
run time) the bytecode counts instead, which differs between Python versions.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pytest_optbench.engine.identity import encode, fingerprint
from pytest_optbench.errors import IdentityError

NUMBERS = (int, float, complex)


def code_hash(function: FunctionType) -> str:
    """The identity of a function's code as 32 hex digits.

    Covers its source, defaults, annotations excepted, closed-over values, and the functions, classes and
    capitalised numbers of its module that it refers to, and what those refer to in turn. A closed-over object
    without identity counts by its type.
    """
    seen: dict[int, int] = {}
    return fingerprint(("code", _function(inspect.unwrap(function), seen)))


def _function(function: FunctionType, seen: dict[int, int]) -> tuple[Any, ...]:
    if id(function) in seen:
        return ("seen", seen[id(function)])
    seen[id(function)] = len(seen)
    defaults = [_value(item, seen) for item in function.__defaults__ or ()]
    keywords = {name: _value(item, seen) for name, item in (function.__kwdefaults__ or {}).items()}
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    closed = {name: _cell(cell, seen) for name, cell in cells}
    used = {name: _value(item, seen) for name, item in _neighbours(function)}
    return (_source(function), defaults, keywords, closed, used)


def _source(function: FunctionType) -> Any:
    if function.__name__ != "<lambda>":
        try:
            return ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(function))))
        except (OSError, TypeError, SyntaxError, IndentationError):
            pass
    return _bytecode(function.__code__)


def _bytecode(code: CodeType) -> tuple[Any, ...]:
    constants = [_bytecode(item) if isinstance(item, CodeType) else item for item in code.co_consts]
    return (code.co_code, code.co_names, code.co_varnames, repr(constants))


def _cell(cell: Any, seen: dict[int, int]) -> Any:
    try:
        return _value(cell.cell_contents, seen)
    except ValueError:  # not assigned yet
        return "empty"


def _value(value: Any, seen: dict[int, int]) -> Any:
    """Something encodable that stands for a default, a closed-over value or a global."""
    if isinstance(value, FunctionType):
        return _function(value, seen)
    if isinstance(value, ModuleType):
        return ("module", value.__name__)
    if isinstance(value, type):
        return ("class", value.__module__, value.__qualname__)
    try:
        return encode(value)
    except IdentityError:
        return ("object", type(value).__module__, type(value).__qualname__)


def _neighbours(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The globals of the same module that count as part of the code."""
    for name in sorted(_names(function.__code__)):
        value = function.__globals__.get(name)
        if isinstance(value, (FunctionType, type)) and value.__module__ == function.__module__:
            yield name, value
        elif name.isupper() and type(value) in NUMBERS:
            yield name, value


def _names(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names(constant)
    return names
