"""The exceptions with which a scenario can end, and what to say of each."""

from __future__ import annotations

import pytest

from pytest_optbench.text import one_line, plain_text

MILD = (type(None), pytest.skip.Exception, pytest.xfail.Exception)  # ends of a scenario that are no failure


def crash_note(crash: BaseException) -> str:
    """Return a line on the exception that ended a scenario: one that pytest uses on purpose, or a failure."""
    left = {
        pytest.skip.Exception: "it was skipped",
        pytest.xfail.Exception: "it was expected to fail",
        pytest.exit.Exception: "it ended the session",
    }
    why = next((why for kind, why in left.items() if isinstance(crash, kind)), None)
    return f"the scenario itself failed: {one_line(crash)}" if why is None else f"{why}: {plain_text(crash)}"
