"""The README's CI recipe, run from a wheel in a checkout that is empty, up to what it downloads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from installed import Environment
from recipes import adapted, jobs

from pytest_optbench.report.document import SessionReport, read
from pytest_optbench.report.outcome import DECIDED

SAVE = "pytest --optbench -m light -k test_put --metalab metalab --optbench-save main"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty repository that knows the branch `main` of its origin."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "Begin"],
                    ["update-ref", "refs/remotes/origin/main", "HEAD"]):  # fmt: skip
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def follow(steps: list[str], environment: Environment, checkout: Path, wheel: Path, options: str) -> None:
    for step in steps:
        done = environment.run(checkout, "bash", "-e", "-c", adapted(step, wheel, options))
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"


def report_of(checkout: Path, name: str) -> SessionReport:
    report = read(checkout / name)
    assert {outcome.verdict for outcome in report.outcomes} <= DECIDED
    assert report.gate is not None
    assert report.gate.passed
    return report


def test_the_jobs_are_those_of_the_readme() -> None:
    assert list(jobs()) == ["light", "against-base"]
    assert all(step for steps in jobs().values() for step in steps)


def test_the_light_job(head: Environment, checkout: Path, wheel: Path) -> None:
    follow([SAVE, *jobs()["light"]], head, checkout, wheel, "-k test_put")
    assert {"stress.xml", "stress.json", "stress.html"} <= {path.name for path in checkout.iterdir()}
    comparison = report_of(checkout, "stress.json").comparison
    assert comparison is not None
    assert (comparison.overlap, comparison.undecided, comparison.unlike) == (1, (), ())
    assert "metalab 2.0" in comparison.taken


def test_the_job_against_base(head: Environment, checkout: Path, wheel: Path) -> None:
    follow(jobs()["against-base"], head, checkout, wheel, "-k test_put --optbench-rounds 2 --optbench-json=ab.json")
    versus = report_of(checkout, "ab.json").versus
    assert versus is not None
    assert (versus.problems, [change.limit for change in versus.changes]) == ((), ["time to add one run"])
    assert versus.target.startswith("metalab 1.0 ")
