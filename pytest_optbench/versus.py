"""A/B: the chosen scenarios measured by turns with this metalab and with that of another interpreter.

Each round plays a session of the same suite on either side, in turns; who goes first alternates, so that a machine that
gets slower treats both alike.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import InvalidInputError, OptbenchError
from .options import Settings
from .report.document import SessionReport
from .report.gate import judge_change, told
from .report.judged import Change, Versus
from .report.outcome import DECIDED, Outcome
from .report.rounds import Key, changes_of
from .report.wording import count
from .turns import Command, environment, play_round

FEWEST_ROUNDS = 2
MINIMUM_EFFECT = 1.1  # what is settled where no rule says how much worse is too much
PROBE = (
    "import importlib.metadata as m, pytest_optbench.plugin as p;"
    "print(any(e.value == p.__name__ for e in m.entry_points(group='pytest11')))"
)


@dataclass(frozen=True)
class Side:
    """An interpreter and the module under test in it; `plugin` are the arguments that load the plugin there."""

    python: str
    module: str
    plugin: tuple[str, ...] = ()


def other_side(text: str, module: str) -> Side:
    """Read PYTHON or PYTHON:MODULE, and ask that interpreter whether it can run the suite.

    Raises:
        InvalidInputError: there is no such interpreter, or it lacks what the plugin needs.
    """
    python, _, named = text.partition(":")
    found = shutil.which(python)
    if found is None:
        raise InvalidInputError(f"--optbench-versus {text}: there is no interpreter {python}; give its path")
    asked = subprocess.run(  # noqa: S603 - the interpreter that the user named
        [found, "-c", PROBE], capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    if asked.returncode != 0:
        last = (asked.stderr.strip().splitlines() or ["no word why"])[-1]
        raise InvalidInputError(
            f"--optbench-versus {text}: it cannot run the suite ({last}); install pytest-optbench for it: "
            f"{python} -m pip install pytest-optbench"
        )
    plugin = () if asked.stdout.strip() == "True" else ("-p", "pytest_optbench.plugin")
    return Side(os.path.abspath(found), named or module, plugin)  # noqa: PTH100 - resolving would leave a venv


def take_turns(report: SessionReport, other: Side, settings: Settings, say: Callable[[str], None]) -> Versus:
    """Measure every item that has a limit, by turns, until all is settled or the rounds are over.

    An item whose limits are all settled is measured no more.
    """
    limits = {one.nodeid: _limits(one) for one in report.outcomes if one.limits and one.verdict in DECIDED}
    if not limits:
        return Versus(other.python, other.module, 0, (), ("nothing was measured: no scenario recorded a limit",))
    sides = Side(sys.executable, report.target["name"]), other
    here: list[SessionReport] = []
    there: list[SessionReport] = []
    problems: tuple[str, ...] = ()
    say(f"{count(len(limits), 'item')} by turns with {other.python}, at most {settings.rounds} rounds")
    items = list(limits)
    try:
        while items and len(here) < settings.rounds:
            commands = _command(sides[0], items, settings), _command(sides[1], items, settings)
            mine, theirs = _round(commands, len(here), settings)
            here.append(mine)
            there.append(theirs)
            changes = list(changes_of(here, there))
            if len(here) >= FEWEST_ROUNDS:
                open_ones = {_key(one) for one in changes if not _settled(one, settings)}
                items = [item for item in items if limits[item] & open_ones]
            done = f"round {len(here)} of at most {settings.rounds}"
            say(f"{done}, {count(len(items), 'item')} open; {_farthest(changes)}")
    except OptbenchError as error:
        problems = (str(error),)
    return Versus(other.python, _told(there, other), len(here), tuple(changes_of(here, there)), problems)


def _farthest(changes: Sequence[Change]) -> str:
    """The ratio so far that is farthest from 1, whether it is clear or not."""
    changed = max(changes, key=lambda one: max(one.worse, 1 / one.worse), default=None)
    return told(changed) if changed is not None else "no ratio so far"


def _limits(outcome: Outcome) -> set[Key]:
    return {(outcome.point, outcome.intensity, limit.name) for limit in outcome.limits}


def _key(change: Change) -> Key:
    return change.point, change.intensity, change.limit


def _round(commands: tuple[Command, Command], number: int, settings: Settings) -> tuple[SessionReport, SessionReport]:
    if number % 2 == 0:
        return play_round(commands, settings.root)
    theirs, mine = play_round(commands[::-1], settings.root)
    return mine, theirs


def _settled(change: Change, settings: Settings) -> bool:
    """Whether more rounds could not change what is said of a limit."""
    rules = [rule for rule in settings.rules if rule.kind == "worse" and rule.names(change.point, change.limit)]
    bounds = [rule.number for rule in rules]
    return all(judge_change(change, worst)[0] != "inconclusive" for worst in bounds or [MINIMUM_EFFECT])


def _told(taken: Sequence[SessionReport], side: Side) -> str:
    if not taken:
        return side.module
    target = taken[-1].target
    return f"{target['name']} {target['version']} ({target['generation']}) from {target['path']}"


def _command(side: Side, items: Sequence[str], settings: Settings) -> Command:
    root = str(settings.root)
    own = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-o", "addopts=", "--rootdir", root]
    chosen = ["--metalab", side.module, "--optbench-executor", settings.executor]
    workers = ["--optbench-workers", str(settings.workers), "--optbench-budget", str(settings.budget)]
    return [side.python, "-m", "pytest", *own, *side.plugin, *chosen, *workers, *items]
