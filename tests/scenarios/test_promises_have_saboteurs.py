"""Every registered promise has a saboteur that breaks it, but for those of a list that may only become shorter."""

from __future__ import annotations

from pathlib import Path

from sabotage import Sabotage, rows_of

from pytest_optbench.promises import all_promises, promise
from tests.scenarios.test_failing_targets import HANGS

WITHOUT_SABOTEUR = {
    "audit.only-planned",
    "audit.stays-stored",
    "resume.any-history",
    "throughput.no-needless-failures",
}
TABLES = sorted(Path(__file__).parent.glob("*/*saboteurs.py"))
ROWS = [row for table in TABLES for row in rows_of(table) if isinstance(row, Sabotage)]
BROKEN = {name for row in ROWS for name in (row.promise, *row.besides)} | {HANGS}


def test_every_promise_has_a_saboteur_or_is_owed_one() -> None:
    assert {one.id for one in all_promises()} - BROKEN == WITHOUT_SABOTEUR, "a promise that has one leaves the list"


def test_rows_name_registered_promises_of_their_point_or_of_the_audit() -> None:
    assert len(ROWS) > 150
    for name in BROKEN:
        promise(name)
