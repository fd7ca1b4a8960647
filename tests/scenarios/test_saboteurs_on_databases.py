"""What breaks a promise of any store is noticed on a database too: a sample; CONTRIBUTING.md says how to run all."""

from __future__ import annotations

from pathlib import Path

import pytest
from about_files import ABOUT_FILES
from sabotage import STORE, Sabotage, check, rows_of, scenario_of

SAMPLE = ("flock_concurrency.loses_a_run", "optbench.loses_a_point")
ROWS = {
    row.module: (row, scenario_of(table))
    for table in sorted(Path(__file__).parent.glob("*/*saboteurs.py"))
    for row in rows_of(table)
    if isinstance(row, Sabotage)
}


@pytest.mark.parametrize("module", SAMPLE)
def test_a_broken_promise_is_noticed_on_sqlite(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE, "sqlite")
    check(*ROWS[module], tmp_path)


def test_what_is_about_files_is_in_a_table() -> None:
    assert ABOUT_FILES.keys() <= ROWS.keys()


def test_what_is_about_files_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE, "sqlite")
    with pytest.raises(pytest.skip.Exception, match="not applicable"):
        check(*ROWS[min(ABOUT_FILES)], tmp_path)
