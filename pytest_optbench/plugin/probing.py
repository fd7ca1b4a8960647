"""Search for an example and report probes, for the scenarios that probe identities."""

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
    """Return the messages of a search by Hypothesis within the examples and the seconds of the load."""
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
    return [found.message] if found.message else []


def report_probes(
    scenario: Scenario,
    sweeps: IdentityProbe,
    promise: Promise,
    found: Sequence[str],
    *,
    accepted: Promise,
    by_name: Promise,
) -> None:
    """Add the runs of some probes, and break `promise` by what was found.

    `accepted` is broken where nothing ran of an ordinary input, `by_name` where the error of a refusal does not name
    what is refused.
    """
    scenario.ran(executed=sweeps.executed, audited=sweeps.audited, seconds=sweeps.seconds)
    if found:
        scenario.breaks(promise, found[0], others=len(found) - 1)
    if sweeps.refused_ordinary:
        scenario.breaks(
            accepted, f"nothing ran of {min(sweeps.refused_ordinary, key=len)}", others=len(sweeps.refused_ordinary) - 1
        )
    if sweeps.unexplained:
        message = f"nothing ran of {min(sweeps.unexplained, key=len)}"
        scenario.breaks(by_name, message, others=len(sweeps.unexplained) - 1)
