"""Conformance notices each promise being broken, in the part that is about it."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "conformance.runs_backwards",
        "test_planning",
        "executed: expected",
        ("test_read_back",),
        promise="conformance.planning",
    ),
    Sabotage(
        "conformance.forgets_metadata",
        "test_received",
        "metadata: expected .*, found {}",
        ("test_isolation",),
        promise="conformance.received",
    ),
    Sabotage("conformance.loses_layouts", "test_recorded", "F order, found", promise="conformance.recorded"),
    Sabotage("conformance.forgets_the_code", "test_described", "code: expected", promise="conformance.described"),
    Sabotage("conformance.sorts_points", "test_structured", "series .loss.: exp", promise="conformance.structured"),
    Sabotage("conformance.names_no_artifacts", "test_events", "artifact_saved before", promise="conformance.events"),
    Sabotage("conformance.counts_failures_as_pending", "test_counts", "failed: expected", promise="conformance.counts"),
    Sabotage("conformance.logs_at_one_level", "test_logs", "expected DEBUG", promise="conformance.logs"),
    Sabotage("conformance.slices_to_the_end", "test_read_back", "a slice: expected", promise="conformance.read-back"),
    Sabotage(
        "conformance.ignores_contexts",
        "test_resume",
        "executed: expected",
        ("test_planning", "test_received", "test_recorded", "test_described", "test_structured", "test_events",
         "test_counts", "test_logs", "test_read_back", "test_isolation"),
        promise="conformance.resume",
    ),
    Sabotage(
        "conformance.shares_inputs", "test_isolation", "cases: expected", promise="conformance.isolation"
    ),
)  # fmt: skip
