"""What was observed, as text: exact where a value is promised, and by its pattern where it may be anything."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def told(value: Any) -> str:
    """Exact text of a value: equal for equal values of equal types, whatever the order of dicts and sets."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind in (list, tuple):
        items = ", ".join(told(item) for item in value)
        return f"[{items}]" if kind is list else f"({items},)"
    if isinstance(value, Mapping):
        items = ", ".join(sorted(f"{told(key)}: {told(item)}" for key, item in value.items()))
        return f"{{{items}}}"
    if isinstance(value, (set, frozenset)):
        return f"{kind.__name__}({', '.join(sorted(told(item) for item in value))})"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        dtype = value.dtype.descr if value.dtype.names else value.dtype.str
        content = told(value.tolist()) if value.size < 100 else sha256(value.tobytes()).hexdigest()[:16]
        return f"{kind.__name__}({dtype}, {value.shape}, {content})"
    if isinstance(value, enum.Enum):
        return f"{name}.{value.name}"
    if dataclasses.is_dataclass(value):
        return name + told({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    return repr(value) if kind.__module__ != "__main__" else f"{name} {value!r}"


def kept(value: Any) -> Any:
    """A value as JSON keeps it: a tuple as a list, a number of numpy as Python's, an enumeration as its value."""
    if isinstance(value, Mapping):
        return {name: kept(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [kept(item) for item in value]
    if hasattr(value, "dtype") and value.shape == ():
        return value.item()
    return value


class Opaque(str):
    """Text that a metalab may choose as it likes; what counts is where it is equal and where it differs."""


def labelled(observed: Mapping[Any, str]) -> dict[Any, str]:
    """Observations in a fixed order, each opaque text replaced by the place where it was met first."""
    first: dict[str, Any] = {}
    ordered = {key: observed[key] for key in sorted(observed, key=str)}
    return {
        key: f"that of {first.setdefault(text, key)}" if isinstance(text, Opaque) else str(text)
        for key, text in ordered.items()
    }
