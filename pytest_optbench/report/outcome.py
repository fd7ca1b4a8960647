"""The outcome of an item as plain frozen data: it travels in `user_properties` and ends in the JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from pytest_optbench.text import one_line, plain_text

from .decode import decode

Verdict = Literal["holds", "breaks", "inconclusive", "measured", "not applicable"]
Better = Literal["higher", "lower"]
Kind = Literal["count", "time"]
VERDICTS: tuple[Verdict, ...] = ("breaks", "inconclusive", "holds", "measured", "not applicable")
DECIDED: frozenset[Verdict] = frozenset({"holds", "breaks", "measured"})
PROPERTY = "optbench"


@dataclass(frozen=True)
class BrokenPromise:
    """One broken promise with its smallest witness; `others` counts further witnesses of the same break.

    `id` is that of the promise, which stays when its sentence, `promise`, is improved.
    `about` is the subject of the witness where one promise covers several (`loggers`, `files`): a key that stays the
    same from session to session, so that a baseline that knows one of them does not hide another.
    `schedule` is JSON text with which the scenario repeats this break alone (a fault at an event, steps), if it can.
    """

    id: str
    promise: str
    message: str
    others: int = 0
    about: str = ""
    schedule: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit: the largest load that held, or the cost of a load, in `unit`.

    `curve` has load, measurement and whether it held; `stopped` is why the search ended. `kind` is "count" for
    figures from counts, which repeat, and "time" for those from a clock, which do not; `samples` are the raw figures
    in the same unit. `failed` names what did not survive, where the limit counts what did ("7 of 9").
    """

    name: str
    value: float
    unit: str
    curve: tuple[tuple[float, float, bool], ...] = ()
    stopped: str = ""
    better: Better = "higher"
    kind: Kind = "count"
    samples: tuple[float, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chart:
    """Lines for the reader that are not a limit: `lines` maps each label to its points (x, y).

    `log` names the logarithmic axes: "", "x", "y" or "xy"; `steps` draws a step function, as an ECDF is one.
    """

    title: str
    x: str
    y: str
    lines: Mapping[str, tuple[tuple[float, float], ...]]
    log: str = ""
    steps: bool = False


@dataclass(frozen=True)
class ItemOutcome:
    """The verdict of one item and the evidence behind it.

    `executed` counts runs whose operation ran during this item (by the witness), `audited` those whose
    stored evidence was examined; `seconds` is the time of the drive alone. `calibration` is the floor of this
    machine in microseconds, taken by the process that ran the item; `note` says why something was not measured.
    `flaky` means that the verdict is that of a rerun, after an attempt that had failed.
    """

    point: str
    case: str
    intensity: str
    verdict: Verdict
    shard: int = 0
    shards: int = 1
    executed: int = 0
    audited: int = 0
    seconds: float = 0.0
    broken: tuple[BrokenPromise, ...] = ()
    limits: tuple[Limit, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    charts: tuple[Chart, ...] = ()
    calibration: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    replay: str = ""
    nodeid: str = ""
    flaky: bool = False

    def to_property(self) -> tuple[str, str]:
        """Return the pair that an item carries; JSON text, so that xdist and JUnit XML can transport it.

        A value that JSON cannot hold must not cost the verdict: then only the verdict and the breaks are kept.
        """
        try:
            encoded = json.dumps(asdict(self), allow_nan=False)
            ItemOutcome.from_dict(json.loads(encoded))  # an outcome that cannot be read back is lost as well
            return PROPERTY, encoded
        except (TypeError, ValueError, RecursionError) as error:
            return PROPERTY, json.dumps(asdict(self._reduced(error)))

    def _reduced(self, error: Exception) -> ItemOutcome:
        return ItemOutcome(
            plain_text(self.point),
            plain_text(self.case),
            plain_text(self.intensity),
            self.verdict,
            broken=tuple(
                BrokenPromise(plain_text(one.id), plain_text(one.promise), plain_text(one.message))
                for one in self.broken
            ),
            note=f"{plain_text(self.note)} (figures are missing, which could not be kept: {one_line(error)})".strip(),
            replay=plain_text(self.replay),
            nodeid=plain_text(self.nodeid),
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build an outcome from decoded JSON.

        Raises:
            InvalidInputError: a field is missing, unknown or of another type; the message names it.
        """
        return decode(cls, fields)


def from_properties(properties: list[tuple[str, object]]) -> ItemOutcome | None:
    """Return the outcome that a test report carries, or None: the last one, where the item was run again."""
    for name, value in reversed(properties):
        if name == PROPERTY:
            return ItemOutcome.from_dict(json.loads(str(value)))
    return None


def is_cut(limit: Limit) -> bool:
    """Return whether a search ended before anything broke, so that the value means "at least".

    A rate from a clock is not such a value, unless it is a load that was probed; nor is a share ("of 9 faults").
    """
    if limit.better != "higher" or limit.stopped not in ("ceiling", "budget") or limit.unit.startswith("of "):
        return False
    if limit.stopped == "ceiling" and not all(held for _, _, held in limit.curve):
        return False
    return limit.kind == "count" or any(load == limit.value for load, _, _ in limit.curve)
