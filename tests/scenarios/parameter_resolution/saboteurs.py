"""The parameter scenario notices each promise that a runner can break with its params."""

from __future__ import annotations

from sabotage import Sabotage

EVERY_PART = (
    "test_different_ids",
    "test_same_ids",
    "test_same_ids_in_another_process",
    "test_received",
    "test_received_in_another_process",
    "test_resolver_refuses",
    "test_untouched",
    "test_resolved",
)
SABOTEURS = (
    Sabotage(
        "parameter_resolution.confuses_float_and_text",
        breaks="test_different_ids",
        says="are one run",
        promise="parameter-resolution.different-params",
    ),
    Sabotage(
        "parameter_resolution.depends_on_order",
        breaks="test_same_ids",
        says="filled in another order",
        promise="parameter-resolution.equal-params",
    ),
    Sabotage(
        "parameter_resolution.depends_on_process",
        breaks="test_same_ids_in_another_process",
        says="PYTHONHASHSEED=1",
        also=("test_received_in_another_process",),  # its worker processes find another operation,
        promise="parameter-resolution.same-in-every-process",
    ),
    Sabotage(
        "parameter_resolution.loses_types",
        breaks="test_received",
        says=r"\(1,\)\} was planned; the operation received .*\[1\]",
        also=("test_received_in_another_process",),
        promise="parameter-resolution.received-as-planned",
    ),
    Sabotage(
        "parameter_resolution.loses_types_in_processes",
        breaks="test_received_in_another_process",
        says="the operation received",
        promise="parameter-resolution.received-as-planned",
    ),
    Sabotage(
        "parameter_resolution.swallows_refusals",
        breaks="test_resolver_refuses",
        says="the sweep ignored the resolver.s refusal",
        promise="parameter-resolution.refused-by-name",
    ),
    Sabotage(
        "parameter_resolution.resolves_in_place",
        breaks="test_resolved",
        says="changed the caller's own",
        promise="parameter-resolution.resolved-once",
    ),
    Sabotage(
        "parameter_resolution.refuses_late",
        breaks="test_refused",
        says="after [0-9]+ runs had executed",
        promise="parameter-resolution.refused-by-name",
    ),
    Sabotage(
        "parameter_resolution.refuses_namelessly",
        breaks="test_refused",
        says="refused without its name",
        also=("test_resolver_refuses",),
        promise="parameter-resolution.refused-by-name",
    ),
    Sabotage(
        "parameter_resolution.refuses_all",
        breaks="test_different_ids",
        says="cannot be identified",
        also=(*EVERY_PART, "test_refused"),
        promise="audit.no-runner-error",
    ),
    Sabotage(
        "parameter_resolution.refuses_odd_floats",
        breaks="test_received",
        says="nothing ran of .*no such floats",
        also=EVERY_PART,
        promise="parameter-resolution.ordinary-params",
    ),
    Sabotage(
        "parameter_resolution.shares_params",
        breaks="test_untouched",
        says="spoilt",
        promise="parameter-resolution.untouched",
    ),
    Sabotage(
        "parameter_resolution.resolves_further",
        breaks="test_resolved",
        says="was planned",
        promise="parameter-resolution.resolved-once",
    ),
)
