"""Payloads by their names: bundled ones, and operations in a user's file; what cannot be one is refused by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.forecast.payloads import payload_named

OWN = """
import pytest_optbench.engine as metalab

@metalab.operation(name="mine")
def mine(params, capture):
    capture.metric("double", 2 * params["n"])

def plain(params):
    return params
"""


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith("my_")]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["noop", "full"])
def test_a_bundled_payload_numbers_its_runs(name: str) -> None:
    sweep = payload_named(name, ".").sweep(5, 8)
    assert [params["n"] for params in sweep.cases] == [5, 6, 7]  # type: ignore[union-attr]


def test_the_optimizer_payload_has_another_case_for_each_run() -> None:
    payload = payload_named("optimizer", ".")
    cases = [case.params for start in (0, 20) for case in payload.sweep(start, start + 20).space]  # type: ignore[union-attr]
    assert len({repr(params) for params in cases}) == 40


def test_an_operation_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "my_forecast_operation.py").write_text(OWN)
    payload = payload_named("my_forecast_operation.py:mine", str(tmp_path))
    assert payload.operation == "my_forecast_operation:mine"
    assert payload.sweep(0, 3).runs == 3


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nop", "unknown payload 'nop': choose one of FILE.py:operation, full, noop, optimizer"),
        ("lab.txt:mine", "lab.txt is not the name of a Python module"),
        ("my-lab.py:mine", "my-lab.py is not the name of a Python module"),
        ("missing.py:mine", "there is no file"),
        ("my_other_operation.py:theirs", "has no operation 'theirs'"),
        ("my_other_operation.py:", "has no operation ''"),
        ("my_other_operation.py:plain", "plain is not an operation: decorate it with @metalab.operation"),
        ("my_broken_operation.py:mine", "cannot be imported: ZeroDivisionError"),
        ("json.py:mine", "another module is called json"),
    ],
)
def test_what_cannot_be_a_payload_is_refused(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "my_other_operation.py").write_text(OWN)
    (tmp_path / "my_broken_operation.py").write_text("1 / 0")
    (tmp_path / "json.py").write_text(OWN)
    with pytest.raises(InvalidInputError, match=name.partition(":")[0].partition(".")[0]) as refused:
        payload_named(name, str(tmp_path))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
