"""The fixture that scenarios ask for, `scenario`, and how an item ends with a verdict."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import pytest

from pytest_optbench.errors import MissingFeatureError, TargetFailedError
from pytest_optbench.report.breaks import count_breaks
from pytest_optbench.report.comparison import BreakKey
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome

from .item_end import MILD, crash_note
from .scenario import Scenario
from .session import session_of

SCENARIO = pytest.StashKey[Scenario]()
NOTHING = "the scenario passed without executing and examining a single run: nothing measured is never `holds`"


@pytest.fixture(name="scenario")
def scenario_fixture(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """The item's way to the metalab under test, and to its verdict.

    What a metalab leaves in the temporary folder goes with the folder of the session.
    """
    from pytest_optbench.stress.audit.dir_snapshot import private_temporary

    item = cast("pytest.Item", request.node)
    own = Scenario(item, session_of(request.config))
    item.stash[SCENARIO] = own
    with private_temporary(own.session.folder / "tmp"):  # a short name: sockets are put there too
        try:
            yield own
        finally:
            own.close()


@pytest.fixture
def bench(scenario: Scenario) -> Scenario:
    """Return `scenario`: the old name of that fixture, which goes with the next version."""
    warnings.warn("the fixture `bench` is now called `scenario`", DeprecationWarning, stacklevel=1)
    return scenario


@contextmanager
def record_outcome(item: pytest.Item) -> Iterator[None]:
    """Record the verdict of a scenario when it ends, and fail the item where that is due."""
    try:
        with _judged(item):
            yield
    except BaseException as crash:
        _close(item, crash)
        raise
    _close(item, None)


def see_subtest(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Count a subtest that failed: a report that is made while its scenario runs."""
    own = item.stash.get(SCENARIO, None)
    if own is not None and own.is_running and call.excinfo is not None:
        own.failed_subtests += not isinstance(call.excinfo.value, MILD)


@contextmanager
def _judged(item: pytest.Item) -> Iterator[None]:
    """Judge what comes from the target, wherever in a scenario it shows: what it lacks, raises, and where it hangs."""
    own = item.stash.get(SCENARIO, None)
    if own is None:
        yield
        return
    from pytest_optbench.target.watch import watched

    try:
        own.is_running = True
        with watched():
            yield
    except MissingFeatureError as lack:
        own.not_applicable(str(lack))
    except TargetFailedError as failure:
        own.breaks(failure.promise, str(failure))
    finally:
        own.is_running = False


def _close(item: pytest.Item, crash: BaseException | None) -> None:
    own = item.stash.get(SCENARIO, None)
    if own is None:
        return
    if crash is None and own.promises_kept and not own.has_evidence:
        own.undecided, own.note = "inconclusive", NOTHING
    if crash is None and own.promises_kept and own.failed_subtests:
        own.undecided, own.note = "inconclusive", f"subtests of the scenario itself failed: {own.failed_subtests}"
    outcome = own.outcome(crash)
    own.has_ended = crash is None or isinstance(crash, MILD)
    item.user_properties.append(outcome.to_property())
    if isinstance(crash, KeyboardInterrupt):
        return
    if isinstance(crash, pytest.exit.Exception):
        item.session.shouldstop = crash_note(crash)  # once this item has its report
    if own.broken and isinstance(crash, MILD) and _is_known(outcome, own.session.known):
        pytest.xfail("; ".join(dict.fromkeys(f"known break: {broken.id}: {broken.promise}" for broken in own.broken)))
    if own.broken or isinstance(crash, pytest.exit.Exception) or (crash is None and own.undecided):
        after = [f"then {crash_note(crash)}"] if crash is not None else []
        told = "\n".join([*map(_told, own.broken), *after]) or own.note
        raise pytest.fail.Exception(f"{told}\nrepeat: {own.replay}", pytrace=False) from crash


def _is_known(outcome: ItemOutcome, known: Mapping[BreakKey, float]) -> bool:
    """Whether the baseline knows every break, with about as many witnesses."""
    return all(count <= known.get(broken, 0) for broken, count in count_breaks([outcome]).items())


def _told(broken: BrokenPromise) -> str:
    more = f"\n  and {broken.others:,} more like it" if broken.others else ""
    return f"broken promise {broken.id}: {broken.promise}\n  {broken.message}{more}"
