"""Whether the error by which a target refuses values says what it refuses."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def names_its_cause(error: str, *inputs: Any) -> bool:
    """Return whether an error, as `ErrorType: message`, is a deliberate refusal of these inputs.

    It is if its type is the target's own, or if the message has the type of a value, or the name of a parameter or
    member. Other errors of a builtin type happened to the target while it worked on the values.
    """
    kind, _, message = error.partition(":")
    return not hasattr(builtins, kind.strip()) or any(name in message for value in inputs for name in _names(value))


def _names(value: Any) -> Iterator[str]:
    """Yield the names of the types of a value and of everything in it, and the keys and members that have a name."""
    yield type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield repr(name)
            if not isinstance(name, str):
                yield from _names(name)
            yield from _names(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _names(item)
