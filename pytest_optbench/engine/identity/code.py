"""Identity of code: a function's source, defaults and closed-over values, and the functions it uses.

Comments, layout and the place in the file do not count, nor does the version of Python. Where there is no source (code
made at run time by `exec` or `eval`, modules of which only the compiled form is there, lambdas on one line that cannot
be distinguished) the bytecode counts instead, which differs between versions of Python.
"""

from __future__ import annotations

import dataclasses
import dis
import enum
import functools
from collections import deque
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from pytest_optbench.errors import IdentityError

from .encoders import class_name, module_name
from .identity import encode, fingerprint
from .sources import Files, Sources
from .standard import declared, is_generated, is_named_tuple, is_standard

NUMBERS = (bool, int, float, complex)
TABLES = (list, tuple, dict)
PARTS: dict[type, tuple[str, ...]] = {  # what is made of code, and where that is
    functools.partial: ("func", "args", "keywords"),
    functools.cached_property: ("func",),
    property: ("fget", "fset", "fdel"),
    MethodType: ("__func__", "__self__"),
}
LOOKED_AT = 1000  # parts of a table that are looked at; a longer one holds data
DEEPEST = 5  # tables in tables that are looked into
MISSING = object()  # what a name stands for that is no global yet
OBJECTS = 100  # things without identity that are looked into at all: cyclic links must not take long


class Code:
    """What a function does, as it is when this is made: `hash` is its identity, 32 hex digits.

    It covers the source, the defaults, the closed-over values, and of its own module the functions, the classes with
    their bases and the numbers in capitals that the code names, and what these name in turn; likewise partials of its
    functions and tables of them (lists, tuples and dicts), with their numbers. Texts do not count, since they often
    hold paths that differ from session to session; nor do variables outside that the code itself assigns.

    Of what is closed over, values count, Python functions by their source, others and those of the standard library by
    module and name; and partials, methods, lists, tuples, dicts and dataclasses part by part. Any other object counts
    by its type.

    `imported` are files as they were when they were imported; any other is read as it is now.
    """

    def __init__(self, function: FunctionType, imported: Files | None = None) -> None:
        reader = _Reader(function.__module__, Sources(imported or {}))
        self.hash = fingerprint(("code", reader.function(function)))
        self._named = reader.named
        self._functions = reader.functions

    @property
    def is_current(self) -> bool:
        """Whether every function has its code still, and every global that counted is the same object or number.

        What is kept in a global, a closure or a class while runs execute is state, and makes no other code; in a
        session that runs a cell again, or reloads a module, the functions and classes are other ones.
        """
        replaced = any(function.__code__ is not code for function, code in self._functions)
        return not replaced and all(_is_same(scope.get(name, MISSING), value) for scope, name, value in self._named)


def code_hash(function: FunctionType, imported: Files | None = None) -> str:
    """The identity of a function's code as 32 hex digits: see `Code`."""
    return Code(function, imported).hash


def _is_same(now: Any, value: Any) -> bool:
    return now is value or (type(now) is type(value) and type(now) in NUMBERS and now == value)


class _Reader:
    """Turns code into encodable values; what it has met before it only points at, so that recursion ends."""

    def __init__(self, module: str, sources: Sources) -> None:
        self.named: list[tuple[dict[str, Any], str, Any]] = []  # globals that count, or may: where, which name, what
        self.functions: list[tuple[FunctionType, CodeType]] = []
        self._module = module
        self._sources = sources
        self._seen: dict[int, tuple[int, Any]] = {}  # by id, with the thing itself, so that no other gets its id

    def function(self, function: FunctionType) -> tuple[Any, ...]:
        """The parts that distinguish a function from others."""
        if id(function) in self._seen:
            return self._again(function)
        self._meet(function)
        self.functions.append((function, function.__code__))
        state = _assigned(function.__code__, "STORE_DEREF")
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        return (
            self._source(function),
            [self.value(item) for item in function.__defaults__ or ()],
            {name: self.value(item) for name, item in (function.__kwdefaults__ or {}).items()},
            {name: self.cell(cell) for name, cell in cells if name not in state},
            {name: self.neighbour(item) for name, item in self._neighbours(function)},
        )

    def cell(self, cell: Any) -> Any:
        """A closed-over value, which may not be assigned yet."""
        try:
            return self.value(cell.cell_contents)
        except ValueError:
            return "empty"

    def value(self, value: Any, depth: int = 0) -> Any:
        """Something encodable that stands for a default, a closed-over value or a global."""
        inner = _inner(value)
        if isinstance(inner, FunctionType) and is_standard(inner):
            return ("standard", _name(inner))
        if isinstance(inner, FunctionType):
            wrapper = self.function(value) if isinstance(value, FunctionType) and inner is not value else None
            return (wrapper, self.function(inner))
        if isinstance(value, ModuleType):
            return ("module", value.__name__)
        if isinstance(value, type):
            return self.own_class(value) if value.__module__ == self._module else ("class", class_name(value))
        try:
            return encode(value)
        except (IdentityError, RuntimeError):  # a dict that another thread is filling
            return self.object(value, depth)

    def object(self, value: Any, depth: int) -> tuple[Any, ...]:
        """What is known of something without identity: its type, its name if it has one, and what it is made of."""
        if id(value) in self._seen:
            return self._again(value)
        self._meet(value)
        parts = _parts(value) if depth < DEEPEST and len(self._seen) - len(self.functions) <= OBJECTS else []
        read = [(self.value(name), self.value(part, depth + 1)) for name, part in parts]
        return ("object", class_name(type(value)), _name(value), read)

    def neighbour(self, value: Any) -> Any:
        """A global of the function's own module."""
        if isinstance(value, type):
            return self.own_class(value)
        return self.table(value, 0) if type(value) in TABLES else self.value(value)

    def table(self, table: Any, depth: int) -> Any:
        """A global table of code: what is code in it, and numbers."""
        if id(table) in self._seen:
            return self._again(table)
        self._meet(table)
        parts = [
            (name, item)
            for name, item in _parts(table)
            if depth < DEEPEST and (type(item) in NUMBERS or _holds_code(item, self._module))
        ]
        return [
            (self.value(name), self.table(item, depth + 1) if type(item) in TABLES else self.value(item))
            for name, item in parts
        ]

    def own_class(self, cls: type) -> tuple[Any, ...]:
        """The parts that distinguish a class of the operation's module: source, bases, and what its methods use."""
        if id(cls) in self._seen:
            return self._again(cls)
        self._meet(cls)
        bases = [self.own_class(base) for base in (type(cls), *cls.__bases__) if base.__module__ == cls.__module__]
        own = {name: item for name, item in vars(cls).items() if not name.startswith("__") or callable(item)}
        text = self._sources.of_class(cls)
        whole = text is None and not (issubclass(cls, enum.Enum) or is_named_tuple(cls))
        counted = {
            name: item
            for name, item in own.items()
            if (whole or _is_method(item)) and not is_generated(cls, name, item)
        }
        fields = {name: self.value(item) for name, item in declared(cls).items()}
        return (text, bases, fields, {name: self.value(item) for name, item in counted.items()})

    def _source(self, function: FunctionType) -> Any:
        if is_standard(function):  # around a function of the user's: what it closes over counts as well
            return ("standard", function.__code__.co_qualname)
        text = self._sources.of_function(function)
        return _bytecode(function.__code__) if text is None else text

    def _neighbours(self, function: FunctionType) -> Iterator[tuple[str, Any]]:
        """The globals that a function names and that count as part of its code.

        Libraries keep tables that fill up as other modules are imported, and so differ from process to process.
        """
        tables = function.__module__ == self._module
        for name in sorted(_names(function.__code__) - _assigned(function.__code__, "STORE_GLOBAL")):
            value = function.__globals__.get(name, MISSING)
            is_number = name.isupper() and type(value) in NUMBERS
            counts = is_number or _holds_code(value, function.__module__, tables=tables)
            if counts or value is MISSING:
                self.named.append((function.__globals__, name, value))
            if counts:
                yield name, value

    def _meet(self, thing: Any) -> None:
        self._seen[id(thing)] = (len(self._seen), thing)

    def _again(self, thing: Any) -> tuple[str, int]:
        return ("seen", self._seen[id(thing)][0])


def _inner(value: Any) -> Any:
    """The function that a decorator has wrapped; partials and methods are looked into part by part."""
    return value if type(value) in PARTS else getattr(value, "__wrapped__", value)


def _parts(value: Any) -> list[tuple[Any, Any]]:
    """What something without identity is made of, each part with its name or place; of long tables nothing.

    Nothing of a user's class is called for that, and the list is made at once: a run under way may add to a table.
    """
    kind = type(value)
    if kind in TABLES:
        return list(value.items() if kind is dict else enumerate(value)) if len(value) <= LOOKED_AT else []
    names = (
        [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else PARTS.get(kind, ())
    )
    return [(name, getattr(value, name, None)) for name in names]


def _name(value: Any) -> str | None:
    """Module and name of a function that is not read; most other objects have none."""
    if type(value) in PARTS:
        return None
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return f"{module_name(getattr(value, '__module__', None))}:{name}" if isinstance(name, str) else None


def _is_method(item: Any) -> bool:
    """Whether a member of a class is a function, under whatever descriptor."""
    return isinstance(_inner(item), FunctionType) or type(item) in PARTS


def _holds_code(value: Any, module: str, *, tables: bool = True) -> bool:
    """Whether a value is code of a module, or made of such code as far as it is looked into."""
    waiting = deque([value])
    looked_at = 0
    while waiting and looked_at < LOOKED_AT:
        inner = _inner(value := waiting.popleft())
        looked_at += 1
        if isinstance(inner, (FunctionType, type)) and inner.__module__ == module:
            return True
        if tables or type(value) not in TABLES:
            waiting.extend(part for _, part in _parts(value))
    return False


def _bytecode(code: CodeType) -> tuple[Any, ...]:
    return (code.co_code, code.co_names, code.co_varnames, tuple(map(_constant, code.co_consts)))


def _constant(item: Any) -> Any:
    """What stands for a constant; the elements of a set print in another order from process to process."""
    if isinstance(item, CodeType):
        return _bytecode(item)
    return type(item)(map(_constant, item)) if type(item) in (tuple, frozenset) else repr(item)


def _assigned(code: CodeType, step: str) -> set[str]:
    """The variables that the code assigns itself by such steps: they are state."""
    own = {done.argval for done in dis.get_instructions(code) if done.opname == step}
    return own.union(*(_assigned(item, step) for item in code.co_consts if isinstance(item, CodeType)))


def _names(code: CodeType) -> set[str]:
    inner = (item for item in code.co_consts if isinstance(item, CodeType))
    return set(code.co_names).union(*map(_names, inner))
