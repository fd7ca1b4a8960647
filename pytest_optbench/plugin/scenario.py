"""The interface of a scenario: what the plugin provides, and the methods that record findings."""

from __future__ import annotations

import os
import secrets
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.report.outcome import ItemOutcome, Verdict
from pytest_optbench.text import plain_text

from .collection import MARKER, BreakingPoint, Load, Shard, case_of, group_of, load_of
from .findings import Findings
from .item_end import crash_note
from .options import Settings
from .quiet_lane import QuietLane
from .rerun import rerun_command
from .session import Session

if TYPE_CHECKING:
    from pytest_optbench.drive.sweep_context import SweepContext
    from pytest_optbench.stress.measure.calibration import Calibration
    from pytest_optbench.target import RunOptions, Target

SEED = "OPTBENCH_SEED"  # the variable that repeats what an item drew


class Scenario(Findings):
    """The fixture `scenario` of one item: it provides the target, folders and settings, and records findings.

    `folder` is a private folder of the item, `store` the place for results, `witness` the item's witness file.
    """

    def __init__(self, item: pytest.Item, session: Session) -> None:
        self.session = session
        self.settings: Settings = session.settings
        self.target: Target = session.target
        self.nodeid = item.nodeid
        self.point, self.load, self.shard = _case(item)
        super().__init__(self.load.point)
        self.note = ""
        self.undecided: Verdict | None = None
        self.lane = QuietLane(session.shared / "quiet.lock")
        self.is_running = False
        self.has_ended = False
        self.failed_subtests = 0
        self._resumes = False
        self._in_blocks = not session.turn_token.is_shared
        self._case = case_of(item)
        self._item = item
        self._folder = session.folder / "items" / self.group / str(self.shard)

    @property
    def folder(self) -> Path:
        """A private folder of this item, inside the session's folder."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    @property
    def store(self) -> str:
        """The store of this session's sweeps, shared by all shards."""
        return self.session.store

    @property
    def witness(self) -> Path:
        """The witness file of this item's operations; shards of a load share its folder."""
        folder = self.session.witnesses / self.group
        folder.mkdir(exist_ok=True)
        return folder / f"{self.shard}.jsonl"

    @property
    def group(self) -> str:
        """A file name for all shards of this case and load: breaking point, case, intensity."""
        return group_of(self.load.point, self._case, self.load.intensity)

    @property
    def sweep_context(self) -> SweepContext:
        """The context in which this item runs its part of a sweep."""
        from pytest_optbench.drive.sweep_context import SweepContext

        self._resumes = bool(self.settings.store)
        ctx = SweepContext(self.target, self.options, self.witness, self.session.identity, self._resumes)
        return replace(ctx, shared=self.shard.count > 1)

    @property
    def options(self) -> RunOptions:
        """The options for runs from the command line."""
        from pytest_optbench.target import RunOptions

        return RunOptions(store=self.store, executor=self.settings.executor, workers=self.settings.workers)

    def at(self, name: str = "store", **changed: Any) -> SweepContext:
        """Return the context of a new store and witness below `folder`; `changed` are fields of its `RunOptions`."""
        from pytest_optbench.drive.sweep_context import SweepContext

        folder = self.folder / name
        options = replace(self.options, **{"store": str(folder / "store"), **changed})
        return SweepContext(self.target, options, folder / "witness.jsonl", uuid.uuid4().hex, private_folder=True)

    def quiet(self) -> AbstractContextManager[None]:
        """Hold the quiet lane, which one worker of the session has at a time, so that others do not distort a speed."""
        return self.lane.hold()

    def blocks(self, count: int) -> Iterator[int]:
        """Number the blocks of a measurement, each some hundredths of a second, in the quiet lane.

        There are more than `count` if a rule of the gate needs them. An A/B session (`--optbench-versus`) hands over to
        the other side after each block, and takes more of them.
        """
        self._in_blocks = True
        taken = self.session.samples_of(self.load.point, count)
        with self.quiet():
            for number in range(taken * self.session.turn_token.factor):
                yield number
                self.session.turn_token.hand_over()

    def sample(
        self, benchmark: Any, take: Callable[[], None], count: int, before: Callable[[], None] | None = None
    ) -> None:
        """Call `take` in each block, after `before`; pytest-benchmark, if active, times the first `count` calls.

        It does so once for an item: give None for `benchmark` from the second time on.
        """
        blocks = self.blocks(count)

        def begin() -> None:
            next(blocks)
            if before is not None:
                before()

        if benchmark is not None:
            benchmark.pedantic(take, setup=begin, rounds=count)
        for _ in blocks:
            if before is not None:
                before()
            take()

    @property
    def calibration(self) -> Calibration:
        """The speed of this machine without a runner, measured once a process in the quiet lane."""
        if "calibration" in self.session.__dict__:
            return self.session.calibration
        with self.quiet():
            return self.session.calibration

    @property
    def samples_are_pairs(self) -> bool:
        """Whether samples were taken in `blocks`, or need not be: an A/B session pairs only those."""
        return self._in_blocks

    @property
    def budget(self) -> float:
        """The seconds of this item, if its load ends by the clock: the parts of a breaking point share its budget."""
        row = (self.load.point, self.load.intensity)
        loads = ((item, load_of(item)) for item in self._item.session.items)
        parts = {case_of(item) for item, load in loads if load is not None and (load.point, load.intensity) == row}
        return self.settings.budget / max(1, len(parts))

    @property
    def search_budget(self) -> float:
        """The seconds of a search at any intensity: the whole budget, or at extreme the share of this part."""
        return self.budget if self.load.intensity == "extreme" else self.settings.budget

    def sizes(self, unit: str = "runs") -> Iterator[int]:
        """Yield the size of the load, or at extreme the smallest of the table, doubled until the budget is used up.

        The table's extreme size is the ceiling. No size follows one that broke, and none starts that would exceed the
        remaining time if it takes twice as long as the one before. The largest that held is a limit, in `unit`.
        """
        if self.load.intensity != "extreme":
            yield self.load.size
            return
        deadline = time.monotonic() + self.budget
        size = self.point.first
        ceiling = self.point.table["extreme"]
        while True:
            began = time.monotonic()
            yield size
            if self.broken:
                return
            now = time.monotonic()
            self.reached(size, unit)  # it calibrates the first time, which does not count as load
            deadline += time.monotonic() - now
            if size >= ceiling or now + 2 * (now - began) > deadline:
                return
            size = min(2 * size, ceiling)

    def reached(self, size: int, unit: str) -> None:
        """Record the largest size that was driven, if the load ends by the clock; `sizes` does so itself."""
        if self.load.intensity == "extreme":
            stopped = "ceiling" if size >= self.point.table["extreme"] else "budget"
            self.limit(f"largest load, {self._case.replace('_', ' ')}", size, unit, stopped=stopped, kind="time")

    @cached_property
    def seed(self) -> int:
        """The seed of this item's random draws: $OPTBENCH_SEED, else a new one; recorded, and part of `replay`.

        Raises:
            InvalidInputError: the variable is not a whole number from 0.
        """
        given = os.environ.get(SEED, "")
        if given and not (given.isascii() and given.isdigit()):
            raise InvalidInputError(f"{SEED}={given}: give a whole number from 0, as a repeat command has it")
        seed = int(given) if given else secrets.randbelow(1_000_000)
        self.measure("seed", seed)
        return seed

    @property
    def examples(self) -> Path:
        """The folder of failed examples of Hypothesis; next to the store, so that they are replayed from there."""
        return self.session.witnesses / "hypothesis"

    def inconclusive(self, reason: object) -> NoReturn:
        """End the item as inconclusive: this machine could not decide, and `reason` says what would settle it."""
        self._leave("inconclusive", reason)

    def not_applicable(self, reason: object) -> NoReturn:
        """End the item as not applicable: the metalab under test lacks a part that the scenario needs."""
        self._leave("not applicable", reason)

    @property
    def has_evidence(self) -> bool:
        """Whether runs were executed and examined, or there were none to execute.

        If a kept store (`--optbench-store`) had every run already, the executions of earlier sessions are evidence.
        """
        return bool((self.executed or self.without_runs or self._resumes) and self.audited)

    def close(self) -> None:
        """Release the quiet lane, and remove the folder of an item without evidence: extreme loads fill disks."""
        self.lane.leave()
        if self.has_ended and self.promises_kept and not self.session.keep:
            shutil.rmtree(self._folder, ignore_errors=True)

    def outcome(self, crash: BaseException | None) -> ItemOutcome:
        """Return the outcome of the item, given the exception that ended it."""
        return ItemOutcome(
            point=self.load.point,
            case=self._case,
            intensity=self.load.intensity,
            verdict=self._verdict(crash),
            shard=self.shard.index,
            shards=self.shard.count,
            executed=self.executed,
            audited=self.audited,
            seconds=round(self.seconds, 6),
            broken=tuple(self.broken),
            limits=tuple(self.limits),
            measures=self.measures,
            charts=tuple(self.charts),
            calibration=self.floor,
            note=self.note or (crash_note(crash) if crash is not None else ""),
            replay=self.replay,
            nodeid=self.nodeid,
        )

    @property
    def replay(self) -> str:
        """The command that repeats this item."""
        load = self.load
        command = rerun_command(self.nodeid, self._item.path, load.point, load.intensity, self.target, self.settings)
        return f"{SEED}={self.seed} {command}" if "seed" in self.__dict__ else command

    @property
    def promises_kept(self) -> bool:
        """Whether nothing recorded so far prevents the verdict `holds`."""
        return not self.broken and self.undecided is None

    def _verdict(self, crash: BaseException | None) -> Verdict:
        if self.broken:
            return "breaks"
        if self.undecided:
            return self.undecided
        if crash is not None:
            return "inconclusive"
        return "measured" if self.point.measured else "holds"

    def _leave(self, verdict: Verdict, reason: object) -> NoReturn:
        self.undecided, self.note = verdict, plain_text(reason)
        pytest.skip(f"{verdict}: {self.note}")


def _case(item: pytest.Item) -> tuple[BreakingPoint, Load, Shard]:
    """Return the breaking point, load and shard of an item; a test without them is refused by name."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    marker = item.get_closest_marker(MARKER)
    if marker is None or "load" not in params:
        raise pytest.UsageError(f"{item.nodeid}: `scenario` needs @pytest.mark.{MARKER} and the fixture `load`")
    return BreakingPoint.of(marker, item.nodeid), params["load"], params.get("shard", Shard(0, 1))
