"""The context scenario notices each promise that a runner can break with its contexts."""

from __future__ import annotations

from sabotage import Sabotage

EVERY_PART = (
    "test_equal_contexts",
    "test_equal_contexts_in_another_process",
    "test_changed_files",
    "test_unchanged_files",
    "test_large_contexts",
    "test_prompt",
)
SABOTEURS = (
    Sabotage(
        "context_fingerprint.forgets_the_class",
        breaks="test_different_contexts",
        says=r"Setup\(value=Point\(x=1\)\) and under Setup\(value=Pixel\(x=1\)\) a run is the same",
        promise="context-fingerprint.different-contexts",
    ),
    Sabotage(
        "context_fingerprint.depends_on_order",
        breaks="test_equal_contexts",
        says="filled",
        promise="context-fingerprint.equal-contexts",
    ),
    Sabotage(
        "context_fingerprint.depends_on_process",
        breaks="test_equal_contexts_in_another_process",
        says="PYTHONHASHSEED=1",
        promise="context-fingerprint.same-in-every-process",
    ),
    Sabotage(
        "context_fingerprint.depends_on_the_process_id",
        breaks="test_equal_contexts_in_another_process",
        says="in a process with",
        promise="context-fingerprint.same-in-every-process",
    ),
    Sabotage(
        "context_fingerprint.looks_at_the_beginning",
        breaks="test_large_contexts",
        says="a run is the same",
        promise="context-fingerprint.different-contexts",
    ),
    Sabotage(
        "context_fingerprint.trusts_sizes",
        breaks="test_changed_files",
        says="a FilePath altered .* times set back",
        promise="context-fingerprint.changed-files",
    ),
    Sabotage(
        "context_fingerprint.stays_on_top",
        breaks="test_changed_files",
        says="a DirPath .* two levels down",
        promise="context-fingerprint.changed-files",
    ),
    Sabotage(
        "context_fingerprint.counts_times",
        breaks="test_unchanged_files",
        says="a FilePath touched",
        promise="context-fingerprint.unchanged-files",
    ),
    Sabotage(
        "context_fingerprint.refuses_all",
        breaks="test_different_contexts",
        says="cannot be identified|under Setup",
        also=EVERY_PART,
        promise="context-fingerprint.ordinary-contexts",
    ),
    Sabotage(
        "context_fingerprint.looks_again_and_again",
        breaks="test_large_contexts",
        says="function calls a member",
        promise="context-fingerprint.linear-cost",
    ),
    Sabotage(
        "context_fingerprint.stumbles",
        breaks="test_different_contexts",
        says="unsupported operand",
        promise="context-fingerprint.refused-by-name",
    ),
)
