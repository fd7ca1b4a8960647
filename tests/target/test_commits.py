"""The commit of a module: what pip noted, or what git keeps; a file that only lies in a checkout has none."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pytest_optbench.target.commit import commit_of, committed

WHO = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *WHO, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "of mine"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "lab_kept.py").write_text("x = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Begin")
    git(folder, "tag", "v1")
    return folder


def test_git_knows_the_commit_of_what_it_keeps(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert commit_of("lab_kept", str(checkout / "lab_kept.py")) == head
    (checkout / "lab_kept.py").write_text("x = 2\n")
    commit_of.cache_clear()
    assert commit_of("lab_kept", str(checkout / "lab_kept.py")) == f"{head}-dirty"


def test_git_knows_the_time_of_that_commit(checkout: Path) -> None:
    assert committed(str(checkout / "lab_kept.py")) == git(checkout, "log", "-1", "--format=%cI")
    (checkout / "lab_made.py").write_text("x = 1\n")
    assert committed(str(checkout / "lab_made.py")) == ""
    assert committed("built in") == ""


def test_what_only_lies_in_a_checkout_has_no_commit(checkout: Path) -> None:
    (checkout / "lab_installed.py").write_text("x = 1\n")
    assert commit_of("lab_installed", str(checkout / "lab_installed.py")) == ""
    assert commit_of("lab_nowhere", "built in") == ""


def test_pip_knows_the_commit_of_what_it_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = tmp_path / "lab_fetched-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-fetched\nVersion: 1.0\n")
    (described / "top_level.txt").write_text("lab_fetched\n")
    noted = {"url": "https://example.org/lab", "vcs_info": {"vcs": "git", "commit_id": "c" * 40}}
    (described / "direct_url.json").write_text(json.dumps(noted))
    (tmp_path / "lab_fetched.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert commit_of("lab_fetched.part", str(tmp_path / "lab_fetched.py")) == "c" * 40
