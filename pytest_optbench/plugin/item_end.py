"""The exceptions with which a scenario can end, and a line about each."""

from __future__ import annotations

import pytest

from pytest_optbench.text import one_line, plain_text

MILD = (type(None), pytest.skip.Exception, pytest.xfail.Exception)  # ends of a scenario other than failures


def crash_note(crash: BaseException) -> str:
    """Return a line about the exception that ended a scenario: one that pytest uses on purpose, or a failure."""
    intended = {
        pytest.skip.Exception: "it was skipped",
        pytest.xfail.Exception: "it was expected to fail",
        pytest.exit.Exception: "it ended the session",
    }
    reason = next((reason for kind, reason in intended.items() if isinstance(crash, kind)), None)
    return f"the scenario itself failed: {one_line(crash)}" if reason is None else f"{reason}: {plain_text(crash)}"
