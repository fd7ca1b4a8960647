"""Declare a command-line option as a field of `Settings`: its parser, its reader, and its use in repeat commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pytest_optbench.report.gate import Rule, parse

from .checks import about, bounded, refuse_unless, text
from .invocation import Invocation

Read = Callable[[str, Any, Invocation], Any]  # flag, parsed value, how the session was started -> value of the field
OPTION = "option"


@dataclass(frozen=True)
class Option:
    """One option: `parsing` is for argparse; one that `repeats` is part of the command that repeats an item."""

    flag: str
    parsing: Mapping[str, Any]
    read: Read
    repeats: bool

    @property
    def destination(self) -> str:
        """The attribute under which argparse keeps its value."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def values(self) -> int:
        """How many values the option takes on the command line."""
        return 0 if self.parsing.get("action") == "store_true" else int(self.parsing.get("nargs", 1))

    def arguments(self, value: Any, began: Invocation) -> list[str]:
        """Return the arguments that give `value` again; none if the default is the same."""
        if value == self.read(self.flag, self.parsing.get("default"), began) or value is False:
            return []
        if value is True:
            return [self.flag]
        given = value if isinstance(value, tuple) else (value,)
        return [self.flag, *(f"{each:g}" if isinstance(each, float) else str(each) for each in given)]


def as_given(flag: str, value: Any, began: Invocation) -> Any:  # noqa: ARG001 - readers share one signature
    """Return the value from argparse."""
    return tuple(value) if isinstance(value, list) else value


def a_text(flag: str, value: str | None, began: Invocation) -> str | None:  # noqa: ARG001
    """Return a text that is not empty and can be written into a report."""
    return text(flag, value)


def a_store(flag: str, value: str | None, began: Invocation) -> str | None:
    """Return a locator; a relative folder begins where the session began."""
    locator = text(flag, value)
    return locator if locator is None or "://" in locator else began.absolute(locator)


def a_report(flag: str, value: str | None, began: Invocation) -> Path | None:
    """Return the path of a report; a relative one begins where the session began."""
    path = text(flag, value)
    refuse_unless(
        path != "-",
        f"{flag} -: standard output has the lines of pytest; name a file, or /dev/stdout where they do no harm",
    )
    return None if path is None else Path(began.absolute(path))


def an_interpreter(flag: str, value: str | None, began: Invocation) -> str | None:
    """Return a program: one without a slash is searched in PATH, another begins where the session began."""
    program = text(flag, value)
    return began.absolute(program) if program is not None and "/" in program.partition(":")[0] else program


def the_rules(flag: str, value: list[str], began: Invocation) -> tuple[Rule, ...]:  # noqa: ARG001
    """Return the rules of a gate."""
    with about(flag):
        return tuple(rule for expression in value or () for rule in parse(expression))


def the_points(flag: str, value: list[str], began: Invocation) -> tuple[str, ...]:  # noqa: ARG001
    """Return names of breaking points in their order, each once."""
    names = [name.strip() for listed in value or () for name in listed.split(",")]
    refuse_unless(all(names), f"{flag}: a name is empty; write POINT or POINT,POINT")
    return tuple(dict.fromkeys(names))


def at_most(most: float, otherwise: Any = None) -> Read:
    """Return a reader of numbers above 0 and up to `most`, a generous bound; `otherwise` is the default."""

    def read(flag: str, value: Any, began: Invocation) -> Any:  # noqa: ARG001
        return otherwise if value is None else bounded(flag, value, most)

    return read


def option(flag: str, help: str, *, read: Read = as_given, repeats: bool = False, **parsing: Any) -> Any:  # noqa: A002
    """Declare a field of `Settings` that comes from the command line; `parsing` are keywords of argparse."""
    return field(metadata={OPTION: Option(flag, {"help": help, **parsing}, read, repeats)})


def options_of(settings: Any) -> Iterator[tuple[str, Option]]:
    """Iterate over the options that a class declares, each with the name of its field."""
    return ((each.name, each.metadata[OPTION]) for each in fields(settings) if OPTION in each.metadata)
