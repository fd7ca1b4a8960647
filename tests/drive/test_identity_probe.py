"""Small sweeps: what they tell of cases that ran, that were refused, that share an id or got lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.drive.identity_probe import RECEIVED, IdentityProbe, ProbeResult
from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.stress.witness.witness import WITNESS_METRIC, run_key
from pytest_optbench.target import RunOptions, StoredRun, load_target
from pytest_optbench.text import short_repr

ONE, TWO = {"p": (1,)}, {"p": [1]}


@pytest.fixture
def sweeps(tmp_path: Path) -> IdentityProbe:
    return IdentityProbe(
        SweepContext(load_target(), RunOptions(str(tmp_path / "store")), tmp_path / "w.jsonl", "session")
    )


def execution(case: dict[str, Any]) -> Execution:
    key = run_key(case, 0, 0)
    return Execution(key, "s", 1, 1, 0.0, 1.0, "returned", metrics={WITNESS_METRIC: key, RECEIVED: short_repr(case)})


def stored(case: dict[str, Any], run_id: str) -> StoredRun:
    return StoredRun(run_id, "success", {WITNESS_METRIC: run_key(case, 0, 0)})


def test_what_arrived_and_was_stored_is_not_lost() -> None:
    assert not ProbeResult(None, (execution(ONE),), (stored(ONE, "a"),)).lost([ONE])


def test_what_arrived_otherwise_is_told_with_both() -> None:
    swept = ProbeResult(None, (execution(TWO),), (stored(TWO, "a"),))
    assert swept.lost([ONE]) == ["""{'p': (1,)} was planned; the operation received ["{'p': [1]}"]"""]


def test_what_was_not_stored_is_told() -> None:
    assert ProbeResult(None, (execution(ONE),), ()).lost([ONE]) == ["{'p': (1,)} was executed and is not stored"]


def test_replicates_count_each() -> None:
    assert len(ProbeResult(None, (), ()).lost([ONE], seeds=(0, 3))) == 3


def test_refused_means_that_nothing_ran() -> None:
    assert ProbeResult("no", (), ()).refused
    assert not ProbeResult("no", (execution(ONE),), ()).refused
    assert not ProbeResult(None, (), ()).refused


def test_ids_come_in_the_order_of_the_cases(sweeps: IdentityProbe) -> None:
    one, two, again = sweeps.ids([ONE, TWO, ONE])
    assert one == again != two
    assert sweeps.executed == 2


def test_a_refused_case_has_no_id_and_hides_no_other(sweeps: IdentityProbe) -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    bad = sweeps.run([{"p": cyclic}], seeds=(0, 1))
    assert bad.refused
    assert sweeps.ids([ONE])[0] is not None


def test_equal_and_different_cases(sweeps: IdentityProbe) -> None:
    assert sweeps.shared_id([ONE, TWO]) == ""
    assert sweeps.same_run({"a": 1, "b": 2}, {"b": 2, "a": 1}) == ""
    assert "filled in another order" in sweeps.same_run(ONE, TWO)


def test_leaves_no_folder(sweeps: IdentityProbe, tmp_path: Path) -> None:
    sweeps.run([ONE])
    assert not list(tmp_path.iterdir())
