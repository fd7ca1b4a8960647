"""What the standard library contributes to code: its own functions, and the methods that it writes into classes.

Both differ between versions of Python, and follow from what the class or the function says in its own text.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import os
from types import FunctionType
from typing import Any, Final

_LIBRARY: Final = f"{os.path.dirname(os.__file__)}/"  # noqa: PTH120 - asked about every function
_PACKAGES: Final = ("site-packages/", "dist-packages/")  # in there, and no part of it
NAMED_TUPLE: Final = "namedtuple_"  # begins the name of the module in which `collections` makes one
MADE: Final = "<string>"  # the file of code that is compiled from a text, as methods of dataclasses are
_CLASS_FLAGS: Final = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")
_FIELD_PARTS: Final = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only")
ANNOTATING: Final = frozenset({"__annotate__", "__annotate_func__"})  # functions in a class from Python 3.14 on


def is_standard(function: FunctionType) -> bool:
    """Whether a function is one of the standard library, by its file: modules of a user may bear the same names."""
    file = function.__code__.co_filename
    if file.startswith(_LIBRARY):
        return not file.startswith(_PACKAGES, len(_LIBRARY))
    return file.startswith("<frozen ")


def is_generated(cls: type, name: str, member: Any) -> bool:
    """Whether a method is one that `dataclass`, `NamedTuple`, `Enum`, `Protocol`, ... wrote into a class."""
    inner = inspect.unwrap(member.__func__ if isinstance(member, (staticmethod, classmethod)) else member)
    if not name.startswith("_") or not isinstance(inner, FunctionType):
        return False
    if is_standard(inner) or inner.__globals__.get("__name__", "").startswith(NAMED_TUPLE) or name in ANNOTATING:
        return True
    return dataclasses.is_dataclass(cls) and inner.__code__.co_filename == MADE


def is_named_tuple(cls: Any) -> bool:
    """Whether a class is a named tuple."""
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def declared(cls: Any) -> dict[str, Any]:
    """What generated methods take from a class, by name: fields, defaults, or the values of an enum.

    Under the empty name are the flags of a dataclass, or the names of all fields of a named tuple.
    """
    if issubclass(cls, enum.Enum):
        return {name: member._value_ for name, member in cls.__members__.items()}
    if is_named_tuple(cls):
        return {"": cls._fields, **getattr(cls, "_field_defaults", {})}
    if "__dataclass_fields__" not in vars(cls):
        return {}
    flags = tuple(getattr(vars(cls)["__dataclass_params__"], flag) for flag in _CLASS_FLAGS)
    fields = vars(cls)["__dataclass_fields__"].items()
    return {"": flags} | {name: tuple(getattr(field, part) for part in _FIELD_PARTS) for name, field in fields}
