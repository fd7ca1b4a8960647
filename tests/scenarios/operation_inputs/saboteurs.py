"""The scenario of operation inputs notices what an operation is given wrongly."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "operation_inputs.one_stream_for_all_replicates",
        "test_streams",
        "replicate 1 .* and .* of replicate 0 .* both gave",
        ("test_streams_in_another_process",),
        promise="operation-inputs.independent-streams",
    ),
    Sabotage(
        "operation_inputs.ignores_the_base",
        "test_streams",
        "of base seed 1 and .* of base seed 0 both gave",
        promise="operation-inputs.independent-streams",
    ),
    Sabotage(
        "operation_inputs.ignores_case_in_names",
        "test_streams",
        "both gave",
        ("test_streams_in_another_process",),
        promise="operation-inputs.independent-streams",
    ),
    Sabotage(
        "operation_inputs.adds_the_replicate",
        "test_streams",
        "of base seed 1 and .* of base seed 0 both gave",
        promise="operation-inputs.independent-streams",
    ),
    Sabotage(
        "operation_inputs.draws_anew",
        "test_streams",
        "gave \\d+, and then \\d+",
        ("test_streams_in_another_process",),
        promise="operation-inputs.equal-streams",
    ),
    Sabotage(
        "operation_inputs.depends_on_the_hash_seed",
        "test_streams_in_another_process",
        "gave \\d+, and then \\d+",
        promise="operation-inputs.equal-streams",
    ),
    Sabotage(
        "operation_inputs.overlaps",
        "test_streams",
        "both gave",
        ("test_streams_in_another_process",),
        promise="operation-inputs.independent-streams",
    ),
    Sabotage(
        "operation_inputs.context_loses_types",
        "test_context",
        "an operation received",
        promise="operation-inputs.context-received",
    ),
    Sabotage(
        "operation_inputs.context_in_processes",
        "test_context",
        "plain context, process executor",
        promise="operation-inputs.context-received",
    ),
    Sabotage(
        "operation_inputs.shares_scratch",
        "test_scratch_folders",
        "found .*left.* in its folder",
        promise="operation-inputs.own-scratch-folder",
    ),
)
