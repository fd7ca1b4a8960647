"""Nested experiments notice each clause of their promise being broken."""

from __future__ import annotations

from sabotage import Sabotage

NESTED = ("test_depth", "test_width", "test_width_in_processes")
SABOTEURS = (
    Sabotage(
        "nested_experiments.waits_its_turn", "test_shared_executor", "did not end within", promise="audit.sweep-ends"
    ),
    Sabotage(
        "nested_experiments.swaps_operations",
        "test_concurrent_sweeps",
        "was executed by operation",
        ("test_shared_executor",),
        promise="nested-experiments.own-operation",
    ),
    Sabotage(
        "nested_experiments.loses_runs_in_processes", "test_width_in_processes", "is not stored", promise="audit.stored"
    ),
    Sabotage(
        "nested_experiments.loses_the_innermost",
        "test_depth",
        "is not stored",
        ("test_shared_executor",),
        promise="audit.stored",
    ),
    Sabotage(
        "nested_experiments.shares_a_store",
        "test_depth",
        "is not stored",
        (*NESTED, "test_shared_executor", "test_concurrent_sweeps"),
        promise="audit.stored",
    ),
)
