"""Every registered promise has a saboteur that breaks it."""

from __future__ import annotations

from pathlib import Path

from sabotage import Sabotage, rows_of

from pytest_optbench.promises import all_promises, promise
from tests.scenarios.test_failing_targets import HANGS

TABLES = sorted(Path(__file__).parent.glob("*/*saboteurs.py"))
ROWS = [row for table in TABLES for row in rows_of(table) if isinstance(row, Sabotage)]
BROKEN = {name for row in ROWS for name in (row.promise, *row.besides)} | {HANGS}


def test_every_promise_has_a_saboteur() -> None:
    assert {one.id for one in all_promises()} <= BROKEN


def test_rows_name_registered_promises_of_their_point_or_of_the_audit() -> None:
    assert len(ROWS) > 150
    for name in BROKEN:
        promise(name)
