"""A/B comparison: measure the chosen scenarios in turn with this metalab and with that of another interpreter.

Each round runs a session of the same suite on both sides, in turn; the side that begins alternates, so that a machine
that gets slower affects both equally.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pytest_optbench.errors import InvalidInputError, OptbenchError
from pytest_optbench.plugin.bundle import is_bundled
from pytest_optbench.plugin.collection import PACKAGE, bundled_folder
from pytest_optbench.plugin.options import Settings
from pytest_optbench.plugin.rerun import drive_arguments
from pytest_optbench.report.comparison import Change, Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import format_change, judge_change
from pytest_optbench.report.outcome import DECIDED, ItemOutcome
from pytest_optbench.report.rounds import Key, changes_of
from pytest_optbench.report.wording import count
from pytest_optbench.target import Target

from .rounds import Side, environment, run_round, suite_alone

FEWEST_ROUNDS = 2
MINIMUM_EFFECT = 1.1  # the factor that has to be settled without a rule
PLUGIN = "pytest_optbench.plugin"
PROBE = (
    "import importlib.metadata as m, pytest_optbench.plugin as p;"
    "print(any(e.value == p.__name__ for e in m.entry_points(group='pytest11')))"
)
INSTALLED = ("site-packages", "dist-packages")  # folders that are on the path of their interpreter
Item = tuple[str, str, str, int]


@dataclass(frozen=True)
class Variant:
    """An interpreter and the module under test in it.

    `plugin` are the arguments that load the plugin there, `places` the folders that contain its module.
    """

    python: str
    module: str
    plugin: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def other_side(text: str, module: str) -> Variant:
    """Parse PYTHON or PYTHON:MODULE, and check that the interpreter can run the suite.

    Raises:
        InvalidInputError: there is no such interpreter, or it lacks packages that the plugin needs.
    """
    python, _, named = text.partition(":")
    found = shutil.which(python)
    if found is None:
        raise InvalidInputError(f"--optbench-versus {text}: there is no interpreter {python}; give its path")
    with suite_alone() as suite:
        probe = subprocess.run(  # noqa: S603 - the interpreter that the user named
            [found, "-P", "-c", PROBE], capture_output=True, text=True, env=environment(suite), timeout=60, check=False
        )
    if probe.returncode != 0:
        last = (probe.stderr.strip().splitlines() or ["no error output"])[-1]
        raise InvalidInputError(
            f"--optbench-versus {text}: it cannot run the suite ({last}); install pytest-optbench for it: "
            f"{python} -m pip install pytest-optbench"
        )
    return Variant(os.path.abspath(found), named or module, _plugin(is_found=probe.stdout.strip() == "True"))  # noqa: PTH100 - resolving would leave a venv


def own_side(target: Target) -> Variant:
    """Return this interpreter, with the arguments and folders by which it finds its module again."""
    entries = metadata.entry_points(group="pytest11")
    places = () if target.name.startswith("pytest_optbench") else _places(target)
    is_found = any(entry.value == PLUGIN for entry in entries)
    return Variant(sys.executable, target.name, _plugin(is_found=is_found), places)


def _plugin(*, is_found: bool) -> tuple[str, ...]:
    return () if is_found else ("-p", PLUGIN)


def _places(target: Target) -> tuple[str, ...]:
    """Return the folder that a module was imported from, if it is not on the path of its interpreter."""
    file = Path(target.path)
    if not file.is_absolute():
        return ()
    levels = len(target.name.split(".")) - (file.name != "__init__.py")
    home = file.parents[levels]
    return () if home.name in INSTALLED else (str(home),)


def take_turns(
    report: SessionReport, sides: tuple[Variant, Variant], settings: Settings, write: Callable[[str], None]
) -> Versus:
    """Measure every item that has a limit, in turn, until all is settled or the rounds are over.

    `sides` are this one and the other. An item whose limits are all settled is not measured again.
    """
    other = sides[1]
    measured = [outcome for outcome in report.outcomes if outcome.limits and outcome.verdict in DECIDED]
    if not measured:
        return Versus(other.python, other.module, 0, (), ("nothing was measured: no scenario recorded a limit",))
    write(f"{count(len(measured), 'item')} in turn with {other.python}, at most {count(settings.rounds, 'round')}")
    with suite_alone() as suite:
        rounds = Rounds(suite, sides, settings, write)
        problems: list[str] = []
        try:
            rounds.run(measured)
        except OptbenchError as error:
            problems.append(str(error))
    problems += rounds.problems(measured)
    unmeasured = tuple(rounds.unmeasured(measured, {"not applicable"}))
    return Versus(other.python, rounds.other_target(), len(rounds.here), rounds.changes(), tuple(problems), unmeasured)


class Rounds:
    """The rounds so far: the reports of this side and of the other, one of each in a round."""

    def __init__(
        self, suite: Path, sides: tuple[Variant, Variant], settings: Settings, write: Callable[[str], None]
    ) -> None:
        self.suite = suite
        self.sides = sides
        self.settings = settings
        self.write = write
        self.here: list[SessionReport] = []
        self.there: list[SessionReport] = []

    def run(self, items: Sequence[ItemOutcome]) -> None:
        """Run rounds until every limit of the items is settled.

        Raises:
            OptbenchError: a side ran nothing, or other items than these.
        """
        while items and len(self.here) < self.settings.rounds:
            mine, theirs = self._round(items)
            for side, report in zip(self.sides, (mine, theirs), strict=True):
                _check_items(side, report, items)
            self.here.append(mine)
            self.there.append(theirs)
            if len(self.here) >= FEWEST_ROUNDS:
                unsettled = {_key(change) for change in self.changes() if not _is_settled(change, self.settings)}
                items = [item for item in items if _limits(item) & unsettled]
            done = f"round {len(self.here)} of at most {self.settings.rounds}"
            self.write(f"{done}, {count(len(items), 'item')} open; {_farthest(self.changes())}")

    def changes(self) -> tuple[Change, ...]:
        """Return the change of each limit from the other side to this one."""
        return tuple(changes_of(self.here, self.there))

    def problems(self, items: Sequence[ItemOutcome]) -> list[str]:
        """Return the reasons why the figures do not compare the two sides, or not completely."""
        if not self.here:
            return []
        problems = list(self.unmeasured(items, {"inconclusive", "holds", "measured", "breaks"}))
        mine, theirs = self.here[-1], self.there[-1]
        is_one = mine.target["path"] == theirs.target["path"] and mine.machine["python"] == theirs.machine["python"]
        if is_one and self.sides[0].python != self.sides[1].python:
            problems.append(
                f"both sides measured the same metalab, {mine.target['path']}: install the other one for "
                f"{self.sides[1].python}, and keep this one disabled PYTHONPATH"
            )
        return problems

    def unmeasured(self, items: Sequence[ItemOutcome], verdicts: Collection[str]) -> Iterator[str]:
        """Yield the items with a limit that was never compared, if the side that lacks it has one of the verdicts."""
        compared = {_key(change) for change in self.changes()}
        for item in items if self.here else ():
            lacking = sorted(name for point, intensity, name in _limits(item) - compared)
            for side, reports in zip(self.sides, (self.here, self.there), strict=True):
                last = next(
                    outcome
                    for report in reversed(reports)
                    for outcome in report.outcomes
                    if _item(outcome) == _item(item)
                )
                if {limit.name for limit in last.limits} >= set(lacking) or last.verdict not in verdicts:
                    continue
                note = f" ({last.note})" if last.note else ""
                yield f"{item.point} [{item.intensity}] {item.case}: {last.verdict} with {side.python}{note}"

    def other_target(self) -> str:
        """Return the target that the other side measured."""
        if not self.there:
            return self.sides[1].module
        target = self.there[-1].target
        return f"{target['name']} {target['version']} ({target['generation']}) from {target['path']}"

    def _round(self, items: Sequence[ItemOutcome]) -> tuple[SessionReport, SessionReport]:
        first, second = (Side(self._command(side, items), environment(self.suite, *side.places)) for side in self.sides)
        if len(self.here) % 2 == 0:
            return run_round((first, second), self.settings.root)
        theirs, mine = run_round((second, first), self.settings.root)
        return mine, theirs

    def _command(self, side: Variant, items: Sequence[ItemOutcome]) -> list[str]:
        """Return the command of a session with exactly these items, independent of this folder (`-P`)."""
        began = self.settings.began
        disabled = [part for name in ("cacheprovider", "randomly", "xdist") for part in ("-p", f"no:{name}")]
        layout = [*began.layout, f"--rootdir={began.root}", "-c", str(began.ini or os.devnull), "-o", "addopts="]
        options = ["--metalab", side.module, *drive_arguments(self.settings), *_shards(items, self.settings)]
        files = [self._absolute_id(item.nodeid) for item in items]
        return [side.python, "-P", "-m", "pytest", "-q", *layout, *disabled, *side.plugin, *options, *files]

    def _absolute_id(self, nodeid: str) -> str:
        """Return a node id with an absolute path; that of a bundled item is in the suite that both sides run."""
        path, *rest = nodeid.partition("[")[0].split("::")
        file = self.settings.root / path
        if is_bundled(file.resolve()) or not file.is_file():
            inside = bundled_folder().relative_to(PACKAGE.parent)
            file = self.suite / inside / file.parent.name / file.name
        return "::".join([str(file), *rest]) + "".join(nodeid.partition("[")[1:])


def _shards(items: Sequence[ItemOutcome], settings: Settings) -> list[str]:
    """Return the number of shards of extreme items, that of this session's workers: a side has no workers.

    Raises:
        OptbenchError: items of other loads have other numbers of shards, and one option applies to all.
    """
    sharded = [item for item in items if item.shards > 1]
    if settings.shards or all(item.intensity != "extreme" for item in sharded):
        return []
    numbers = {item.shards for item in sharded}
    if len(numbers) > 1:
        raise OptbenchError("extreme and other loads have different numbers of shards: give --optbench-shards for all")
    return ["--optbench-shards", str(*numbers)]


def _item(outcome: ItemOutcome) -> Item:
    return outcome.point, outcome.case, outcome.intensity, outcome.shard


def _check_items(side: Variant, report: SessionReport, items: Sequence[ItemOutcome]) -> None:
    expected, ran = {_item(item) for item in items}, {_item(outcome) for outcome in report.outcomes}
    for problem, items_with_it in (("did not run", expected - ran), ("ran without being asked for:", ran - expected)):
        if items_with_it:
            named = ", ".join(f"{point} [{intensity}] {case}" for point, case, intensity, _ in sorted(items_with_it))
            raise OptbenchError(f"{side.python} {problem} {named}")


def _farthest(changes: Sequence[Change]) -> str:
    """Return the ratio so far that is farthest from 1, whether it is significant or not."""
    changed = max(changes, key=lambda change: max(change.worse, 1 / change.worse), default=None)
    return format_change(changed) if changed is not None else "no ratio so far"


def _limits(outcome: ItemOutcome) -> set[Key]:
    return {(outcome.point, outcome.intensity, limit.name) for limit in outcome.limits}


def _key(change: Change) -> Key:
    return change.point, change.intensity, change.limit


def _is_settled(change: Change, settings: Settings) -> bool:
    """Return whether more rounds cannot change the verdict on a limit: a count whose search was cut is cut in each."""
    if change.kind == "count" and change.open:
        return True
    rules = [rule for rule in settings.rules if rule.kind == "worse" and rule.covers(change.point, change.limit)]
    bounds = [rule.number for rule in rules]
    return all(judge_change(change, worst)[0] != "inconclusive" for worst in bounds or [MINIMUM_EFFECT])
