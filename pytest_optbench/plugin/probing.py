"""What scenarios that probe identities share: a search for an example, and the report of what the probes showed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pytest_optbench.stress.measure.falsify import falsify

from .scenario import Scenario

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from pytest_optbench.drive.identity_probe import IdentityProbe
    from pytest_optbench.promises import Promise

Example = TypeVar("Example")


def searched(scenario: Scenario, inputs: SearchStrategy[Example], check: Callable[[Example], str]) -> list[str]:
    """Return what Hypothesis finds within the number of examples and the seconds of the load."""
    found = falsify(
        inputs,
        check,
        examples=scenario.load.size,
        seconds=scenario.search_budget,
        database=scenario.examples,
        name=f"{scenario.load.point}.{check.__qualname__}",
    )
    scenario.measure("drawn_examples", found.tried)
    scenario.reached(found.tried, "examples")
    return [found.told] if found.told else []


def report_probes(
    scenario: Scenario, sweeps: IdentityProbe, promise: Promise, found: Sequence[str], *, accepted: Promise
) -> None:
    """Add the runs of some probes, break `promise` by what was found, and `accepted` where nothing ran of an input."""
    scenario.ran(executed=sweeps.executed, audited=sweeps.audited, seconds=sweeps.seconds)
    if found:
        scenario.breaks(promise, found[0], others=len(found) - 1)
    if sweeps.denied:
        scenario.breaks(accepted, f"nothing ran of {min(sweeps.denied, key=len)}", others=len(sweeps.denied) - 1)
