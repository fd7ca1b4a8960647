"""The outcome of a session as JSON, with a format version; its schema is `report.schema.json` in this folder.

History of the format:
    1  target, machine, session, calibration, outcomes (one entry an item).
    2  limits have better, kind and samples; outcomes have charts and calibration; merged reports list their
       sessions; comparison with a baseline, A/B ratios, and the results of the gate. A report of format 1 is read as
       one that lacks these.
    3  versions of the packages that figures depend on; unknown in older reports.
    4  the verdict `measured`: a part that records figures and promises nothing.
    5  breaks have their subject (`about`); options of the session; a comparison describes its baseline, which breaks
       grew or come and go, and which parts are missing; a gate lists the limits that its rules could not judge.
       The parts that an incomplete session did not run; flaky outcomes; changes that a cut search leaves open.
    6  breaks have the id of their promise, by which a baseline knows them; its sentence may change.
    7  the forecast of a session that made one; a limit that counts survivors names what failed; a break has the
       schedule that repeats it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_optbench.errors import InvalidInputError

from .comparison import Comparison, Gate, Versus
from .decode import decode
from .earlier import WITH_IDS, add_ids
from .forecast import Forecast
from .incomplete import Incomplete
from .outcome import ItemOutcome
from .writing import write_text

FORMAT = 7
READABLE = (1, 2, 3, 4, 5, 6, 7)
PACKAGES = ("pytest-optbench", "numpy", "pytest", "pytest-xdist", "pytest-benchmark", "hypothesis")
SCHEMA = Path(__file__).with_name("report.schema.json")


@dataclass(frozen=True)
class SessionReport:
    """Everything a session found; `target`, `machine` and `options` (how runs were executed) are plain descriptions.

    A report that was merged from several lists them in `sessions`: target, machine, started, seconds of each.
    """

    target: Mapping[str, str]
    outcomes: tuple[ItemOutcome, ...]
    seconds: float = 0.0
    started: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    machine: Mapping[str, str | int] = field(default_factory=lambda: describe_machine())
    sessions: tuple[Mapping[str, Any], ...] = ()
    versions: Mapping[str, str] = field(default_factory=lambda: describe_packages())
    options: Mapping[str, str | int] = field(default_factory=dict)
    comparison: Comparison | None = None
    versus: Versus | None = None
    gate: Gate | None = None
    incomplete: Incomplete | None = None
    forecast: Forecast | None = None


def describe_machine() -> dict[str, str | int]:
    """Return the facts needed to compare figures: system, processor, Python."""
    return {
        "system": platform.platform(),
        "processor": _processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }


def describe_packages() -> dict[str, str]:
    """Return the installed versions of the packages that figures depend on."""
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def to_json(report: SessionReport) -> str:
    """Return the report as strict JSON of the newest format; `incomplete` is its second field."""
    fields = asdict(report)
    first = {"format": FORMAT, "incomplete": fields.pop("incomplete")}
    return json.dumps({**first, **fields}, indent=2, allow_nan=False) + "\n"


def write(report: SessionReport, path: Path) -> None:
    """Write the report to a file in one replacement, so that a reader never sees half of it."""
    write_text(to_json(report), path)


def read(path: Path) -> SessionReport:
    """Read a report back.

    Raises:
        InvalidInputError: the file is not JSON of a format that this version knows, or a field is of another type; the
            message names the file, the place in it and the value.
    """
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = fields.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InvalidInputError(f"{path} is not an optbench report: {error}") from None
    if type(version) is not int or version not in READABLE:
        raise InvalidInputError(
            f"{path} has format {version!r}, this version reads {_listed(READABLE)}: use a matching version"
        )
    try:
        if version < WITH_IDS:
            add_ids(fields)
        return decode(
            SessionReport, {"versions": {}, **fields}
        )  # unknown in older reports: the default would be today's
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} is damaged: {error}") from None


def _processor() -> str:
    """Return the model of the processor as Linux reports it; elsewhere the name that Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _listed(versions: Sequence[int]) -> str:
    return f"{', '.join(map(str, versions[:-1]))} and {versions[-1]}"
