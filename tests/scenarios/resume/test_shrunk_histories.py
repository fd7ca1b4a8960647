"""Saboteurs that some history shows: each is found, and its history is shrunk to a few steps and printed as a script.

With `SABOTEURS_WHOLE=1` all of them are searched for, which takes some minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sabotage import SABOTEURS, WHOLE

SCRIPT = Path(__file__).with_name("histories_of.py")
ROOT = Path(__file__).parents[3]
MOST_STEPS = 4
SECONDS = 1200.0  # against a hang
EXAMPLES = 500
QUICK = ("resume.forgets", "histories.never_repeats_the_deleted", "histories.trusts_torn_records")
SLOW = (
    "histories.counts_instead_of_comparing",
    "histories.forgets_the_claim_of_the_dead",
    "histories.keeps_the_error",
    "histories.publishes_before_the_last_file",
    "histories.reports_what_it_could_not_store",
    "histories.rewrites_records_in_place",
    "histories.swallows_full_disks",
    "resume.draws_anew",
    "resume.drops_a_finished_run",
    "resume.forgets_in_processes",
    "resume.hides_damage",
    "resume.keeps_leftovers",
    "resume.knows_one_replicate",
    "resume.stops_at_damage",
    "resume.tags_what_it_resumes",
    "resume.trusts_failures",
    "resume.trusts_what_was_begun",
)


def searched(module: str, seed: int = 1) -> dict[str, Any]:
    """What the search for a history that breaks a metalab says."""
    paths = os.pathsep.join([str(ROOT), str(SABOTEURS)])
    environment = {**os.environ, "PYTHONPATH": paths, "OPTBENCH_METALAB": module}
    command = [sys.executable, str(SCRIPT), str(EXAMPLES), str(SECONDS), str(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(module: str) -> None:
    found = searched(module)
    assert found["message"], found
    assert 0 < len(found["steps"]) <= MOST_STEPS, found["script"]
    repeated = subprocess.run(
        ["bash", "-c", found["script"].replace(" python ", f" {sys.executable} ", 1)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(SABOTEURS)])},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "Broken: " in repeated.stderr, repeated.stderr


@pytest.mark.parametrize("module", QUICK)
def test_a_history_shows_it_in_a_few_steps(module: str) -> None:
    check(module)


@pytest.mark.skipif(not os.environ.get(WHOLE), reason=f"takes minutes: set {WHOLE}=1")
@pytest.mark.parametrize("module", SLOW)
def test_a_longer_search_shows_it_in_a_few_steps(module: str) -> None:
    check(module)
