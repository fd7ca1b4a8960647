"""The artifact scenario notices what a metalab does wrong with names, each in the part that is about it."""

from __future__ import annotations

from sabotage import Sabotage

STEMS = ("generated_names", "neighbours_stay")
SABOTEURS = (
    Sabotage(
        "artifact_collisions.folds_case",
        "test_catalogue",
        "raised no error, but the run lists only",
        promise="artifact-collisions.reads-back",
    ),
    Sabotage(
        "artifact_collisions.shares_a_stem",
        "test_catalogue",
        "reads back equal",
        STEMS,
        promise="artifact-collisions.reads-back",
    ),
    Sabotage(
        "artifact_collisions.cuts_long_names",
        "test_longest_name",
        "reads back equal",
        ("catalogue",),
        promise="artifact-collisions.reads-back",
    ),
    Sabotage(
        "artifact_collisions.refuses_without_a_name",
        "test_catalogue",
        "does not name it",
        ("generated_names",),
        promise="artifact-collisions.refused-by-name",
    ),
    Sabotage(
        "artifact_collisions.refuses_dots",
        "test_catalogue",
        "An ordinary name.*has a dot in its name",
        ("generated_names",),
        promise="artifact-collisions.ordinary-names",
    ),
    Sabotage(
        "artifact_collisions.costs_the_companion",
        "test_catalogue",
        "costs the run another artifact",
        promise="artifact-collisions.other-artifacts",
    ),
    Sabotage(
        "artifact_collisions.writes_outside",
        "test_nothing_outside",
        "outside/absolute-json appeared",
        promise="artifact-collisions.inside-the-store",
    ),
    Sabotage(
        "artifact_collisions.disturbs_a_neighbour",
        "test_neighbours_stay",
        "run [0-9a-f]+ is gone",
        promise="artifact-collisions.other-runs",
    ),
    Sabotage(
        "artifact_collisions.keeps_what_it_replaced",
        "test_same_name_twice",
        "leaves no file of the earlier one behind",
        promise="artifact-collisions.replaced-leaves-nothing",
    ),
    Sabotage(
        "artifact_collisions.warns",
        "test_threads_at_once",
        "already exists",
        ("processes_at_once",),
        promise="artifact-collisions.no-warnings",
    ),
    Sabotage(
        "artifact_collisions.loses_in_a_process",
        "test_processes_at_once",
        "artifact 'trajectory' is missing",
        promise="audit.every-artifact",
    ),
    Sabotage(
        "artifact_collisions.fails_at_the_end",
        "test_catalogue",
        "SweepError: .* cannot be indexed",
        ("generated_names", "nothing_outside", "neighbours_stay"),
        promise="artifact-collisions.sweep-survives",
    ),
    Sabotage(
        "artifact_collisions.lists_no_slashes",
        "test_catalogue",
        "An artifact that is kept is listed",
        ("generated_names", "nothing_outside", "neighbours_stay"),
        promise="artifact-collisions.listed",
    ),
)
