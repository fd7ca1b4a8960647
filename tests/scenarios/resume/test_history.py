"""Histories of a store: each step leaves what it should, and a script takes the steps again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.target import RunOptions, load_target
from scenarios.resume.history import Broken, History, Uninterrupted, context_below, history_in
from scenarios.resume.steps import CASES, Step, script_of


@pytest.fixture
def history(tmp_path: Path) -> History:
    place = tmp_path / "histories"
    ctx = SweepContext(load_target(), RunOptions(str(place / "store")), place / "witness.jsonl", "session")
    return history_in(ctx, tmp_path / "script.json", Uninterrupted(context_below(ctx, tmp_path / "uninterrupted")))


@pytest.mark.parametrize(
    ("taken", "executions"),
    [
        ([], CASES),
        ([Step("run", 1)], CASES),
        ([Step("resume")], CASES),
        ([Step("fail", 2)], CASES + 1),
        ([Step("run", 3), Step("fail", 2)], CASES),  # it has succeeded already
        ([Step("run", 3), Step("delete", 0)], CASES + 1),
        ([Step("run", 3), Step("damage", 2)], CASES + 1),
        ([Step("fail", 3), Step("damage", 0), Step("run", 0)], CASES + 1),
        ([Step("run", 3), Step("add_replicate")], 2 * CASES),
        ([Step("add_case"), Step("add_replicate")], 2 * (CASES + 1)),
        ([Step("other_executor")], CASES),
        ([Step("kill", 0)], CASES),  # at its first rename nothing has executed
        ([Step("full_disk", 0), Step("other_executor")], CASES),
    ],
    ids=lambda value: ", ".join(step.name for step in value) if isinstance(value, list) else None,
)
def test_what_a_step_left_missing_is_executed(history: History, taken: list[Step], executions: int) -> None:
    for step in taken:
        history.take(step.name, step.number)
    history.complete()
    assert history.executed == executions  # in this process


def test_what_a_killed_sweep_finished_is_not_executed_again(history: History) -> None:
    history.take("kill", 7 * 5)  # its sixth rename
    history.complete()
    assert 0 < history.executed < CASES


def test_what_is_not_that_of_an_uninterrupted_sweep_is_said(history: History) -> None:
    history.take("run", 1)
    artifact = min(history.folder.rglob("value.json"))
    artifact.write_bytes(b"")
    with pytest.raises(Broken, match=r"a success is not that of an uninterrupted sweep.*artifacts"):
        history.complete()


def test_a_script_names_the_target_and_the_steps() -> None:
    script = script_of("mylab", [Step("kill", 3), Step("resume")])
    assert script.splitlines()[0] == "OPTBENCH_METALAB=mylab python - <<END"
    assert "history.take('kill', 3)\n    history.take('resume', 0)\n    history.complete()" in script
