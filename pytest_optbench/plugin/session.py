"""A session of the plugin: its folder, its target, and the items that were left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.plugin.ab.turn_token import TurnToken
from pytest_optbench.report.baseline import load
from pytest_optbench.report.breaks import known_breaks
from pytest_optbench.report.comparison import BreakKey
from pytest_optbench.report.rule_checks import check_rules, samples_to_take
from pytest_optbench.report.statistics import ENOUGH

from . import collection
from .checks import about
from .invocation import STARTED
from .options import Settings
from .planned import Planned
from .servers import Servers
from .session_folders import witness_folder, worker_folder_name

if TYPE_CHECKING:
    from pytest_optbench.plugin.ab.comparison import Variant
    from pytest_optbench.report.document import SessionReport
    from pytest_optbench.stress.measure.calibration import Calibration
    from pytest_optbench.target import Target

SETTINGS = pytest.StashKey[Settings]()
SESSION = pytest.StashKey["Session"]()


class Session:
    """State of one invocation, the same in the controller and in each xdist worker.

    `identity` names the invocation; `shared` is a temporary folder that all workers share, made on first use and
    removed by the controller at the end unless something broke. `folder` is the same folder, except when every worker
    runs every item (`--dist each`): then each worker has a folder of its own below it.
    """

    def __init__(self, config: pytest.Config, settings: Settings, identity: str) -> None:
        self.config = config
        self.settings = settings
        self.identity = identity
        self.shared = Path(tempfile.gettempdir()) / f"optbench-{identity}"
        self.place = self.shared / worker_folder_name(config)
        self.planned = Planned({})
        self._collected: list[pytest.Item] = []
        self.left_out: dict[str, int] = {}
        self.explanation: list[str] = []
        self.has_scenarios = False
        self.keep = False
        self.turn_token = TurnToken.of_environment()
        self.servers = Servers()
        self._environment = os.environ.get(_ENVIRONMENT)

    @classmethod
    def begin(cls, config: pytest.Config, settings: Settings) -> Session:
        """Start the session and put it into the config's stash."""
        given: dict[str, str] = getattr(config, "workerinput", {})
        session = cls(config, settings, given.get("optbench_session") or uuid.uuid4().hex[:12])
        config.stash[SETTINGS] = settings
        config.stash[SESSION] = session
        return session

    @property
    def is_worker(self) -> bool:
        """Whether this process is an xdist worker."""
        return hasattr(self.config, "workerinput")

    @property
    def runs_each(self) -> bool:
        """Whether every worker runs every item."""
        return bool(self.config.getoption("dist", "no") == "each")

    @cached_property
    def target(self) -> Target:
        """The metalab under test, chosen for this process and its children.

        Raises:
            TargetError: it cannot be imported or lacks the interface.
        """
        from pytest_optbench.target import default_name, select

        with about(self._named_by):
            return select(self.settings.metalab or default_name())

    @property
    def _named_by(self) -> str:
        """The place where the metalab under test is named, in the words of the command line."""
        if self.settings.metalab:
            return "--metalab" if self.settings.named else "metalab in the ini file"
        return f"${_ENVIRONMENT}" if os.environ.get(_ENVIRONMENT) else "the metalab under test"

    @cached_property
    def calibration(self) -> Calibration:
        """The floor with which speeds are compared."""
        from pytest_optbench.stress.measure.calibration import calibrate

        with tempfile.TemporaryDirectory(dir=self.folder) as place:
            return calibrate(Path(place))

    @property
    def folder(self) -> Path:
        """The temporary folder of the session, made on first use."""
        self.shared.mkdir(mode=0o700, exist_ok=True)
        self.place.mkdir(mode=0o700, exist_ok=True)
        return self.place

    @property
    def store(self) -> str:
        """The store of this session's sweeps."""
        return self.settings.store or str(self.folder / "store")

    @property
    def witnesses(self) -> Path:
        """The folder of witness files: next to a store that is kept, else in the session's folder."""
        return witness_folder(self.settings.store, self.folder)

    @property
    def has_witnesses(self) -> bool:
        """Whether there can be a witness file; does not make a folder."""
        return self.settings.store is not None or self.place.exists()

    @cached_property
    def baseline(self) -> SessionReport | None:
        """The report to compare with, read by the controller alone.

        Raises:
            InvalidInputError: there is none of that name, or it is not a report.
        """
        compare = self.settings.compare
        if compare is None or self.is_worker:
            return None
        located = self.settings.began.absolute(compare)
        with about("--optbench-compare"):
            return load(located if Path(located).is_file() else compare, self.settings.root)

    @cached_property
    def other_side(self) -> Variant | None:
        """The interpreter to take turns with; only the controller has it.

        Raises:
            InvalidInputError: it does not exist, or cannot run the suite.
        """
        if self.settings.versus is None or self.is_worker:
            return None
        from pytest_optbench.plugin.ab.comparison import other_side

        try:
            return other_side(self.settings.versus, self.target.name)
        except (OSError, subprocess.SubprocessError) as error:
            raise InvalidInputError(
                f"--optbench-versus {self.settings.versus}: it cannot be started ({error})"
            ) from None

    @cached_property
    def known(self) -> Mapping[BreakKey, float]:
        """The breaks of the baseline, each with the largest expected number of witnesses; workers get them passed."""
        if self.is_worker:
            given: list[tuple[list[str], float]] = self.config.workerinput["optbench_known"]  # type: ignore[attr-defined]
            return {BreakKey(*fields): expected for fields, expected in given}
        breaks = known_breaks(self.baseline.outcomes) if self.baseline else {}
        return {key: known.expected_at_most for key, known in breaks.items()}

    @cached_property
    def fewest_samples(self) -> int:
        """The samples of a figure from a clock that decide the given rules, or later ones if a baseline is saved."""
        if self.is_worker:
            given: int = self.config.workerinput["optbench_samples"]  # type: ignore[attr-defined]
            return given
        needed = samples_to_take(self.settings.rules, self.baseline) if self.baseline else 0
        return max(needed, ENOUGH if self.settings.save else 0)

    def samples_of(self, point: str, usual: int) -> int:
        """Return how many samples of a breaking point to take: `usual` ones, or more if a rule needs them."""
        rules = [rule for rule in self.settings.rules if rule.relative and rule.covers_point(point)]
        return max(usual, self.fewest_samples) if self.settings.save or rules else usual

    def choose_target(self) -> None:
        """Put the name of the metalab under test into the environment, for the import of scenarios."""
        if self.settings.metalab:
            os.environ[_ENVIRONMENT] = self.settings.metalab

    def check_input(self) -> None:
        """Check the command line before anything runs.

        Raises:
            OptbenchError: an option is invalid; the message names it and says what to do.
        """
        if not self.settings.in_use:
            return
        if self.runs_each and self.settings.store:
            raise InvalidInputError("--optbench-store with --dist each: workers that run the same items share no store")
        if self.baseline is not None and self.settings.compare and not self.settings.versus:
            check_rules(self.settings.rules, self.baseline, self.settings.compare)
        if self.settings.targeted:  # here, not in the scenario: an error before collection
            from pytest_optbench.benchmark.spaces import check_names

            with about("--optbench-targeted"):
                check_names(*self.settings.targeted)
        _ = self.target, self.other_side

    def start_servers(self) -> None:
        """Start the servers that the command line asks for, once for all workers.

        Raises:
            ServerError: one does not start.
        """
        if not (self.is_worker or self.settings.explain or self.config.getoption("collectonly")):
            self.servers.share(self.settings, self.identity)

    def share_with(self, node: Any) -> None:
        """Pass the data of the session to an xdist worker."""
        node.workerinput["optbench_session"] = self.identity
        node.workerinput["optbench_own"] = node.gateway.id if self.runs_each else ""
        node.workerinput["optbench_known"] = [
            (list(astuple(broken)), expected) for broken, expected in self.known.items()
        ]
        node.workerinput["optbench_samples"] = self.fewest_samples
        if node.gateway.spec.popen:  # another machine has other folders
            node.workerinput[STARTED] = self.settings.began.for_workers()

    def choose(self, items: list[pytest.Item], points: Collection[str] | None) -> None:
        """Keep the items that were asked for; remember those that were left out, for the summary.

        `points` are the breaking points of all collected items, None if some could not be collected. If a scenario is
        kept, the metalab under test is needed from here on.

        Raises:
            InvalidInputError: --optbench-only names none of the points.
            TargetError: the metalab under test cannot be imported or lacks the interface.
        """
        only = self.settings.only
        if points is not None:
            collection.check_only(only, points)
        kept, others = collection.narrow(items, only) if only else (list(items), [])
        kept, left_out = collection.select(kept, self.settings, named=self.config.args)
        if others or left_out:
            items[:] = kept
            self.config.hook.pytest_deselected(items=[*others, *left_out])
        self.left_out = collection.count_intensities(left_out)
        if self.is_worker:
            self.config.workeroutput["optbench_left_out"] = self.left_out  # type: ignore[attr-defined]
        if collection.points_of(kept):
            _ = self.target
            self.has_scenarios = True

    def remember_items(self, collected: object) -> None:
        """Remember the scenarios of a file, whether they will be chosen or not."""
        if isinstance(collected, list):
            items = (item for item in collected if isinstance(item, pytest.Item))
            self._collected.extend(item for item in items if collection.load_of(item))

    def plan(self, chosen: Sequence[pytest.Item]) -> None:
        """Keep the parts of the files for the chosen intensities; a worker writes them for the controller."""
        skipped = getattr(self.config.pluginmanager.get_plugin("lfplugin"), "_skipped_files", 0)  # by --lf
        self.planned = Planned.of(self._collected, chosen, skipped)
        self._collected = []
        if self.is_worker and self.planned.parts:
            self.shared.mkdir(mode=0o700, exist_ok=True)
            self.planned.write(self.shared)

    def explain_and_skip(self, items: Sequence[pytest.Item]) -> bool | None:
        """Describe what would run under --optbench-explain, and return True so that pytest runs nothing."""
        if not self.settings.explain:
            return None
        self.explanation = list(collection.explain(items, self.settings))
        return True

    def end(self) -> None:
        """End the servers, restore the environment, and remove the folder unless it is evidence."""
        self.servers.close()
        if "target" in self.__dict__ or self.settings.metalab:
            os.environ.pop(_ENVIRONMENT, None)
            os.environ |= {_ENVIRONMENT: self._environment} if self._environment is not None else {}
        if not self.is_worker and not self.keep:
            shutil.rmtree(self.shared, ignore_errors=True)


_ENVIRONMENT = "OPTBENCH_METALAB"


def session_of(config: pytest.Config) -> Session:
    """Return the session that belongs to a config."""
    return config.stash[SESSION]
