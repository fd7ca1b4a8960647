"""Derived metrics: computed after runs, kept next to their records, and of no other attempt than that they are of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sample_operations import experiment, fated, powers, square

import pytest_optbench.engine as metalab
from pytest_optbench.errors import InvalidInputError, StoreError

TIMEOUT = 60.0  # seconds, against a hang


def twice(run: metalab.Run) -> int:
    """Return one metric, which goes by the name of the function."""
    return 2 * int(run.metrics["square"])


def broken(run: metalab.Run) -> dict[str, float]:
    """Fail for one run."""
    return {"ratio": 1 / run.params["n"]}


def nothing(run: metalab.Run) -> None:
    """Return no metrics."""


def swept(path: Path, operation: Any = square, **parts: Any) -> Any:
    return metalab.run(experiment(operation, 3), store=path, **parts).result(TIMEOUT)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ([powers], {"square": 4, "cube": 8}),
        (powers, {"square": 4, "cube": 8}),
        ([twice, nothing], {"twice": 8}),
        ({"two": twice, "all": powers}, {"two": 8, "all": {"square": 4, "cube": 8}}),
        (["sample_operations:powers", twice], {"square": 4, "cube": 8, "twice": 8}),
        ("sample_operations:powers", {"square": 4, "cube": 8}),
    ],
    ids=["several", "alone", "one and none", "mapping", "by name", "by name alone"],
)
def test_they_are_kept_apart_from_the_metrics(tmp_path: Path, asked: Any, found: dict[str, Any]) -> None:
    results = swept(tmp_path, derived_metrics=asked)
    for read in (results, metalab.load_results(tmp_path)):
        (run,) = read.filter(n=2)
        assert (dict(run.metrics), run.derived) == ({"square": 4}, found)
    assert metalab.FileStore(tmp_path).check() == []


def test_they_are_computed_once_or_again_when_asked(tmp_path: Path) -> None:
    results = swept(tmp_path)
    assert results[1].derived == {}
    results.compute_derived([twice])
    results.compute_derived([powers], progress=True)
    assert results[1].derived == {"twice": 2}
    results.compute_derived([powers], overwrite=True)
    assert results[1].derived == {"square": 1, "cube": 1}


def test_those_of_an_earlier_attempt_are_not_shown(tmp_path: Path) -> None:
    swept(tmp_path, derived_metrics=[powers])
    again = swept(tmp_path, resume=False)
    assert [run.derived for run in again] == [{}, {}, {}]
    assert [run.derived for run in swept(tmp_path, derived_metrics=[twice])] == [{"twice": 2 * n**2} for n in range(3)]


def test_one_that_fails_is_reported_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    results = swept(tmp_path, derived_metrics=[broken, twice])
    assert [run.derived for run in results] == [{"twice": 0}, {"ratio": 1.0, "twice": 2}, {"ratio": 0.5, "twice": 8}]
    (said,) = [record.getMessage() for record in caplog.records if "broken" in record.getMessage()]
    assert results[0].run_id in said
    assert "ZeroDivisionError" in said


def test_a_value_that_cannot_be_kept_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    results = swept(tmp_path, derived_metrics={"odd": lambda run: object()})
    assert [run.derived for run in results] == [{}, {}, {}]
    assert "odd" in caplog.text


def test_a_run_that_failed_has_none_unless_asked(tmp_path: Path, witness: Path) -> None:
    cases = [{"n": 1, "fate": "error"}, {"n": 2, "fate": "well"}]
    sweep = experiment(fated, cases)
    results = metalab.run(sweep, store=tmp_path / "s", derived_metrics=[powers]).result(TIMEOUT)
    assert [run.derived for run in results] == [{}, {"square": 4, "cube": 8}]
    results.compute_derived([powers])
    assert results[0].derived == {"square": 1, "cube": 1}


def test_they_go_with_their_run(tmp_path: Path) -> None:
    results = swept(tmp_path, derived_metrics=[powers])
    results.store.delete_run(results[0].run_id)
    assert len(list(tmp_path.rglob("derived/*/*.json"))) == 2


@pytest.mark.parametrize("asked", ["nowhere:at_all", "json:nothing", "no_colon", {"a": 3}, [3], 3])
def test_what_is_no_function_is_refused_before_anything_runs(tmp_path: Path, asked: Any) -> None:
    with pytest.raises(InvalidInputError, match="derived"):
        swept(tmp_path / "s", derived_metrics=asked)
    assert not (tmp_path / "s").exists()


def test_damaged_ones_are_named(tmp_path: Path) -> None:
    results = swept(tmp_path, derived_metrics=[powers])
    for path in tmp_path.rglob("derived/*/*.json"):
        path.write_text("{")
    with pytest.raises(StoreError, match=r"derived.*cannot be read"):
        _ = results[0].derived
    results.compute_derived([twice])
    assert [run.derived for run in results] == [{"twice": 2 * n**2} for n in range(3)]
