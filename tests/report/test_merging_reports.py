"""Reports of several machines become one, from the command line too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sessions import RUN_ONCE, count, outcome, session

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.__main__ import main
from pytest_optbench.report.document import SessionReport, read, write
from pytest_optbench.report.merge import merge_reports
from pytest_optbench.report.rows import rows

SHARDS = 32


def half(first: int) -> SessionReport:
    """Every second of 32 shards, as one of two machines ran them."""
    outcomes = [outcome(count(10 + shard), shard=shard, shards=SHARDS) for shard in range(first, SHARDS, 2)]
    machine = {"system": f"machine {first}", "cores": 2}
    versions = {"numpy": f"2.{first}", "pytest": "9.0"} | ({"hypothesis": "6.0"} if first else {})
    return replace(session(*outcomes, started=f"2024-01-0{2 - first}"), machine=machine, versions=versions)


def test_the_shards_of_two_machines_are_one_row() -> None:
    whole = merge_reports([half(0), half(1)])
    (row,) = rows(whole.outcomes)
    assert (row.items, row.executed, row.verdict) == (SHARDS, 10 * SHARDS, "holds")
    assert row.limits[0].value == 10 + SHARDS - 1
    assert [one["machine"]["system"] for one in whole.sessions] == ["machine 1", "machine 0"]
    assert whole.machine == {"system": "machine 1, machine 0", "cores": 2}
    assert whole.versions == {"numpy": "2.1, 2.0", "pytest": "9.0", "hypothesis": "6.0, unknown"}


def test_merging_merged_reports_keeps_every_session() -> None:
    again = merge_reports([merge_reports([half(0), half(1)]), half(0)])
    assert len(again.sessions) == 3


def test_other_targets_are_refused() -> None:
    other = replace(half(1), target={"name": "lab", "version": "2.0"})
    with pytest.raises(InvalidInputError, match="different targets"):
        merge_reports([half(0), other])
    with pytest.raises(InvalidInputError, match="nothing to merge"):
        merge_reports([])


def test_what_one_session_ran_was_not_left_out() -> None:
    one, other = replace(half(0), left_out={"heavy": 3, "medium": 2}), replace(half(1), left_out={"heavy": 1})
    assert merge_reports([one, other]).left_out == {"heavy": 1}


def files(folder: Path, *reports: SessionReport) -> list[str]:
    paths = [folder / f"{number}.json" for number in range(len(reports))]
    for path, report in zip(paths, reports, strict=True):
        write(report, path)
    return [str(path) for path in paths]


def test_the_command_merges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    merged, page = tmp_path / "all.json", tmp_path / "all.html"
    code = main(["merge", *files(tmp_path, half(0), half(1)), "-o", str(merged), "--html", str(page)])
    assert code == 0
    assert read(merged).outcomes == (*half(1).outcomes, *half(0).outcomes)
    assert capsys.readouterr().out.startswith("1 breaking point: 1 holds (32 parts: 32 hold); 320 runs executed")
    assert "2 sessions merged" in page.read_text()


def test_the_command_holds_a_report_against_a_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, now, broken = files(
        tmp_path, session(outcome(count(10))), session(outcome(count(12))), session(outcome(broken=[RUN_ONCE]))
    )
    assert main(["show", now, "--compare", before, "--fail", "resume:30%"]) == 0
    assert main(["show", now, "--compare", before, "--fail", "resume:10%"]) == 1
    assert "1.2x worse" in capsys.readouterr().out
    assert main(["show", broken, "--compare", before]) == 1
    assert "newly broken" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["show", "nowhere.json"], ["merge", "nowhere.json", "-o", "x.json"]])
def test_the_command_says_what_is_wrong(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "optbench: nowhere.json is not an optbench report" in capsys.readouterr().err
