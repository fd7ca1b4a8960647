"""The steps of a history of a store, as data: Hypothesis draws and shortens them, and a report prints them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_optbench.stress.faults.fault import Fault

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CASES = 4
# A fault is at the first, second ... event of one of these kinds: there are few renames, and much depends on them.
KINDS = ("rename", "open", "write", "close", "mkdir", "remove", "flock")
EVENTS = 12  # of each kind; a sweep of four runs has more of some

PLAIN = ("run", "fail", "damage", "add_case", "add_replicate", "resume")
FAULTS: Mapping[str, Fault] = {
    "kill": Fault("kill"),
    "torn_write": Fault("torn-write"),
    "interrupt": Fault("signal", code="SIGINT"),
    "full_disk": Fault("error", code="ENOSPC"),
    "full_disk_from_then_on": Fault("error", code="ENOSPC", lasting=True),
    "disk_error": Fault("error", code="EIO"),
    "half_write": Fault("half-write", code="ENOSPC"),
}
DEATHS = ("kill", "torn_write")
OPTIONAL = {"delete": "delete", "other_executor": "process"}  # step and feature of the target


@dataclass(frozen=True)
class Step:
    """One step of a `History`, and its number: of a case, a stored run, or a file-system event."""

    name: str
    number: int = 0

    def __str__(self) -> str:
        return f"history.take({self.name!r}, {self.number})"


FIRST = (  # these are taken at any intensity, before any are drawn
    (Step("run", 3), Step("delete", 1)),
    (Step("run", 3), Step("damage", 1)),
    (Step("fail", 1), Step("add_replicate")),
    (Step("run", 1), Step("add_case"), Step("kill", 4 * len(KINDS))),
    (Step("disk_error", 5 * len(KINDS)), Step("interrupt", 1)),
    (Step("full_disk", 2), Step("run", 0), Step("torn_write", 3 * len(KINDS) + 2)),
)


def fault_at(name: str, number: int, *, workers: bool) -> Fault:
    """Return the fault of a step: its number says at which event; with `workers` every second one is in a worker."""
    process = number % 2 if workers else 0
    at, kind = divmod(number // 2 if workers else number, len(KINDS))
    return replace(FAULTS[name], at=at, process=process, kinds=(KINDS[kind],))


def steps(features: Collection[str]) -> SearchStrategy[list[Step]]:
    """Return the strategy of histories for a target with these features."""
    from hypothesis import strategies

    optional = [name for name, feature in OPTIONAL.items() if feature in features]
    numbers, events = strategies.integers(0, CASES - 1), strategies.integers(0, len(KINDS) * EVENTS - 1)
    ordinary = strategies.builds(Step, strategies.sampled_from([*PLAIN, *optional]), numbers)
    deaths = strategies.builds(Step, strategies.sampled_from(DEATHS), events)
    errors = strategies.builds(Step, strategies.sampled_from(sorted(FAULTS.keys() - {*DEATHS})), events)
    return strategies.lists(ordinary | deaths | errors, min_size=1, max_size=8)


def script_of(target: str, taken: Iterable[Step]) -> str:
    """Return the lines that take these steps again, in the folder of the project."""
    lines = [
        f"OPTBENCH_METALAB={target} python - <<END",
        "from scenarios.resume.history import told",
        "with told() as history:",
        *(f"    {step}" for step in taken),
        "    history.complete()",
        "END",
    ]
    return "\n".join(lines)
