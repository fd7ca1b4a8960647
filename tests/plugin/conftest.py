"""One way to run a session of the plugin in a folder of its own, with and without xdist."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_runs import ENGINE, STUB, Reported, Run

from pytest_optbench.report.document import SessionReport, read


@pytest.fixture(autouse=True)
def _no_chosen_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPTBENCH_METALAB", raising=False)


@pytest.fixture(autouse=True)
def _own_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sessions that end red keep their evidence, and that of a test goes with the test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture(params=[(), ("-n", "2")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Extra arguments: none, and two xdist workers."""
    arguments: tuple[str, ...] = request.param
    return arguments


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run pytest in a process of its own against the embedded engine."""

    def in_a_process(*arguments: str, target: str = ENGINE) -> pytest.RunResult:
        chosen = ("--metalab", target) if target else ()
        return pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", *chosen, *arguments)

    return in_a_process


@pytest.fixture
def stub(pytester: pytest.Pytester) -> Path:
    """Two scenarios that drive nothing and claim what their table says."""
    return pytester.makepyfile(test_stub=STUB)


@pytest.fixture
def outcome_of(run: Run, pytester: pytest.Pytester) -> Reported:
    """Run with --optbench-json and give the report back."""

    def reported(*arguments: str, **keywords: str) -> SessionReport:
        path = pytester.path / "outcome.json"
        run("--optbench-json", str(path), *arguments, **keywords)
        return read(path)

    return reported
