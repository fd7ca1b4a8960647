"""Conformance notices each promise being broken, in the part that is about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage(
        "conformance_runs_backwards",
        "test_planning",
        "executed: expected",
        ("test_read_back",),
        promise="conformance.planning",
    ),
    Sabotage(
        "conformance_forgets_metadata",
        "test_received",
        "metadata: expected .*, found {}",
        ("test_isolation", "test_inputs_as_given"),
        promise="conformance.received",
    ),
    Sabotage("conformance_loses_layouts", "test_recorded", "F order, found", promise="conformance.recorded"),
    Sabotage("conformance_forgets_the_code", "test_described", "code: expected", promise="conformance.described"),
    Sabotage("conformance_sorts_points", "test_structured", "series .loss.: exp", promise="conformance.structured"),
    Sabotage("conformance_names_no_artifacts", "test_events", "artifact_saved before", promise="conformance.events"),
    Sabotage("conformance_counts_failures_as_pending", "test_counts", "failed: expected", promise="conformance.counts"),
    Sabotage("conformance_logs_at_one_level", "test_logs", "expected DEBUG", promise="conformance.logs"),
    Sabotage("conformance_slices_to_the_end", "test_read_back", "a slice: expected", promise="conformance.read-back"),
    Sabotage(
        "conformance_ignores_contexts",
        "test_resume",
        "executed: expected",
        ("test_planning", "test_received", "test_recorded", "test_described", "test_structured", "test_events",
         "test_counts", "test_logs", "test_read_back", "test_isolation"),
        promise="conformance.resume",
    ),
    Sabotage(
        "conformance_shares_inputs", "test_isolation", "cases: expected", promise="conformance.isolation"
    ),
)  # fmt: skip


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_conformance_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_conformance", tmp_path)
