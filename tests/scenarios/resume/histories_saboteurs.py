"""Histories notice at light what is lost, done again or different, whatever happened before; more of it further on.

The saboteurs that need more examples are in `test_shrunk_histories.py`.
"""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "resume.drops_a_finished_run",
        "test_any_history",
        "After run 3, delete 1: A stored success stays stored",
        promise="resume.any-history",
    ),
    Sabotage(
        "resume.trusts_failures",
        "test_any_history",
        "After fail 1, add_replicate 0: A run fails if and only if",
        promise="resume.any-history",
    ),
)
