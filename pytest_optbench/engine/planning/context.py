"""Contexts: what all runs of an experiment share, with a fingerprint; files and folders count by content."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol, TypeVar, dataclass_transform, overload, runtime_checkable

from pytest_optbench.engine.identity.files import DirPath, FilePath
from pytest_optbench.engine.identity.fingerprintable import Fingerprintable
from pytest_optbench.engine.identity.identity import fingerprint
from pytest_optbench.errors import IdentityError, InvalidInputError

from .isolation import copier, private_copy

__all__ = [
    "ContextSpec",
    "DirPath",
    "FilePath",
    "Fingerprintable",
    "FrozenContext",
    "context_fingerprint",
    "context_meta",
    "context_spec",
    "copier",
    "private_copy",
]

FrozenContext = Any  # a context as an operation gets it
Spec = TypeVar("Spec")


@runtime_checkable
class ContextSpec(Protocol):
    """What may be a context: a dataclass, a mapping, a `Fingerprintable` or None. Which it is, `run` looks at."""


@overload
def context_spec(cls: type[Spec], /) -> type[Spec]: ...
@overload
def context_spec(cls: None = None, /, *, frozen: bool = True) -> Callable[[type[Spec]], type[Spec]]: ...
@dataclass_transform(frozen_default=True)
def context_spec(cls: type[Any] | None = None, /, *, frozen: bool = True) -> Any:
    """Make a class a frozen dataclass with a `fingerprint`: 32 hex digits that follow its content.

    A class that is a dataclass already gets the fingerprint alone. With `frozen=False` its members may change; a
    sweep takes them as they are when it starts.

    Raises:
        InvalidInputError: the class has a member of that name.
    """
    if cls is None:
        return partial(context_spec, frozen=frozen)
    if "fingerprint" in {**vars(cls), **getattr(cls, "__annotations__", {})}:
        raise InvalidInputError(f"context {cls.__qualname__} has a member 'fingerprint', which it is given: rename it")
    spec: Any = cls if "__dataclass_params__" in vars(cls) else dataclasses.dataclass(frozen=frozen)(cls)
    spec.fingerprint = property(context_fingerprint)
    return spec


def context_fingerprint(context: Any) -> str:
    """The identity of a context as 32 hex digits.

    Raises:
        IdentityError: a value has no identity or a file cannot be read; the message gives the path of the member.
        InvalidInputError: the context is no dataclass, mapping or None.
    """
    plain = dataclasses.is_dataclass(context) and not isinstance(context, type)
    if not (context is None or plain or isinstance(context, Mapping | Fingerprintable)):
        raise InvalidInputError(
            f"context is {context!r}: give a dataclass instance, a mapping, an object with fingerprint_payload, or None"
        )
    try:
        return fingerprint(context)
    except IdentityError as error:
        raise error.below("context") from None


def context_meta(context: Any) -> dict[str, Any]:
    """The members of a context by name, as resolvers see them; empty when there is no context."""
    if context is None:
        return {}
    if dataclasses.is_dataclass(context):
        return {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
    return dict(context) if isinstance(context, Mapping) else {}
