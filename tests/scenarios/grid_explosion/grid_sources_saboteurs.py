"""The scenario of a metalab's own sources notices what is wrong with draws, parts of grids, and their runs."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "grid_explosion.sources_draws_on_one_side",
        "test_random",
        "uniform from -1 to 3 drew 1,000 values on one side of 1",
        promise="grid-explosion.draws",
    ),
    Sabotage(
        "grid_explosion.sources_forgets_the_seed",
        "test_random",
        "draws of another seed are the same",
        promise="grid-explosion.draws",
    ),
    Sabotage(
        "grid_explosion.sources_overlaps_shards",
        "test_algebra",
        "three shards of 1,000 cases",
        promise="grid-explosion.picks",
    ),
    Sabotage(
        "grid_explosion.sources_runs_again",
        "test_own_sources",
        "planned again, 20 cases of random ran once more",
        promise="grid-explosion.own-sources",
    ),
)
