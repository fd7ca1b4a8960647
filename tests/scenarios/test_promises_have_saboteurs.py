"""Every registered promise has a saboteur that breaks it, but for those of a list that may only become shorter."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sabotage import Sabotage

from pytest_optbench.promises import all_promises, promise

WITHOUT_SABOTEUR = {
    "artifact-collisions.listed",
    "artifact-collisions.sweep-survives",
    "audit.does-what-is-asked",
    "audit.finishes",
    "audit.inside-the-store",
    "audit.only-planned",
    "audit.params",
    "audit.something-to-judge",
    "audit.stays-stored",
    "memory-pressure.room-for-an-eighth",
    "observation.none-after-the-end",
    "reading-back.every-run",
    "resume.any-history",
    "throughput.no-needless-failures",
}
TABLES = sorted(Path(__file__).parent.glob("test_*_saboteurs.py"))
ROWS: list[Sabotage] = [
    row for table in TABLES if table != Path(__file__) for row in import_module(table.stem).SABOTEURS
]
BROKEN = {row.promise for row in ROWS}


def test_every_promise_has_a_saboteur_or_is_owed_one() -> None:
    assert {one.id for one in all_promises()} - BROKEN == WITHOUT_SABOTEUR, "a promise that has one leaves the list"


def test_rows_name_registered_promises_of_their_point_or_of_the_audit() -> None:
    assert len(ROWS) > 150
    for name in BROKEN:
        promise(name)
