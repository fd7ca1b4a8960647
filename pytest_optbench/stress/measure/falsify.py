"""Search for the smallest example that breaks a promise, with Hypothesis, in a bounded number of tries and seconds."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_optbench.errors import TargetFailedError

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Example = TypeVar("Example")


@dataclass(frozen=True)
class Search(Generic[Example]):
    """The result of a search: how many examples held before one broke, and the smallest that breaks the promise.

    `tried` counts all examples, including those of shrinking. `message` describes what was wrong with `smallest`; it is
    empty if nothing broke.
    """

    held: int
    tried: int
    smallest: Example | None = None
    message: str = ""


def falsify(
    strategy: SearchStrategy[Example],
    check: Callable[[Example], str],
    *,
    examples: int,
    seconds: float,
    database: Path,
    name: str,
    shrinking: float = math.inf,
    seed: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Search[Example]:
    """Try up to `examples` examples of `strategy`; `check` returns what is wrong with one, "" if nothing is.

    Each example (identified by its repr) is checked once. After `seconds` nothing new is checked, so that a slow
    `check` ends the search and the shrinking early; `shrinking` bounds the seconds after the first break. The example
    that broke is kept in the folder `database` under `name`, and is tried first the next time. One `seed` draws the
    same examples each time.

    Raises:
        TargetFailedError: `check` raised it; there is no shrinking, in which the target would fail again and again.
    """
    from hypothesis import find
    from hypothesis.errors import NoSuchExample

    checked = _Checked(check, clock, clock() + seconds, shrinking)
    try:
        with _hypothesis_home(database):
            settings = _hypothesis_settings(examples, database)
            drawn_from = None if seed is None else random.Random(seed)  # noqa: S311 - no secret
            smallest = find(strategy, checked, settings=settings, random=drawn_from, database_key=name.encode())
    except NoSuchExample:
        return Search(len(checked.messages), len(checked.messages))
    except _TimeIsOver:
        if not checked.broken:
            return Search(len(checked.messages), len(checked.messages))
        smallest = min(checked.broken, key=lambda example: (len(repr(example)), repr(example)))
    if checked.failure is not None:
        raise checked.failure
    held = next(number for number, message in enumerate(checked.messages.values()) if message)
    return Search(held, len(checked.messages), smallest, checked.messages[repr(smallest)])


class _TimeIsOver(BaseException):
    """Ends a search from within: Hypothesis treats any `Exception` as an example that fails."""


class _Checked:
    """Remembers the result of each example: Hypothesis asks for the smallest again, also when the time is over."""

    def __init__(
        self, check: Callable[[Any], str], clock: Callable[[], float], deadline: float, shrinking: float
    ) -> None:
        self.messages: dict[str, str] = {}
        self.broken: list[Any] = []
        self.failure: TargetFailedError | None = None
        self._check = check
        self._clock = clock
        self._deadline = deadline
        self._shrinking = shrinking

    def __call__(self, example: Any) -> bool:
        shown = repr(example)
        if shown not in self.messages:
            if self._clock() >= self._deadline:
                raise _TimeIsOver  # Hypothesis would draw all the remaining examples, or go on shrinking
            try:
                self.messages[shown] = self._check(example)
            except TargetFailedError as failure:
                self.failure, self.messages[shown], self._deadline = failure, str(failure), -math.inf
            if self.messages[shown]:
                self.broken.append(example)
                self._deadline = min(self._deadline, self._clock() + self._shrinking)
                self._shrinking = math.inf  # counts from the first break alone
        return bool(self.messages[shown])


def _hypothesis_settings(examples: int, database: Path) -> Any:
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.database import DirectoryBasedExampleDatabase

    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=False,
        database=DirectoryBasedExampleDatabase(database),
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
    )


@contextmanager
def _hypothesis_home(folder: Path) -> Iterator[None]:
    """Keep the other files of Hypothesis out of the working directory."""
    from hypothesis import configuration

    before: Any = vars(configuration).get("__hypothesis_home_directory")
    configuration.set_hypothesis_home_dir(folder)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)


def drawn(strategy: SearchStrategy[Example], examples: int, database: Path) -> list[Example]:
    """Return that many different examples, or fewer if the strategy has no more."""
    kept: list[Example] = []

    def keep(example: Example) -> str:
        kept.append(example)
        return ""

    falsify(strategy, keep, examples=examples, seconds=math.inf, database=database, name="drawn")
    return kept
