"""Ranges of commits, and where a history may lie: what is wrong is refused in one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_metalab import SUBJECTS, git, make_repository, state_of

from pytest_optbench.history.__main__ import main
from pytest_optbench.history.folder import hold
from pytest_optbench.history.repository import Repository

Known = tuple[Path, list[str]]


def subjects(folder: Path, revisions: str) -> list[str]:
    return [commit.subject for commit in Repository(folder).commits(revisions)]


def test_ranges_are_those_of_git_in_order(repository: Known) -> None:
    folder, ids = repository
    assert subjects(folder, "HEAD") == [*SUBJECTS]
    assert subjects(folder, "HEAD~2..HEAD") == [*SUBJECTS[-2:]]
    assert subjects(folder, f"{ids[0]}..{ids[3]}") == [*SUBJECTS[1:4]]
    assert [commit.id for commit in Repository(folder).before(f"{ids[0]}..{ids[3]}")] == ids[:1]
    assert Repository(folder).before("HEAD") == ()


def test_merged_branches_are_one_step(tmp_path: Path) -> None:
    make_repository(tmp_path / "lab")
    git(tmp_path / "lab", "checkout", "-q", "-b", "side", "HEAD~1")
    git(tmp_path / "lab", "commit", "-q", "--allow-empty", "-m", "Aside")
    git(tmp_path / "lab", "checkout", "-q", "main")
    git(tmp_path / "lab", "merge", "-q", "--no-ff", "-m", "Merge", "side")
    assert subjects(tmp_path / "lab", "HEAD~1..HEAD") == ["Merge"]


def test_git_of_a_hook_is_not_meant(repository: Known, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert subjects(repository[0], "HEAD~1..HEAD") == [*SUBJECTS[-1:]]


def test_a_checkout_is_removed_again(repository: Known, tmp_path: Path) -> None:
    folder, ids = repository
    before = state_of(folder)
    known = Repository(folder)
    with known.checked_out(known.commits(f"{ids[2]}..{ids[3]}")[0], tmp_path) as tree:
        assert (tree / "README").read_text() == SUBJECTS[3]
    assert [*tmp_path.iterdir()] == []
    assert state_of(folder) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "HEAD"), "nowhere: there is no such folder"),
        ((".", "HEAD"), ". is not a git repository that can be read (fatal: not a git repository"),
        (("LAB", "v9..HEAD"), "v9..HEAD: git knows no such commits (fatal: bad revision 'v9..HEAD')"),
        (("LAB", "--", "--output=x"), "--output=x: git knows no such commits"),
        (("LAB", "HEAD..HEAD"), "HEAD..HEAD: no commit is in this range"),
        (("LAB", "HEAD", "--bisect", "resume.exactly"), "unknown promise 'resume.exactly': choose one of resume.exa"),
        (("LAB", "HEAD", "--bisect", "gibberish"), "`python -m pytest_optbench.report promises` lists them all"),
        (("LAB", "HEAD", "--folder", "LAB/.optbench"), "which stays as it is: name another --folder"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    arguments: Sequence[str], said: str, repository: Known, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main([part.replace("LAB", str(repository[0])) for part in arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert len(line) < 400
    assert [*tmp_path.iterdir()] == []


def test_a_folder_is_for_one_process(repository: Known, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with hold(tmp_path / "kept"):
        assert main([str(repository[0]), "HEAD", "--folder", str(tmp_path / "kept")]) == 2
    assert "another process works in" in capsys.readouterr().err
    left = tmp_path / "kept" / "environments" / "checkout-of-the-dead"
    left.mkdir(parents=True)
    with hold(tmp_path / "kept"):
        assert not left.exists()
