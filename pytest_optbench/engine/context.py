"""Contexts: what all runs of an experiment share, with a fingerprint; files and folders count by content."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, dataclass_transform

from pytest_optbench.engine.files import DirPath, FilePath
from pytest_optbench.engine.identity import fingerprint
from pytest_optbench.engine.isolation import isolate, isolator
from pytest_optbench.errors import IdentityError, InvalidInputError

__all__ = [
    "DirPath",
    "FilePath",
    "context_fingerprint",
    "context_meta",
    "context_spec",
    "isolate",
    "isolator",
]


@dataclass_transform(frozen_default=True)
def context_spec(cls: type) -> type:
    """Make a class a frozen dataclass with a `fingerprint`: 32 hex digits that follow its content."""
    spec: Any = dataclasses.dataclass(frozen=True)(cls)
    spec.fingerprint = property(context_fingerprint)
    return spec  # type: ignore[no-any-return]


def context_fingerprint(context: Any) -> str:
    """The identity of a context as 32 hex digits; it follows the content of its files.

    Raises IdentityError, with the path of the member, where a value has none.
    """
    _refuse_odd_context(context)
    try:
        return fingerprint(("context", context))
    except IdentityError as error:
        raise IdentityError(error.reason, "context" + error.path.removeprefix("[1]")) from None


def context_meta(context: Any) -> dict[str, Any]:
    """The members of a context by name, as resolvers see them; empty when there is no context."""
    if context is None:
        return {}
    if dataclasses.is_dataclass(context):
        return {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
    return dict(context)


def _refuse_odd_context(context: Any) -> None:
    plain = dataclasses.is_dataclass(context) and not isinstance(context, type)
    if not (context is None or plain or isinstance(context, Mapping)):
        raise InvalidInputError(f"context is {context!r}: give a dataclass instance, a mapping or None")
