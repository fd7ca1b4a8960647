"""A session leaves nothing behind that a metalab put into the temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugin_runs import Run

LITTERING = """
import os, tempfile, pytest

BEFORE = os.environ["TMPDIR"]

@pytest.mark.breaking_point("litter", light=3)
def test_litter(load, scenario):
    tempfile.mkdtemp(prefix="litter-")
    assert os.environ["TMPDIR"] == tempfile.gettempdir() != BEFORE
    scenario.ran(executed=3, audited=3, seconds=1)

def test_after():
    assert os.environ["TMPDIR"] == tempfile.gettempdir() == BEFORE
"""


def test_what_a_metalab_leaves_in_the_temporary_folder_goes_with_the_session(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pytester.makepyfile(LITTERING)
    run(*workers).assert_outcomes(passed=2)
    assert list(tmp_path.rglob("*litter*")) == []
    assert list(tmp_path.glob("optbench-*")) == []
