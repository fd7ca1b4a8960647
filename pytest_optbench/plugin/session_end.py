"""The end of a session: the parts of its scenarios that did not run, and the reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pytest

from pytest_optbench.report.incomplete import Incomplete
from pytest_optbench.report.wording import count

from .planned import Planned

# Options that leave out some parts of the files, by their name in `config.option`. An intensity (-m) does not: it
# chooses a load, and all parts of it run.
NARROWING = {
    "keyword": "-k",
    "optbench_only": "--optbench-only",
    "deselect": "--deselect",
    "lf": "--lf",
    "stepwise": "--stepwise",
}


@dataclass
class SessionEnd:
    """The reason that pytest gave for stopping a session early, and the number of files it could not collect."""

    stopped: str = ""
    uncollected: int = 0

    def interrupted(self, error: BaseException) -> None:
        """Record an interrupt: from the keyboard, by `pytest.exit`, or by pytest itself, with its reason."""
        self.stopped = _stopped(str(error)) or "interrupted"

    def finished(self, session: pytest.Session) -> None:
        """Record the reason that pytest gives for a session that ended at a failure."""
        self.stopped = self.stopped or _stopped(str(session.shouldfail or session.shouldstop or ""))

    def incomplete(
        self, planned: Planned, chosen: Collection[str], ran: Collection[str], config: pytest.Config
    ) -> Incomplete | None:
        """Return the parts of the plan that did not run, `chosen` ones or others; None if all ran."""
        missing = tuple(nodeid for nodeid in planned.parts if nodeid not in ran)
        left = [nodeid for nodeid in missing if nodeid in chosen]
        reasons = []
        if left:
            reasons.append(self.stopped or "it ended early")
        if len(left) < len(missing) or planned.unseen:
            reasons.append(narrowed_by(config))
        if self.uncollected:
            reasons.append(f"{count(self.uncollected, 'file')} could not be collected")
        if not reasons:
            return None
        total = len(planned.parts)
        return Incomplete(tuple(reasons), bool(left), total, total - len(missing), missing)


def _stopped(text: str) -> str:
    """Return pytest's message about an early end ("stopping after 1 failures") as a reason."""
    return f"stopped: {text.removeprefix('stopping ')}" if text else ""


def narrowed_by(config: pytest.Config) -> str:
    """Return which options narrowed the session."""
    return "narrowed by " + (", ".join(_narrowing(config)) or "a plugin")


def _narrowing(config: pytest.Config) -> Iterator[str]:
    yield from (name for option, name in NARROWING.items() if config.getoption(option, None))
    if any("::" in argument for argument in config.args):
        yield "node ids"
