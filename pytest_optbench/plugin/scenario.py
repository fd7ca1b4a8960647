"""What a scenario gets from the plugin, and where it says what it found."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import Promise, promise_of
from pytest_optbench.report.outcome import Better, BrokenPromise, Chart, ItemOutcome, Kind, Limit, Verdict
from pytest_optbench.report.plainly import count, flag, number, one_of
from pytest_optbench.text import one_line, plain_text

from .collection import MARKER, BreakingPoint, Load, Shard, case_of, group_of, load_of
from .options import Settings
from .rerun import replay
from .session import Session

if TYPE_CHECKING:
    from pytest_optbench.drive.run_and_audit import AuditResult
    from pytest_optbench.drive.sweep_context import SweepContext
    from pytest_optbench.stress.measure.calibration import Calibration
    from pytest_optbench.stress.measure.limits import SearchResult
    from pytest_optbench.target import RunOptions, Target

SEED = "OPTBENCH_SEED"  # the variable that repeats what an item drew
FLOOR = ("payload_us", "noop_us", "cpu_us")  # what of the calibration is kept beside a figure from a clock


class Scenario:
    """What a scenario gets from the plugin, and where it says what it found.

    `folder` is a private folder of the item, `store` the place for results, `witness` the item's witness file.
    """

    def __init__(self, item: pytest.Item, session: Session) -> None:
        self.session = session
        self.settings: Settings = session.settings
        self.target: Target = session.target
        self.nodeid = item.nodeid
        self.point, self.load, self.shard = _case(item)
        self.executed = 0
        self.audited = 0
        self.without_runs = 0
        self.seconds = 0.0
        self.note = ""
        self.undecided: Verdict | None = None
        self.broken: list[BrokenPromise] = []
        self.limits: list[Limit] = []
        self.measures: dict[str, float] = {}
        self.charts: list[Chart] = []
        self.floor: dict[str, float] = {}
        self._lane: IO[str] | None = None
        self.is_running = False
        self.failed_subtests = 0
        self._resumes = False
        self._by_turns = not session.turn_token.is_shared
        self._case = case_of(item)
        self._item = item

    @property
    def folder(self) -> Path:
        """A folder for this item alone, inside the session's folder."""
        folder = self.session.folder / "items" / self.group / str(self.shard)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def store(self) -> str:
        """Where this session's sweeps keep their results, shared by all shards."""
        return self.session.store

    @property
    def witness(self) -> Path:
        """The file where the operation of this item notes what really ran; shards of a load share its folder."""
        folder = self.session.witnesses / self.group
        folder.mkdir(exist_ok=True)
        return folder / f"{self.shard}.jsonl"

    @property
    def group(self) -> str:
        """A file name for all shards of this case and load: breaking point, case, intensity."""
        return group_of(self.load.point, self._case, self.load.intensity)

    @property
    def sweep_context(self) -> SweepContext:
        """Where this item runs its part of a sweep, and who watches."""
        from pytest_optbench.drive.sweep_context import SweepContext

        self._resumes = bool(self.settings.store)
        ctx = SweepContext(self.target, self.options, self.witness, self.session.identity, self._resumes)
        return replace(ctx, shared=self.shard.count > 1)

    @property
    def options(self) -> RunOptions:
        """How the command line wants runs to be executed."""
        from pytest_optbench.target import RunOptions

        return RunOptions(store=self.store, executor=self.settings.executor, workers=self.settings.workers)

    def at(self, name: str = "store", **changed: Any) -> SweepContext:
        """A store and a witness of its own below `folder`, named `name`; `changed` are fields of its `RunOptions`."""
        from pytest_optbench.drive.sweep_context import SweepContext

        folder = self.folder / name
        options = replace(self.options, **{"store": str(folder / "store"), **changed})
        return SweepContext(self.target, options, folder / "witness.jsonl", uuid.uuid4().hex, own=True)

    def ran(self, *, executed: int, audited: int, seconds: float) -> None:
        """Add runs: how many executed, how many were examined, and how long driving them took.

        Raises:
            InvalidInputError: one of them is no such number.
        """
        added = count(executed, "ran(executed)"), count(audited, "ran(audited)"), number(seconds, "ran(seconds)")
        self.executed += added[0]
        self.audited += added[1]
        self.seconds += added[2]

    def examined(self, cases: int) -> None:
        """Add what was examined and is no run, in a part that has none to execute, such as cases of a grid.

        Raises:
            InvalidInputError: it is no such number.
        """
        self.without_runs += count(cases, "examined(cases)")
        self.audited += count(cases, "examined(cases)")

    def breaks(self, promise: object, message: object, others: int = 0, about: object = "") -> None:
        """Record a broken promise with its smallest witness, whatever says so; the item will fail.

        `promise` is a `Promise`, the id of a registered one, or a sentence of a scenario's own: that is known by the id
        `<breaking point>.<slug of the sentence>`, so that a new sentence makes a new promise, unless the scenario gives
        a `Promise(id, sentence)` of its own.
        `others` counts further witnesses, so that a baseline notices growth; `about` tells apart what one promise
        covers, by a key that stays the same from session to session. Said once more, it is not recorded again.

        Raises:
            InvalidInputError: `others` is no number of further witnesses; the break is recorded all the same.
        """
        kept = promise if isinstance(promise, Promise) else promise_of(plain_text(promise), self.load.point)
        broken = BrokenPromise(
            plain_text(kept.id), plain_text(kept.sentence), plain_text(message), about=plain_text(about)
        )
        known = {(one.id, one.message) for one in self.broken}
        if (broken.id, broken.message) not in known:
            self.broken.append(broken)
            self.broken[-1] = replace(broken, others=count(others, "breaks(others)"))

    def limit(
        self,
        name: str,
        value: float,
        unit: str,
        curve: Iterable[tuple[float, float, bool]] = (),
        *,
        stopped: str = "",
        better: Better = "higher",
        kind: Kind = "count",
        samples: Iterable[float] = (),
    ) -> None:
        """Record a limit, the largest load that held; a later one of the same name replaces it.

        `kind` says whether it comes from counts or from a clock (see `Limit`); beside a figure from a clock the
        calibration of this process is kept, so that sessions can be compared. In an A/B session, samples that were not
        taken in `blocks` are no pairs with those of the other side: they count as one, the figure.

        Raises:
            InvalidInputError: a figure that is no finite number, or samples in another unit than the figure, which
                would be judged the wrong way round.
        """
        name, unit, stopped = plain_text(name), plain_text(unit), plain_text(stopped)
        where = f"limit({name!r}"
        better = one_of(better, ("higher", "lower"), f"{where}, better)")
        kind = one_of(kind, ("count", "time"), f"{where}, kind)")
        value = number(value, f"{where}, value)")
        told = tuple(
            (number(load, f"{where}, curve)"), number(measured, f"{where}, curve)"), flag(held, f"{where}, curve)"))
            for load, measured, held in curve
        )
        taken = tuple(number(sample, f"{where}, samples)") for sample in samples)
        if taken and not min(taken) <= value <= max(taken):
            raise InvalidInputError(f"limit {name!r}: {value:g} {unit} is not among its samples: give them in its unit")
        if kind == "time":
            self.floor = {name: getattr(self.calibration, name) for name in FLOOR}
        self.limits = [limit for limit in self.limits if limit.name != name]
        taken = taken if self._by_turns else ()
        self.limits.append(Limit(name, value, unit, told, stopped, better, kind, taken))

    def chart(
        self, title: str, x: str, y: str, lines: Mapping[str, Iterable[tuple[float, float]]], *, log: str = "",
        steps: bool = False,
    ) -> None:  # fmt: skip
        """Record lines for the HTML report that are no limit, such as a rate by workers (see `Chart`).

        Raises:
            InvalidInputError: a point that is no pair of finite numbers, or axes that are none.
        """
        where = f"chart({plain_text(title)!r}"
        log = one_of(log, ("", "x", "y", "xy"), f"{where}, log)")
        drawn = {
            plain_text(label): tuple(
                (float(number(across, f"{where}, lines)")), float(number(up, f"{where}, lines)")))
                for across, up in points
            )
            for label, points in lines.items()
        }
        self.charts.append(
            Chart(plain_text(title), plain_text(x), plain_text(y), drawn, log, flag(steps, f"{where}, steps)"))
        )

    def found(self, name: str, limit: SearchResult, unit: str, *, kind: Kind = "count") -> None:
        """Record what a search for the largest load (`stress.measure.limits`) came to."""
        self.limit(name, limit.value, unit, limit.curve, stopped=limit.stopped, kind=kind)

    def reached(self, size: int, unit: str) -> None:
        """Record the largest size that was driven, where the load ends by the clock (`sizes` does so by itself)."""
        if self.load.intensity == "extreme":
            stopped = "ceiling" if size >= self.point.table["extreme"] else "budget"
            self.limit(f"size of {self._case.replace('_', ' ')}", size, unit, stopped=stopped, kind="time")

    def judge(self, audited: AuditResult) -> None:
        """Take over what an audited drive showed: its runs and the promises that it broke."""
        self.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
        for finding in audited.findings:
            self.breaks(finding.violation.promise, finding.violation.message, finding.others)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Hold the quiet lane: one worker of the session at a time, so that neighbours do not distort a speed.

        Blocks may nest.
        """
        if self._lane is not None:
            yield
            return
        self._lane = (self.session.shared / "quiet.lock").open("w")
        try:
            fcntl.flock(self._lane, fcntl.LOCK_EX)  # freed with the file, also when the process dies
            yield
        finally:
            self.leave_lane()

    def leave_lane(self) -> None:
        """Free the quiet lane, where this item holds it: `blocks` of which nobody took the last would hold it on."""
        if self._lane is not None:
            self._lane.close()
            self._lane = None

    def blocks(self, count: int) -> Iterator[int]:
        """Number the blocks of a measurement, each some hundredths of a second, in the quiet lane.

        There are more than `count` where a rule of the gate needs them. An A/B session (`--optbench-versus`) hands over
        to the other side after each block, and takes more of them.
        """
        self._by_turns = True
        taken = self.session.samples_of(self.load.point, count)
        with self.quiet():
            for number in range(taken * self.session.turn_token.factor):
                yield number
                self.session.turn_token.hand_over()

    def sample(
        self, benchmark: Any, take: Callable[[], None], count: int, before: Callable[[], None] | None = None
    ) -> None:
        """Call `take` in each block, after `before`; pytest-benchmark times the first `count` calls where it is on.

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
        """What this machine can do with no runner around the work: taken once a process, in the quiet lane."""
        if "calibration" in self.session.__dict__:
            return self.session.calibration
        with self.quiet():
            return self.session.calibration

    @property
    def budget(self) -> float:
        """Seconds for this item, where its load ends by the clock: the parts of a breaking point share its budget."""
        parts = {case_of(other) for other in self._item.session.items if _same_row(load_of(other), self.load)}
        return self.settings.budget / max(1, len(parts))

    @property
    def search_budget(self) -> float:
        """Seconds for a search that any intensity has: the whole budget, of which extreme parts have a share each."""
        return self.budget if self.load.intensity == "extreme" else self.settings.budget

    def sizes(self, unit: str = "runs") -> Iterator[int]:
        """The sizes to drive: that of the load, or at extreme the smallest of the table, doubled until the budget ends.

        The table's extreme size is the ceiling. No size begins after one that broke, or that would not end in the
        time that is left, if it takes twice as long as the one before. The largest that held is a limit, in `unit`.
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
            self.reached(size, unit)  # the first time it calibrates, which is no part of the load
            deadline += time.monotonic() - now
            if size >= ceiling or now + 2 * (now - began) > deadline:
                return
            size = min(2 * size, ceiling)

    @cached_property
    def seed(self) -> int:
        """The seed of what this item draws at random: $OPTBENCH_SEED, else a new one; measured, and part of `replay`.

        Raises:
            InvalidInputError: the variable is no whole number from 0.
        """
        given = os.environ.get(SEED, "")
        if given and not (given.isascii() and given.isdigit()):
            raise InvalidInputError(f"{SEED}={given}: give a whole number from 0, as a repeat command has it")
        seed = int(given) if given else secrets.randbelow(1_000_000)
        self.measure("seed", seed)
        return seed

    @property
    def examples(self) -> Path:
        """Where Hypothesis keeps the examples that failed; beside the store, so that they are replayed from there."""
        return self.session.witnesses / "hypothesis"

    def measure(self, name: str, value: float) -> None:
        """Record a figure that is no limit, under a name that ends in its unit.

        Raises:
            InvalidInputError: it is no finite number.
        """
        self.measures[plain_text(name)] = number(value, f"measure({plain_text(name)!r})")

    def inconclusive(self, reason: object) -> NoReturn:
        """End the item: this machine could not decide, and `reason` says what would settle it."""
        self._leave("inconclusive", reason)

    def not_applicable(self, reason: object) -> NoReturn:
        """End the item: the metalab under test does not offer what the scenario drives."""
        self._leave("not applicable", reason)

    @property
    def has_evidence(self) -> bool:
        """Whether something executed and was examined, or there was nothing to execute.

        Where a kept store (`--optbench-store`) held every run already, what earlier sessions executed is evidence.
        """
        executed = self.executed or self.without_runs or self._resumes
        return bool(executed and self.audited)

    def outcome(self, crash: BaseException | None) -> ItemOutcome:
        """What the item has to say, given the exception it ended with."""
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
            note=self.note or (self.note_on(crash) if crash is not None else ""),
            replay=self.replay,
            nodeid=self.nodeid,
        )

    @property
    def replay(self) -> str:
        """The command that repeats just this item."""
        load = self.load
        command = replay(self.nodeid, self._item.path, load.point, load.intensity, self.target, self.settings)
        return f"{SEED}={self.seed} {command}" if "seed" in self.__dict__ else command

    @property
    def promises_kept(self) -> bool:
        """Whether nothing that was said so far keeps the item from holding."""
        return not self.broken and self.undecided is None

    @staticmethod
    def note_on(crash: BaseException) -> str:
        """What to say of the exception that a scenario ended with: it was left on purpose, or it failed."""
        left = {
            pytest.skip.Exception: "it was skipped",
            pytest.xfail.Exception: "it was expected to fail",
            pytest.exit.Exception: "it ended the session",
        }
        why = next((why for kind, why in left.items() if isinstance(crash, kind)), None)
        return f"the scenario itself failed: {one_line(crash)}" if why is None else f"{why}: {plain_text(crash)}"

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


def _same_row(other: Load | None, load: Load) -> bool:
    return other is not None and (other.point, other.intensity) == (load.point, load.intensity)


def _case(item: pytest.Item) -> tuple[BreakingPoint, Load, Shard]:
    """The breaking point, load and shard of an item; a scenario outside the tables is refused by name."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    marker = item.get_closest_marker(MARKER)
    if marker is None or "load" not in params:
        raise pytest.UsageError(f"{item.nodeid}: `scenario` needs @pytest.mark.{MARKER} and the fixture `load`")
    return BreakingPoint.of(marker, item.nodeid), params["load"], params.get("shard", Shard(0, 1))
