"""The grid scenario notices each promise that a runner can break with its grids and plans."""

from __future__ import annotations

from sabotage import Sabotage, Within

SABOTEURS = (
    Sabotage(
        "grid_explosion.miscounts",
        breaks="test_count",
        says="of 10 cases says that it has 9",
        also=("test_speed_of_count",),
        promise="grid-explosion.size-is-cheap",
    ),
    Sabotage(
        "grid_explosion.walks_to_count",
        breaks="test_count",
        says="took [0-9,]+ function calls",
        promise="grid-explosion.size-is-cheap",
    ),
    Sabotage(
        "grid_explosion.misplaces_the_last",
        breaks="test_index",
        says=r"grid\[9\] of 10 cases",
        also=("test_speed_of_index",),
        promise="grid-explosion.index-is-cheap",
    ),
    Sabotage(
        "grid_explosion.misplaces_the_first",
        breaks="test_index",
        says=r"grid\[0\] of 10 cases is .* expected",
        promise="grid-explosion.index-is-cheap",
    ),
    Sabotage(
        "grid_explosion.walks_to_index",
        breaks="test_index",
        says="took [0-9,]+ function calls",
        promise="grid-explosion.index-is-cheap",
    ),
    Sabotage(
        "grid_explosion.repeats_a_case",
        breaks="test_every_case_once",
        says="case [0-9]+ of a walk, .*, came before",
        promise="grid-explosion.every-combination-once",
    ),
    Sabotage(
        "grid_explosion.runs_twice",
        breaks="test_planned_twice",
        says="'twice': 0.* 2 times",
        also=("test_redundant",),
        promise="grid-explosion.duplicates",
    ),
    Sabotage(
        "grid_explosion.plans_first",
        breaks="test_first_run",
        says="10000 were taken",
        also=("test_memory",),
        promise="grid-explosion.starts-early",
    ),
    Sabotage(
        "grid_explosion.takes_1100",
        "test_first_run",
        "of 10000 cases 1100 were taken",
        also=("test_memory",),
        promise="grid-explosion.starts-early",
    ),
    Sabotage(
        "grid_explosion.keeps_6_bytes",
        "test_memory",
        r"each planned run takes [5-6]\.[0-9]+ bytes",
        promise="grid-explosion.flat-memory",
    ),
    Sabotage(
        "grid_explosion.plans_too_steeply",
        "test_first_run",
        r"grow as cases \*\* 1\.[12]",
        promise="grid-explosion.linear-planning",
    ),
    Sabotage(
        "grid_explosion.counts_too_dearly",
        "test_count",
        "the size of a grid of .* cases took 1[0-9]+ function",
        promise="grid-explosion.size-is-cheap",
    ),
    Sabotage(
        "grid_explosion.indexes_too_dearly",
        "test_index",
        "the last of .* cases took 1[0-9]+ function calls",
        promise="grid-explosion.index-is-cheap",
    ),
    Sabotage(
        "grid_explosion.keeps_room",
        breaks="test_memory",
        says="each planned run takes 1,?[56][0-9]{2} bytes",
        promise="grid-explosion.flat-memory",
    ),
    Sabotage(
        "runs_nothing",
        "test_first_run",
        "came to an end while its first run",
        ("test_redundant", "test_memory", "test_prompt"),
        promise="audit.does-what-is-asked",
    ),
)
WITHIN = (
    Within("grid_explosion.takes_900", "test_first_run"),
    Within("grid_explosion.keeps_3_bytes", "test_memory"),
    Within("grid_explosion.plans_nearly_steeply", "test_first_run"),
    Within("grid_explosion.counts_nearly_dearly", "test_count"),
    Within("grid_explosion.indexes_nearly_dearly", "test_index"),
)
