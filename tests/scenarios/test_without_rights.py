"""Scenarios come to the same verdicts without root's powers, but for what the machine does not allow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_optbench.plugin.collection import bundled_folder
from pytest_optbench.report.document import read

SETPRIV = shutil.which("setpriv") or "setpriv"
WITHOUT_CAPABILITIES = (SETPRIV, "--bounding-set=-all", "--inh-caps=-all")
AS_ANOTHER_USER = (SETPRIV, "--reuid=65534", "--regid=65534", "--clear-groups")
PARTS = ("test_full_disk", "test_file_size_limit", "test_killed_holder", "test_damaged_records", "test_out_of_memory")
NOT_ALLOWED = "this process may not mount"
SECONDS = 600.0  # against a hang


@pytest.mark.parametrize("rights", [WITHOUT_CAPABILITIES, AS_ANOTHER_USER], ids=["no-capabilities", "another-user"])
def test_what_the_machine_does_not_allow_is_inconclusive_and_all_else_holds(
    rights: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("with a blank")
    _open_to_all(folder)
    _skip_unless_allowed(rights)
    report = folder / "report.json"
    command = [
        *rights,
        sys.executable,
        "-m",
        "pytest",
        str(bundled_folder()),
        "-k",
        f"({' or '.join(PARTS)}) and not test_databases",
    ]
    command += ["-m", "light", "--metalab", "pytest_optbench.engine", f"--optbench-json={report}"]
    environment = {**os.environ, "TMPDIR": str(folder), "HOME": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = {outcome.case: outcome for outcome in read(report).outcomes}
    disk = outcomes.pop("full_disk")
    assert disk.verdict == "holds" or (disk.verdict == "inconclusive" and NOT_ALLOWED in disk.note), done.stdout
    assert {outcome.verdict for outcome in outcomes.values()} == {"holds"}, done.stdout
    assert len(outcomes) == len(PARTS) - 1


def _open_to_all(folder: Path) -> None:
    """Let another user reach a temporary folder of pytest, which only its owner may enter."""
    folder.chmod(0o777)
    for parent in (folder.parent, folder.parent.parent):
        parent.chmod(parent.stat().st_mode | 0o011)


def _skip_unless_allowed(rights: Sequence[str]) -> None:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv")
    again = "import pytest_optbench, subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    tried = subprocess.run([*rights, sys.executable, "-c", again], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this interpreter cannot be used that way: {tried.stderr.decode()[-200:]}")
