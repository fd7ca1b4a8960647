"""The fixture that scenarios ask for, `bench`, and how an item ends with a verdict."""

from __future__ import annotations

from typing import cast

import pytest

from .bench import Bench
from .report.outcome import Broken
from .session import session_of

BENCH = pytest.StashKey[Bench]()
NOTHING = "the scenario passed without examining a single run: nothing measured is never `holds`"


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    """The item's way to the metalab under test, and to its verdict."""
    item = cast("pytest.Item", request.node)
    own = Bench(item, session_of(request.config))
    item.stash[BENCH] = own
    return own


def finish_item(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Close the books of a scenario before its report is made: verdict, evidence, and failure where one is due."""
    own = item.stash.get(BENCH, None)
    if own is None or call.when != "call":
        return
    crash = call.excinfo.value if call.excinfo is not None else None
    if crash is None and not own.broken and not own.audited:
        own.undecided, own.note = "inconclusive", NOTHING
    if crash is None:
        call.excinfo = _due_failure(own)
    item.user_properties.append(own.outcome(crash).to_property())


def _due_failure(own: Bench) -> pytest.ExceptionInfo[BaseException] | None:
    if own.broken:
        message = "\n".join(_told(broken) for broken in own.broken)
    elif own.undecided:
        message = own.note
    else:
        return None
    return pytest.ExceptionInfo.from_exception(pytest.fail.Exception(f"{message}\nrepeat: {own.replay}", pytrace=False))


def _told(broken: Broken) -> str:
    more = f"\n  and {broken.others:,} more like it" if broken.others else ""
    return f"broken promise: {broken.promise}\n  {broken.message}{more}"
