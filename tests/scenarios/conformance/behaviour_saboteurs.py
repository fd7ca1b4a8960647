"""The scenario of behaviour notices each promise being broken."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "conformance.is_not_cancelled", "test_cancel", "of 3 runs 3 executed|Of 3 runs 3 executed",
        promise="conformance.cancelled-sweeps",
    ),
    Sabotage(
        "conformance.gives_what_there_is", "test_result_timeout", "gave 0 results while",
        promise="conformance.awaited-sweeps",
    ),
    Sabotage(
        "conformance.reports_what_is_lost", "test_unstorable", "reports a success",
        promise="conformance.unstorable-runs",
    ),
    Sabotage(
        "conformance.looks_at_the_context_later", "test_inputs_as_given", "after its inputs had changed",
        promise="conformance.inputs-as-given",
    ),
    Sabotage(
        "conformance.trusts_its_files", "test_damage", "a byte of its artifacts was changed",
        promise="conformance.damage-noticed",
    ),
    Sabotage("conformance.tells_local_times", "test_times", "has a run with the times", promise="conformance.times"),
    Sabotage("conformance.lets_forks_record", "test_forks", "that fork are stored as", promise="conformance.forks"),
    Sabotage("conformance.ignores_constants", "test_code", "a change of a constant", promise="conformance.code"),
)  # fmt: skip
