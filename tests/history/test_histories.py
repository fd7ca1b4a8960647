"""Whole histories of a tiny metalab: each commit has its session, and the one that broke a promise is named."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_metalab import BREAKS, MENDS, NAME, PART, PROMISE, SUBJECTS, UNBUILDABLE, state_of

from pytest_optbench.history.environments import Environments
from pytest_optbench.history.repository import Repository
from pytest_optbench.report.document import read

Known = tuple[Path, list[str]]
COMMAND = (sys.executable, "-m", "pytest_optbench.history")


def run(repository: Path, revisions: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, str(repository), revisions, "--metalab", NAME, "--folder", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, check=False)


def test_the_commit_that_broke_a_promise_is_named_in_few_sessions(repository: Known, kept: Path) -> None:
    folder, ids = repository
    before = state_of(folder)
    ended = run(folder, f"{ids[0]}..{ids[4]}", kept, *PART, "--bisect", PROMISE)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"first commit that broke it: {ids[BREAKS][:10]} 2024-01-04 {SUBJECTS[BREAKS]}" in ended.stdout
    assert f"before: {ids[BREAKS - 1][:10]} 2024-01-03 {SUBJECTS[BREAKS - 1]} holds" in ended.stdout
    assert "witness: Of 12 runs 0 were missing, and 12 executed." in ended.stdout
    assert "4 sessions for 5 commits" in ended.stdout
    repeat = next(line for line in ended.stdout.splitlines() if line.startswith("repeat: ")).removeprefix("repeat: ")
    assert repeat.startswith(f"'{kept}/environments/{ids[BREAKS]}/bin/python' -P -m pytest ")
    by_hand = subprocess.run(repeat, shell=True, capture_output=True, text=True, cwd=kept, check=False)
    assert "Of 12 runs 0 were missing, and 12 executed." in by_hand.stdout
    assert state_of(folder) == before
    again = run(folder, f"{ids[0]}..{ids[4]}", kept, *PART, "--bisect", PROMISE)
    assert "0 sessions for 5 commits" in again.stdout
    assert again.stdout.count("(kept)") == 4


def test_each_commit_has_its_session_once(repository: Known, kept: Path) -> None:
    folder, ids = repository
    arguments = (*PART, "--optbench-only", "resume")
    first = run(folder, "HEAD~5..HEAD~3", kept, *arguments)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{SUBJECTS[UNBUILDABLE]}: skipped: it cannot be installed (" in first.stdout
    assert f"{SUBJECTS[2]}: 1 breaking point: 1 holds; " in first.stdout
    place = Path(first.stdout.splitlines()[-1].removeprefix("1 report of 2 commits in "))
    target = read(place / f"20240103000000-{ids[2][:10]}.json").target
    assert (target["commit"], target["committed"][:10], target["subject"]) == (ids[2], "2024-01-03", SUBJECTS[2])
    assert target["path"].startswith(str(kept / "environments" / ids[2]))
    longer = run(folder, "HEAD~4..HEAD~2", kept, *arguments)
    assert f"{SUBJECTS[2]}: kept" in longer.stdout
    assert f"{SUBJECTS[BREAKS]}: 1 breaking point: 1 breaks; " in longer.stdout
    assert not [*kept.glob("environments/checkout-*")]


def test_nothing_is_kept_of_a_session_that_ran_nothing(repository: Known, kept: Path) -> None:
    ended = run(repository[0], f"HEAD~{len(SUBJECTS) - MENDS}..HEAD", kept, "-m", "light", "-k", "no_such_part")
    assert ended.returncode == 1
    assert "skipped: the session ended with status 5 (" in ended.stdout
    assert "0 reports of 1 commit in" in ended.stdout
    assert not [*kept.glob("sessions/*no-such-part*/*.json")]


def test_an_interrupt_ends_the_session_and_leaves_nothing_half_made(
    repository: Known, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    arguments = ("--metalab", NAME, "--folder", str(kept), "-m", "light", "--optbench-only", "resume,leaks")
    process = subprocess.Popen(
        [*COMMAND, str(repository[0]), "HEAD~1..HEAD", *arguments], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not _is_running(kept):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "optbench: interrupted; what is done is kept in" in said
    assert not [*kept.glob("environments/checkout-*")]
    assert not [*kept.glob("sessions/*leaks*/*.json")]
    assert [*tmp_path.iterdir()] == []


def _is_running(kept: Path) -> bool:
    """Whether the session that is to be interrupted has collected its scenarios."""
    return any("under test" in log.read_text() for log in kept.glob("sessions/*leaks*/*.log"))


def test_uv_installs_where_it_is_on_the_path(
    repository: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "bin" / "uv"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\necho "$*" >> "{tmp_path}/asked"\n'
        f'if [ "$1" = venv ]; then exec "{sys.executable}" -m venv --without-pip "$5"; fi\n'
        f'exec "{sys.executable}" -m pip --python "$5" install --quiet "$7"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    known = Repository(repository[0])
    (commit,) = known.commits("HEAD~1..HEAD")
    environments = Environments(tmp_path / "environments", known)
    python = environments.python_of(commit)
    program = f"import {NAME}, pytest, pytest_optbench; print({NAME}.__file__)"
    ran = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(str(tmp_path / "environments" / commit.id))
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["venv", "pip"]
    tool.unlink()
    assert environments.python_of(commit) == python  # it is complete: nothing is installed again
    shutil.rmtree(python.parents[1] / "lib")  # as a process that was killed would leave it
    with pytest.raises(OSError, match="uv"):
        environments.python_of(commit)
