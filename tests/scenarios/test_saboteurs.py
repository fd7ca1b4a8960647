"""Each saboteur in the tables of the rooms is noticed where its row says, or allowed, or left undecided."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sabotage import Sabotage, Undecided, Within, check, check_holds, check_undecided, rows_of, scenario_of

TABLES = sorted(Path(__file__).parent.glob("*/*saboteurs.py"))
SERVERS = "SABOTEURS_SERVERS"  # with it, every saboteur that needs a server is run; each takes 10 to 90 s
ON_DEMAND = pytest.mark.skipif(not os.environ.get(SERVERS), reason=f"it takes long: set ${SERVERS}")


def rows(kind: type) -> list[Any]:
    """Return each row of a kind with the scenario that it is about; of servers the first of each table is enough."""
    return [
        pytest.param(
            scenario_of(table),
            row,
            id=str(row),
            marks=[ON_DEMAND] if table.parent.name == "servers" and number > 0 else [],
        )
        for table in TABLES
        for number, row in enumerate(rows_of(table))
        if isinstance(row, kind)
    ]


@pytest.mark.parametrize(("scenario", "sabotage"), rows(Sabotage))
def test_a_broken_promise_is_noticed(scenario: str, sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, scenario, tmp_path)


@pytest.mark.parametrize(("scenario", "within"), rows(Within))
def test_what_stays_within_a_bound_holds(scenario: str, within: Within, tmp_path: Path) -> None:
    check_holds(within.module, scenario, within.holds, tmp_path)


@pytest.mark.parametrize(("scenario", "undecided"), rows(Undecided))
def test_what_leaves_nothing_to_look_at_is_inconclusive(scenario: str, undecided: Undecided, tmp_path: Path) -> None:
    check_undecided(undecided, scenario, tmp_path)
