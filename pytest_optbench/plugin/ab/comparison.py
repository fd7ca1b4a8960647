"""A/B: the chosen scenarios measured by turns with this metalab and with that of another interpreter.

Each round plays a session of the same suite on either side, in turns; who goes first alternates, so that a machine that
gets slower treats both alike.
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
from pytest_optbench.plugin.rerun import what_it_does
from pytest_optbench.report.comparison import Change, Versus
from pytest_optbench.report.document import SessionReport
from pytest_optbench.report.gate import format_change, judge_change
from pytest_optbench.report.outcome import DECIDED, ItemOutcome
from pytest_optbench.report.rounds import Key, changes_of
from pytest_optbench.report.wording import count
from pytest_optbench.target import Target

from .rounds import Player, environment, play_round, suite_alone

FEWEST_ROUNDS = 2
MINIMUM_EFFECT = 1.1  # what is settled where no rule says how much worse is too much
PLUGIN = "pytest_optbench.plugin"
PROBE = (
    "import importlib.metadata as m, pytest_optbench.plugin as p;"
    "print(any(e.value == p.__name__ for e in m.entry_points(group='pytest11')))"
)
INSTALLED = ("site-packages", "dist-packages")  # folders that their interpreter finds by itself
Item = tuple[str, str, str, int]


@dataclass(frozen=True)
class Variant:
    """An interpreter and the module under test in it.

    `plugin` are the arguments that load the plugin there, `places` the folders where its module is found.
    """

    python: str
    module: str
    plugin: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def other_side(text: str, module: str) -> Variant:
    """Read PYTHON or PYTHON:MODULE, and ask that interpreter whether it can run the suite.

    Raises:
        InvalidInputError: there is no such interpreter, or it lacks what the plugin needs.
    """
    python, _, named = text.partition(":")
    found = shutil.which(python)
    if found is None:
        raise InvalidInputError(f"--optbench-versus {text}: there is no interpreter {python}; give its path")
    with suite_alone() as suite:
        asked = subprocess.run(  # noqa: S603 - the interpreter that the user named
            [found, "-P", "-c", PROBE], capture_output=True, text=True, env=environment(suite), timeout=60, check=False
        )
    if asked.returncode != 0:
        last = (asked.stderr.strip().splitlines() or ["no word why"])[-1]
        raise InvalidInputError(
            f"--optbench-versus {text}: it cannot run the suite ({last}); install pytest-optbench for it: "
            f"{python} -m pip install pytest-optbench"
        )
    return Variant(os.path.abspath(found), named or module, _plugin(is_found=asked.stdout.strip() == "True"))  # noqa: PTH100 - resolving would leave a venv


def own_side(target: Target) -> Variant:
    """This interpreter, which has to find its module again however it found it."""
    entries = metadata.entry_points(group="pytest11")
    places = () if target.name.startswith("pytest_optbench") else _places(target)
    is_found = any(one.value == PLUGIN for one in entries)
    return Variant(sys.executable, target.name, _plugin(is_found=is_found), places)


def _plugin(*, is_found: bool) -> tuple[str, ...]:
    return () if is_found else ("-p", PLUGIN)


def _places(target: Target) -> tuple[str, ...]:
    """The folder that a module was imported from, where an interpreter does not look by itself."""
    file = Path(target.path)
    if not file.is_absolute():
        return ()
    levels = len(target.name.split(".")) - (file.name != "__init__.py")
    home = file.parents[levels]
    return () if home.name in INSTALLED else (str(home),)


def take_turns(
    report: SessionReport, sides: tuple[Variant, Variant], settings: Settings, say: Callable[[str], None]
) -> Versus:
    """Measure every item that has a limit, by turns, until all is settled or the rounds are over.

    `sides` are this one and the other. An item whose limits are all settled is measured no more.
    """
    other = sides[1]
    measured = [one for one in report.outcomes if one.limits and one.verdict in DECIDED]
    if not measured:
        return Versus(other.python, other.module, 0, (), ("nothing was measured: no scenario recorded a limit",))
    say(f"{count(len(measured), 'item')} by turns with {other.python}, at most {settings.rounds} rounds")
    with suite_alone() as suite:
        rounds = Rounds(suite, sides, settings, say)
        problems: list[str] = []
        try:
            rounds.play(measured)
        except OptbenchError as error:
            problems.append(str(error))
    problems += rounds.problems(measured)
    unmeasured = tuple(rounds.unmeasured(measured, {"not applicable"}))
    return Versus(other.python, rounds.told(), len(rounds.here), rounds.changes(), tuple(problems), unmeasured)


class Rounds:
    """The rounds that were played: the reports of this side and those of the other, one of each a round."""

    def __init__(
        self, suite: Path, sides: tuple[Variant, Variant], settings: Settings, say: Callable[[str], None]
    ) -> None:
        self.suite = suite
        self.sides = sides
        self.settings = settings
        self.say = say
        self.here: list[SessionReport] = []
        self.there: list[SessionReport] = []

    def play(self, items: Sequence[ItemOutcome]) -> None:
        """Play rounds until every limit of the items is settled.

        Raises:
            OptbenchError: a side ran nothing, or other items than it was asked for.
        """
        while items and len(self.here) < self.settings.rounds:
            mine, theirs = self._round(items)
            for side, played in zip(self.sides, (mine, theirs), strict=True):
                _check_items(side, played, items)
            self.here.append(mine)
            self.there.append(theirs)
            if len(self.here) >= FEWEST_ROUNDS:
                unsettled = {_key(one) for one in self.changes() if not _is_settled(one, self.settings)}
                items = [item for item in items if _limits(item) & unsettled]
            done = f"round {len(self.here)} of at most {self.settings.rounds}"
            self.say(f"{done}, {count(len(items), 'item')} open; {_farthest(self.changes())}")

    def changes(self) -> tuple[Change, ...]:
        """How each limit differs here from there."""
        return tuple(changes_of(self.here, self.there))

    def problems(self, items: Sequence[ItemOutcome]) -> list[str]:
        """Why the figures say nothing, or not all, of the two sides."""
        if not self.here:
            return []
        found = list(self.unmeasured(items, {"inconclusive", "holds", "measured", "breaks"}))
        mine, theirs = self.here[-1], self.there[-1]
        is_one = mine.target["path"] == theirs.target["path"] and mine.machine["python"] == theirs.machine["python"]
        if is_one and self.sides[0].python != self.sides[1].python:
            found.append(
                f"both sides measured one and the same metalab, {mine.target['path']}: install the other one for "
                f"{self.sides[1].python}, and keep this one off PYTHONPATH"
            )
        return found

    def unmeasured(self, items: Sequence[ItemOutcome], verdicts: Collection[str]) -> Iterator[str]:
        """The items of which a limit was never compared, where the side that lacks it came to one of the verdicts."""
        compared = {_key(change) for change in self.changes()}
        for item in items if self.here else ():
            lacking = sorted(name for point, intensity, name in _limits(item) - compared)
            for side, reports in zip(self.sides, (self.here, self.there), strict=True):
                last = next(one for report in reversed(reports) for one in report.outcomes if _item(one) == _item(item))
                if {limit.name for limit in last.limits} >= set(lacking) or last.verdict not in verdicts:
                    continue
                why = f" ({last.note})" if last.note else ""
                yield f"{item.point} [{item.intensity}] {item.case}: {last.verdict} with {side.python}{why}"

    def told(self) -> str:
        """What the other side measured."""
        if not self.there:
            return self.sides[1].module
        target = self.there[-1].target
        return f"{target['name']} {target['version']} ({target['generation']}) from {target['path']}"

    def _round(self, items: Sequence[ItemOutcome]) -> tuple[SessionReport, SessionReport]:
        first, second = (
            Player(self._command(side, items), environment(self.suite, *side.places)) for side in self.sides
        )
        if len(self.here) % 2 == 0:
            return play_round((first, second), self.settings.root)
        theirs, mine = play_round((second, first), self.settings.root)
        return mine, theirs

    def _command(self, side: Variant, items: Sequence[ItemOutcome]) -> list[str]:
        """A session of exactly these items, which nothing but the command decides: `-P` keeps this folder out."""
        began = self.settings.began
        off = [part for name in ("cacheprovider", "randomly", "xdist") for part in ("-p", f"no:{name}")]
        layout = [*began.layout, f"--rootdir={began.root}", "-c", str(began.ini or os.devnull), "-o", "addopts="]
        options = ["--metalab", side.module, *what_it_does(self.settings), *_shards(items, self.settings)]
        files = [self._named(item.nodeid) for item in items]
        return [side.python, "-P", "-m", "pytest", "-q", *layout, *off, *side.plugin, *options, *files]

    def _named(self, nodeid: str) -> str:
        """A node id with a path that leads to the item from anywhere; a bundled one is in the suite that both run."""
        path, *rest = nodeid.partition("[")[0].split("::")
        file = self.settings.root / path
        if is_bundled(file.resolve()) or not file.is_file():
            inside = bundled_folder().relative_to(PACKAGE.parent)
            file = self.suite / inside / file.parent.name / file.name
        return "::".join([str(file), *rest]) + "".join(nodeid.partition("[")[1:])


def _shards(items: Sequence[ItemOutcome], settings: Settings) -> list[str]:
    """The shards of extreme items, as many as this session has workers: a side, which has none, would draw one.

    Raises:
        OptbenchError: items of other loads have other numbers of shards, and one option speaks for all.
    """
    sharded = [item for item in items if item.shards > 1]
    if settings.shards or all(item.intensity != "extreme" for item in sharded):
        return []
    numbers = {item.shards for item in sharded}
    if len(numbers) > 1:
        raise OptbenchError("extreme loads beside others have other numbers of shards: give --optbench-shards for all")
    return ["--optbench-shards", str(*numbers)]


def _item(outcome: ItemOutcome) -> Item:
    return outcome.point, outcome.case, outcome.intensity, outcome.shard


def _check_items(side: Variant, played: SessionReport, items: Sequence[ItemOutcome]) -> None:
    asked, ran = {_item(item) for item in items}, {_item(outcome) for outcome in played.outcomes}
    for kind, found in (("did not run", asked - ran), ("was not asked for, and ran,", ran - asked)):
        if found:
            named = ", ".join(f"{point} [{intensity}] {case}" for point, case, intensity, _ in sorted(found))
            raise OptbenchError(f"{side.python} {kind} {named}")


def _farthest(changes: Sequence[Change]) -> str:
    """The ratio so far that is farthest from 1, whether it is clear or not."""
    changed = max(changes, key=lambda one: max(one.worse, 1 / one.worse), default=None)
    return format_change(changed) if changed is not None else "no ratio so far"


def _limits(outcome: ItemOutcome) -> set[Key]:
    return {(outcome.point, outcome.intensity, limit.name) for limit in outcome.limits}


def _key(change: Change) -> Key:
    return change.point, change.intensity, change.limit


def _is_settled(change: Change, settings: Settings) -> bool:
    """Whether more rounds could not change what is said of a limit: a count whose search was cut is cut in each."""
    if change.kind == "count" and change.open:
        return True
    rules = [rule for rule in settings.rules if rule.kind == "worse" and rule.names(change.point, change.limit)]
    bounds = [rule.number for rule in rules]
    return all(judge_change(change, worst)[0] != "inconclusive" for worst in bounds or [MINIMUM_EFFECT])
