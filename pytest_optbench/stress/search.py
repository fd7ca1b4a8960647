"""Search for the smallest input that breaks a promise: Hypothesis as a function, for scenarios and children."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


@dataclass(frozen=True)
class Searched:
    """How many inputs were tried, and what the check said of the smallest one that failed; None if none did."""

    tried: int
    message: str | None


class _Failed(Exception):  # noqa: N818 - a signal to Hypothesis, which never leaves this module
    """The check has something to say about an input."""


def search(inputs: SearchStrategy[T], check: Callable[[T], str | None], *, examples: int, database: Path) -> Searched:
    """Draw up to `examples` inputs until `check` says what is wrong with one, and shrink that one.

    Inputs that failed are kept in the folder `database` and tried first the next time; give every check a folder of
    its own. A check that fails for an input only now and then is reported too, and says so.
    """
    from hypothesis import HealthCheck, given, settings
    from hypothesis.database import DirectoryBasedExampleDatabase
    from hypothesis.errors import FlakyFailure

    tried = 0

    def examine(drawn: T) -> None:
        nonlocal tried
        tried += 1
        message = check(drawn)
        if message is not None:
            raise _Failed(message)

    chosen = settings(
        max_examples=examples,
        deadline=None,
        derandomize=False,
        database=DirectoryBasedExampleDatabase(database),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    try:
        with _home(database):
            chosen(given(inputs)(examine))()
    except _Failed as failed:
        return Searched(tried, str(failed))
    except FlakyFailure as flaky:
        return Searched(tried, f"{_first(flaky)} (not every time)")
    return Searched(tried, None)


def drawn(inputs: SearchStrategy[T], *, examples: int, database: Path) -> list[T]:
    """Draw `examples` inputs, to be examined together afterwards."""
    found: list[T] = []
    search(inputs, found.append, examples=examples, database=database)
    return found


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    """Keep what Hypothesis writes down beside examples out of the working directory."""
    from hypothesis import configuration

    before: Any = vars(configuration).get("__hypothesis_home_directory")
    configuration.set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found = group.subgroup(_Failed)
    inner: BaseException = group if found is None else found
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner
