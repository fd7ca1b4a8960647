"""Observations as text: exact if the value is promised, and by pattern if a metalab may choose it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def exact_text(value: Any) -> str:
    """Format a value as exact text: equal for equal values of equal types, in any order of dicts and sets."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind in (list, tuple):
        items = ", ".join(exact_text(item) for item in value)
        return f"[{items}]" if kind is list else f"({items},)"
    if isinstance(value, Mapping):
        items = ", ".join(sorted(f"{exact_text(key)}: {exact_text(item)}" for key, item in value.items()))
        return f"{{{items}}}"
    if isinstance(value, (set, frozenset)):
        return f"{kind.__name__}({', '.join(sorted(exact_text(item) for item in value))})"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        dtype = value.dtype.descr if value.dtype.names else value.dtype.str
        content = exact_text(value.tolist()) if value.size < 100 else sha256(value.tobytes()).hexdigest()[:16]
        return f"{kind.__name__}({dtype}, {value.shape}, {content})"
    if isinstance(value, enum.Enum):
        return f"{name}.{value.name}"
    if dataclasses.is_dataclass(value):
        return name + exact_text({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    return repr(value) if kind.__module__ != "__main__" else f"{name} {value!r}"


def as_json(value: Any) -> Any:
    """Convert a value to what JSON stores: a tuple to a list, a numpy scalar to a Python number."""
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if hasattr(value, "dtype") and value.shape == ():
        return value.item()
    return value


class Opaque(str):
    """Text that a metalab may choose; only whether two of them are equal is compared."""


def labelled(observed: Mapping[Any, str]) -> dict[Any, str]:
    """Sort observations, and replace each opaque text by the key of its first observation."""
    first: dict[str, Any] = {}
    ordered = {key: observed[key] for key in sorted(observed, key=str)}
    return {
        key: f"that of {first.setdefault(text, key)}" if isinstance(text, Opaque) else str(text)
        for key, text in ordered.items()
    }
