"""The findings of a scenario: runs, broken promises, limits, charts and figures, converted or refused by name."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_optbench.errors import InvalidInputError
from pytest_optbench.promises import Promise, promise_of
from pytest_optbench.report.outcome import Better, BrokenPromise, Chart, Kind, Limit
from pytest_optbench.report.plain_data import count, flag, number, one_of
from pytest_optbench.text import plain_text, printable, shorten

if TYPE_CHECKING:
    from pytest_optbench.drive.run_and_audit import AuditResult
    from pytest_optbench.stress.measure.calibration import Calibration
    from pytest_optbench.stress.measure.limits import SearchResult

LONGEST_NAME = 100  # characters of the name of something that did not survive
FLOOR = ("payload_us", "noop_us", "cpu_us")  # figures of the calibration that are kept with those from a clock


class Findings(ABC):
    """The findings of one item so far.

    `executed` and `audited` count runs, `without_runs` counts examined cases without a run, `seconds` is the time of
    driving the runs; `floor` is the calibration that belongs to figures from a clock.
    """

    def __init__(self, point: str) -> None:
        self._of_point = point
        self.executed = 0
        self.audited = 0
        self.without_runs = 0
        self.seconds = 0.0
        self.broken: list[BrokenPromise] = []
        self.limits: list[Limit] = []
        self.measures: dict[str, float] = {}
        self.charts: list[Chart] = []
        self.floor: dict[str, float] = {}

    @property
    @abstractmethod
    def calibration(self) -> Calibration:
        """The calibration of this process."""

    @property
    @abstractmethod
    def samples_are_pairs(self) -> bool:
        """Whether samples can be compared one by one with those of another side."""

    def ran(self, *, executed: int, audited: int, seconds: float) -> None:
        """Add the numbers of runs that were executed and examined, and the seconds of driving them.

        Raises:
            InvalidInputError: one of them is not such a number.
        """
        added = count(executed, "ran(executed)"), count(audited, "ran(audited)"), number(seconds, "ran(seconds)")
        self.executed += added[0]
        self.audited += added[1]
        self.seconds += added[2]

    def examined(self, cases: int) -> None:
        """Add the number of examined cases in a part that executes no run, such as cases of a grid.

        Raises:
            InvalidInputError: it is not a count.
        """
        self.without_runs += count(cases, "examined(cases)")
        self.audited += count(cases, "examined(cases)")

    def breaks(
        self, promise: object, message: object, others: int = 0, about: object = "", schedule: object = None
    ) -> None:
        """Record a broken promise with its smallest witness; the item will fail.

        `promise` is a `Promise`, the id of a registered one, or a sentence of a scenario's own. A sentence gets the id
        `<breaking point>.<slug of the sentence>`, so a new sentence is a new promise, unless the scenario gives a
        `Promise(id, sentence)`.
        `others` counts further witnesses, so that a baseline notices growth; `about` is the subject where one promise
        covers several: a key that stays the same from session to session. An equal break is recorded only once.
        `schedule` is JSON data from which the scenario repeats this break alone (see `replay.schedule`).

        Raises:
            InvalidInputError: `others` is not a count; the break is recorded nevertheless.
        """
        resolved = promise if isinstance(promise, Promise) else promise_of(plain_text(promise), self._of_point)
        broken = BrokenPromise(
            plain_text(resolved.id), plain_text(resolved.sentence), plain_text(message), about=plain_text(about)
        )
        broken = broken if schedule is None else replace(broken, schedule=json.dumps(schedule))
        known = {(earlier.id, earlier.message) for earlier in self.broken}
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
        failed: Iterable[str] = (),
    ) -> None:
        """Record a limit, the largest load that held; a later one of the same name replaces it.

        `kind` is "count" for a figure from counts, "time" for one from a clock (see `Limit`); with a figure from a
        clock the calibration of this process is kept, so that sessions can be compared. In an A/B session, samples
        that were not taken in `blocks` have no pairs on the other side: only the figure counts. `failed` names what did
        not survive, where the limit counts what did.

        Raises:
            InvalidInputError: a figure is not a finite number, or the samples are in another unit than the figure,
                which would reverse their judgement.
        """
        name, unit, stopped = plain_text(name), plain_text(unit), plain_text(stopped)
        where = f"limit({name!r}"
        better = one_of(better, ("higher", "lower"), f"{where}, better)")
        kind = one_of(kind, ("count", "time"), f"{where}, kind)")
        value = number(value, f"{where}, value)")
        probes = tuple(
            (number(load, f"{where}, curve)"), number(measured, f"{where}, curve)"), flag(held, f"{where}, curve)"))
            for load, measured, held in curve
        )
        taken = tuple(number(sample, f"{where}, samples)") for sample in samples)
        if taken and not min(taken) <= value <= max(taken):
            raise InvalidInputError(f"limit {name!r}: {value:g} {unit} is not among its samples: give them in its unit")
        if kind == "time":
            self.floor = {name: getattr(self.calibration, name) for name in FLOOR}
        self.limits = [limit for limit in self.limits if limit.name != name]
        taken = taken if self.samples_are_pairs else ()
        names = tuple(shorten(printable(plain_text(name)), LONGEST_NAME) for name in failed)
        self.limits.append(Limit(name, value, unit, probes, stopped, better, kind, taken, names))

    def chart(
        self, title: str, x: str, y: str, lines: Mapping[str, Iterable[tuple[float, float]]], *, log: str = "",
        steps: bool = False,
    ) -> None:  # fmt: skip
        """Record lines for the HTML report that are not a limit, such as a rate by workers (see `Chart`).

        Raises:
            InvalidInputError: a point is not a pair of finite numbers, or an axis is unknown.
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
        """Record the result of a search for the largest load (`stress.measure.limits`)."""
        self.limit(name, limit.value, unit, limit.curve, stopped=limit.stopped, kind=kind)

    def judge(self, audited: AuditResult) -> None:
        """Record the result of an audit: its runs and the promises that were broken."""
        self.ran(executed=audited.executed, audited=audited.audited, seconds=audited.seconds)
        for finding in audited.findings:
            self.breaks(finding.violation.promise, finding.violation.message, finding.others)

    def measure(self, name: str, value: float) -> None:
        """Record a figure that is not a limit, under a name that ends in its unit.

        Raises:
            InvalidInputError: it is not a finite number.
        """
        self.measures[plain_text(name)] = number(value, f"measure({plain_text(name)!r})")
