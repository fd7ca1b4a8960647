"""Repeat saved breaks (`--optbench-replay`), each in a session of its own, and say which of them are mended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pytest_optbench.errors import OptbenchError
from pytest_optbench.report import document
from pytest_optbench.report.outcome import DECIDED

if TYPE_CHECKING:
    from pytest_optbench.report.saved_breaks import SavedBreak

OPTION = "optbench_replay"
VARIABLE = "OPTBENCH_REPLAY"  # set in a session that repeats a break: its schedule as JSON text, or "null"
SECONDS = 1800.0  # for one break; only a hang takes as long
Judgement = Literal["FIXED", "STILL BROKEN", "UNDECIDED"]


@dataclass(frozen=True)
class Replayed:
    """The judgement of a repeated break, and the reason."""

    judgement: Judgement
    why: str = ""


def is_replaying() -> bool:
    """Return whether this session repeats a saved break."""
    return VARIABLE in os.environ


def schedule() -> Any:
    """Return the schedule of the break that this session repeats; None if it repeats the whole part, or none."""
    return json.loads(os.environ.get(VARIABLE) or "null")


def replay_if_asked(config: pytest.Config) -> pytest.ExitCode | None:
    """Repeat the breaks of the option and print a line for each; None without the option.

    Raises:
        pytest.UsageError: there are none, or a file is no saved break.
    """
    given = config.getoption(OPTION, None)
    if not given:
        return None
    from pytest_optbench.report.saved_breaks import load_breaks

    folder = config.invocation_params.dir
    try:
        breaks = list(load_breaks(folder / os.path.expanduser(given)))  # noqa: PTH111 - as for other options
    except OptbenchError as error:
        raise pytest.UsageError(f"--optbench-replay {given}: {error}") from None
    results = []
    for path, saved in breaks:
        replayed = replay(saved, folder)
        results.append(replayed.judgement)
        print(f"{replayed.judgement}: {saved.id} ({path.name})", flush=True)
        print(f"    {replayed.why or saved.message}", flush=True)
    mended = results.count("FIXED")
    print(f"{mended} of {len(results)} breaks are fixed")
    return pytest.ExitCode.OK if mended == len(results) else pytest.ExitCode.TESTS_FAILED


def replay(saved: SavedBreak, folder: Path) -> Replayed:
    """Repeat one break in a session that begins in `folder`."""
    with tempfile.TemporaryDirectory(prefix="optbench-replay-") as place:
        report = Path(place, "report.json")
        command = [sys.executable, "-m", "pytest", *saved.arguments, f"--optbench-json={report}", "-n0"]
        variables = {**saved.variables, VARIABLE: saved.schedule or "null"}
        ended = _run(command, folder, variables)
        if not report.exists():
            return Replayed("UNDECIDED", f"the session wrote no report: {ended}")
        outcomes = document.read(report).outcomes
    again = [broken for outcome in outcomes for broken in outcome.broken if broken.id == saved.id]
    same = [broken for broken in again if saved.schedule or broken.about == saved.about]
    if same:
        return Replayed("STILL BROKEN", same[0].message)
    undecided = [outcome for outcome in outcomes if outcome.verdict not in DECIDED]
    if not outcomes or undecided:
        why = f"{undecided[0].verdict}: {undecided[0].note}" if undecided else "no part of the suite has its name"
        return Replayed("UNDECIDED", why)
    return Replayed("FIXED")


def _run(command: list[str], folder: Path, variables: Mapping[str, str]) -> str:
    """Run a session; return the end of its output."""
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, with the arguments of a session of ours
            command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"it did not end within {SECONDS:.0f} s"
    return " ".join((done.stdout + done.stderr).split())[-400:]
