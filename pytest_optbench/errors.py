"""The exception tree: every error that pytest-optbench raises on purpose is an `OptbenchError`.

A message says what was wrong, where, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable


class OptbenchError(Exception):
    """Base of everything that pytest-optbench raises on purpose."""


class InvalidInputError(OptbenchError, ValueError):
    """An argument, option or parameter that cannot mean anything; raised before anything runs."""


class UnknownNameError(InvalidInputError):
    """A name that nothing answers to; the message lists the names that are valid."""

    def __init__(self, what: str, name: object, valid: Iterable[object]) -> None:
        listed = ", ".join(sorted(str(choice) for choice in valid))
        super().__init__(f"unknown {what} {name!r}: choose one of {listed}")
        self.name = name


class TargetError(OptbenchError):
    """The metalab under test cannot be imported or lacks the interface."""
