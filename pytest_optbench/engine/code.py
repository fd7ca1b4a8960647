"""Identity of code: a function's source, defaults and closed-over values, and the functions it uses.

Comments, layout and the place in the file do not count. Where there is no source (lambdas, code made at run time) the
bytecode counts instead, which differs between Python versions.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, MethodWrapperType, ModuleType
from typing import Any

from pytest_optbench.engine.encoders import class_name
from pytest_optbench.engine.identity import encode, fingerprint
from pytest_optbench.engine.sources import Files, Sources
from pytest_optbench.errors import IdentityError

NUMBERS = (bool, int, float, complex)
TABLES = (list, tuple, dict)
TEXTS = (str, bytes, os.PathLike)
PARTS: dict[type, tuple[str, ...]] = {  # what is made of code, and where that is
    functools.partial: ("func", "args", "keywords"),
    functools.cached_property: ("func",),
    property: ("fget", "fset", "fdel"),
    MethodType: ("__func__", "__self__"),
    BuiltinFunctionType: ("__self__",),
    MethodWrapperType: ("__self__",),
}
MADE_OF_PARTS = tuple(PARTS)
LOOKED_AT = 1000  # parts of a global that are searched for code; a longer table holds data


def code_hash(function: FunctionType, imported: Files | None = None) -> str:
    """The identity of a function's code as 32 hex digits.

    It covers the source, the defaults, the closed-over values, and of its own module the functions, the classes with
    their bases and the numbers in capitals that the code names, and what these name in turn; likewise partials of its
    functions and tables of them (lists, tuples and dicts). Texts in capitals or in tables do not count: they often
    hold paths that differ from session to session.

    Of what is closed over, values count, Python functions by their source, others by module and name; and partials,
    methods, lists, tuples, dicts and dataclasses part by part. Any other object counts by its type.

    `imported` are files as they were when they were imported; any other is read as it is now.
    """
    return fingerprint(("code", _Reader(function.__module__, Sources(imported or {})).function(function)))


class _Reader:
    """Turns code into encodable values; what it has met before it only points at, so that recursion ends."""

    def __init__(self, module: str, sources: Sources) -> None:
        self._module = module
        self._sources = sources
        self._seen: dict[int, tuple[int, Any]] = {}  # by id, with the thing itself, so that no other gets its id

    def function(self, function: FunctionType) -> tuple[Any, ...]:
        """What tells a function apart from others."""
        if id(function) in self._seen:
            return self._again(function)
        self._meet(function)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        return (
            self._source(function),
            [self.value(item) for item in function.__defaults__ or ()],
            {name: self.value(item) for name, item in (function.__kwdefaults__ or {}).items()},
            {name: self.cell(cell) for name, cell in cells},
            {name: self.neighbour(item) for name, item in self._neighbours(function)},
        )

    def cell(self, cell: Any) -> Any:
        """A closed-over value, which may not be assigned yet."""
        try:
            return self.value(cell.cell_contents)
        except ValueError:
            return "empty"

    def value(self, value: Any) -> Any:
        """Something encodable that stands for a default, a closed-over value or a global."""
        inner = _inner(value)
        if isinstance(inner, FunctionType):
            wrapper = self.function(value) if isinstance(value, FunctionType) and inner is not value else None
            return (wrapper, self.function(inner))
        if isinstance(value, ModuleType):
            return ("module", value.__name__)
        if isinstance(value, type):
            return self.own_class(value) if value.__module__ == self._module else ("class", class_name(value))
        try:
            return encode(value)
        except IdentityError:
            return self.object(value)

    def object(self, value: Any) -> tuple[Any, ...]:
        """What is known of something without identity: its type, its name if it has one, and what it is made of."""
        if id(value) in self._seen:
            return self._again(value)
        self._meet(value)
        parts = [(self.value(name), self.value(part)) for name, part in list(_parts(value))]
        return ("object", class_name(type(value)), _name(value), parts)

    def neighbour(self, value: Any) -> Any:
        """A global of the function's own module."""
        if isinstance(value, type):
            return self.own_class(value)
        return self.table(value) if isinstance(value, TABLES) else self.value(value)

    def table(self, table: Any) -> Any:
        """A global table of code, without its texts."""
        if id(table) in self._seen:
            return self._again(table)
        self._meet(table)
        counted = [(name, item) for name, item in list(_parts(table)) if not isinstance(item, TEXTS)]
        read = [self.table(item) if isinstance(item, TABLES) else self.value(item) for _, item in counted]
        return [(self.value(name), item) for (name, _), item in zip(counted, read, strict=True)]

    def own_class(self, cls: type) -> tuple[Any, ...]:
        """What tells a class of the operation's own module apart: its source and bases, and what its methods use."""
        if id(cls) in self._seen:
            return self._again(cls)
        self._meet(cls)
        bases = [self.own_class(base) for base in (type(cls), *cls.__bases__) if base.__module__ == cls.__module__]
        own = {name: item for name, item in vars(cls).items() if not name.startswith("__") or callable(item)}
        text = self._sources.of_class(cls)
        counted = {name: item for name, item in own.items() if text is None or _holds_code(item, cls.__module__)}
        return (text, bases, {name: self.value(item) for name, item in counted.items()})

    def _source(self, function: FunctionType) -> Any:
        text = None if function.__code__.co_name == "<lambda>" else self._sources.of_function(function)
        return _bytecode(function.__code__) if text is None else text

    def _neighbours(self, function: FunctionType) -> Iterator[tuple[str, Any]]:
        """The globals that a function names and that count as part of its code.

        Libraries keep tables that fill up as other modules are imported, and so differ from process to process.
        """
        search = LOOKED_AT if function.__module__ == self._module else 1
        for name in sorted(_names(function.__code__)):
            value = function.__globals__.get(name)
            if _holds_code(value, function.__module__, search) or (name.isupper() and type(value) in NUMBERS):
                yield name, value

    def _meet(self, thing: Any) -> None:
        self._seen[id(thing)] = (len(self._seen), thing)

    def _again(self, thing: Any) -> tuple[str, int]:
        return ("seen", self._seen[id(thing)][0])


def _inner(value: Any) -> Any:
    """The function that a decorator has wrapped; partials and methods are looked into part by part."""
    return value if isinstance(value, MADE_OF_PARTS) else getattr(value, "__wrapped__", value)


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """What something without identity is made of, each part with its name or place.

    Make a list of it at once: a run under way may add to a table.
    """
    if isinstance(value, TABLES):
        return value.items() if isinstance(value, dict) else enumerate(value)
    names = next((names for kind, names in PARTS.items() if isinstance(value, kind)), ())
    if dataclasses.is_dataclass(value):
        names = tuple(field.name for field in dataclasses.fields(value))
    return ((name, getattr(value, name, None)) for name in names)


def _name(value: Any) -> str | None:
    """Module and name of a function that is not written in Python; most other objects have none."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    where = f"{getattr(value, '__module__', None)}:{name}"
    return where.replace("__mp_main__", "__main__") if isinstance(name, str) else None


def _holds_code(value: Any, module: str, search: int = LOOKED_AT) -> bool:
    """Whether a value is code of a module, or made of such code as far as it is searched."""
    waiting = [value]
    for _ in range(search):
        if not waiting:
            return False
        inner = _inner(value := waiting.pop())
        if isinstance(inner, (FunctionType, type)) and inner.__module__ == module:
            return True
        if isinstance(value, TABLES + MADE_OF_PARTS):
            waiting.extend(part for _, part in list(itertools.islice(_parts(value), search)))
    return False


def _bytecode(code: CodeType) -> tuple[Any, ...]:
    return (code.co_code, code.co_names, code.co_varnames, tuple(map(_constant, code.co_consts)))


def _constant(item: Any) -> Any:
    """What stands for a constant; the elements of a set print in another order from process to process."""
    if isinstance(item, CodeType):
        return _bytecode(item)
    return type(item)(map(_constant, item)) if type(item) in (tuple, frozenset) else repr(item)


def _names(code: CodeType) -> set[str]:
    inner = (item for item in code.co_consts if isinstance(item, CodeType))
    return set(code.co_names).union(*map(_names, inner))
