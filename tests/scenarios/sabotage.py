"""Run a scenario against a saboteur, a metalab with one promise broken, and see that the right part notices."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from about_files import ABOUT_FILES

from pytest_optbench.plugin.collection import bundled_folder
from pytest_optbench.report.document import read
from pytest_optbench.report.outcome import ItemOutcome

SABOTEURS = Path(__file__).parent.parent / "saboteurs"
LIGHT = ("-m", "light")
SEED = "2"  # so that what is drawn at random notices the same saboteurs each time
MISSING = "apt-get install"  # in the note of a part whose server is not on this machine
WHOLE = "SABOTEURS_WHOLE"  # with it, all parts of a file are run: slower, and it shows what breaks with a part
STORE = "SABOTEURS_STORE"  # with `sqlite` or `postgresql`, stores are databases: the same breaks must be noticed there
SECONDS = 1800.0  # against a hang; a light file takes some seconds, one that raises an alarm by turns a minute


@dataclass(frozen=True)
class Sabotage:
    """A saboteur module, the part of the scenario that must break, what it must say (a pattern), and the promise.

    `promise` is the id of one that the part must find broken; `besides` are ids of others that any part
    must find.
    `also` lists parts that rightly break with it, `options` say which loads are driven.
    """

    module: str
    breaks: str
    says: str
    also: tuple[str, ...] = ()
    options: tuple[str, ...] = LIGHT
    promise: str = field(kw_only=True)
    besides: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.module


@dataclass(frozen=True)
class Within:
    """A saboteur that stays just within a bound, and the part of the scenario that must hold all the same."""

    module: str
    holds: str

    def __str__(self) -> str:
        return self.module


@dataclass(frozen=True)
class Undecided:
    """A saboteur that leaves parts of the scenario nothing to look at, and what they must say (a pattern)."""

    module: str
    parts: tuple[str, ...]
    says: str

    def __str__(self) -> str:
        return self.module


def rows_of(table: Path) -> list[Sabotage | Within | Undecided]:
    """Return the rows of a table: all that stand in tuples at its top level."""
    values = [value for value in runpy.run_path(str(table)).values() if isinstance(value, tuple)]
    return [row for value in values for row in value if isinstance(row, Sabotage | Within | Undecided)]


def scenario_of(table: Path) -> str:
    """Return the scenario that a table is about: that of its room, or the one that its name says."""
    own = table.stem.removesuffix("saboteurs").removesuffix("_")
    return f"test_{own or table.parent.name}"


def scenario_file(scenario: str) -> Path:
    """The file of a scenario, in whichever room it is."""
    (file,) = bundled_folder().rglob(f"{scenario}.py")
    return file


def check(sabotage: Sabotage, scenario: str, folder: Path) -> None:
    """Run a scenario against the saboteur: its part must break, and only the named parts may.

    The parts that the row names are run, or all of the file where $SABOTEURS_WHOLE is set.
    """
    parts = () if os.environ.get(WHOLE) or sabotage.besides else (sabotage.breaks, *sabotage.also)
    skip_what_is_about_files(sabotage.module)
    outcomes, output = sabotaged(sabotage.module, scenario, folder, *parts, options=sabotage.options)
    skip_what_is_not_applicable(outcomes, sabotage.breaks)
    if missing := [outcome.note for outcome in outcomes if MISSING in outcome.note]:
        pytest.skip(missing[0])
    broken = {outcome.case for outcome in outcomes if outcome.verdict == "breaks"}
    named = {part.removeprefix("test_") for part in (sabotage.breaks, *sabotage.also)}
    assert sabotage.breaks.removeprefix("test_") in broken, output
    assert broken <= named, output
    part = sabotage.breaks.removeprefix("test_")
    assert sabotage.promise in {one.id for outcome in outcomes if outcome.case == part for one in outcome.broken}, (
        output
    )
    assert {*sabotage.besides} <= {one.id for outcome in outcomes for one in outcome.broken}, output
    undecided = [
        outcome.case for outcome in outcomes if outcome.verdict == "inconclusive" and outcome.case not in named
    ]
    assert not undecided, output
    said = [f"{one.promise} {one.message}" for outcome in outcomes for one in outcome.broken]
    assert any(re.search(sabotage.says, text) for text in said), output


def check_holds(module: str, scenario: str, part: str, folder: Path) -> None:
    """Run one part of a scenario at light against the saboteur: it must hold."""
    skip_what_is_about_files(module)
    outcomes, output = sabotaged(module, scenario, folder, part)
    skip_what_is_not_applicable(outcomes, part)
    assert [outcome.verdict for outcome in outcomes] == ["holds"], output


def check_undecided(undecided: Undecided, scenario: str, folder: Path) -> None:
    """Run parts of a scenario at light against the saboteur: each must be inconclusive."""
    skip_what_is_about_files(undecided.module)
    for part in undecided.parts:
        (outcome,), output = sabotaged(undecided.module, scenario, folder, part)
        assert outcome.verdict == "inconclusive", output
        assert re.search(undecided.says, outcome.note), output


def skip_what_is_about_files(module: str) -> None:
    """Skip a saboteur that does something to the files of a store, where there is a database in their place."""
    if os.environ.get(STORE) and module in ABOUT_FILES:
        pytest.skip(f"not applicable: {ABOUT_FILES[module]}")


def skip_what_is_not_applicable(outcomes: tuple[ItemOutcome, ...], part: str) -> None:
    """Skip a part that is about files, where there is a database in their place."""
    for outcome in outcomes:
        if os.environ.get(STORE) and outcome.case == part.removeprefix("test_") and outcome.verdict == "not applicable":
            pytest.skip(f"not applicable: {outcome.note}")


def sabotaged(
    module: str, scenario: str, folder: Path, *parts: str, options: tuple[str, ...] = LIGHT
) -> tuple[tuple[ItemOutcome, ...], str]:
    """The outcomes of a session of one scenario file, or some parts of it, and what pytest printed."""
    report = folder / "outcome.json"
    paths = [str(SABOTEURS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(folder), "OPTBENCH_SEED": SEED}
    environment.pop("OPTBENCH_METALAB", None)
    file = str(scenario_file(scenario))
    files = [f"{file}::test_{part.removeprefix('test_')}" for part in parts] or [file]
    command = [sys.executable, "-m", "pytest", *files, *options, "--metalab", module, "-p", "no:cacheprovider"]
    command += ["--optbench-json", str(report)]
    if store := os.environ.get(STORE):
        if store == "postgresql":
            command.append("--optbench-postgres")
        else:
            environment["OPTBENCH_DATABASE"] = f"{store}:///"  # not an option that keeps a store: such may hold more
        command[command.index("--metalab") + 1] = "on_sql"
        environment["SABOTEUR"] = module
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert report.exists(), done.stdout + done.stderr
    return read(report).outcomes, done.stdout
