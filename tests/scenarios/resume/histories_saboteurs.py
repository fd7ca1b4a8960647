"""Histories notice at light what is lost, done again or different, whatever happened before; more of it further on.

The saboteurs that need more examples are in `test_shrunk_histories.py`.
"""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "resume.drops_a_finished_run",
        "test_any_history",
        "history.take",
        promise="resume.any-history",
    ),
)
