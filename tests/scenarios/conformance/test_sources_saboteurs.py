"""The scenario of sources and randomness notices each promise being broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from sabotage import Sabotage, check

SABOTEURS = (
    Sabotage(
        "conformance_indexes_from_the_wrong_end",
        "test_sources",
        "by their index from the end",
        promise="conformance.sources",
    ),
    Sabotage(
        "conformance_takes_repeated_rows",
        "test_refused_sources",
        "manual.* is taken",
        promise="conformance.senseless-sources",
    ),
    Sabotage(
        "conformance_draws_low",
        "test_distributions",
        "draws of uniform .* are off",
        promise="conformance.distributions",
    ),
    Sabotage("conformance_joins_names", "test_streams", "the seed of", promise="conformance.independent-streams"),
    Sabotage(
        "conformance_samples_the_ends",
        "test_samples",
        "draw 1 of sample",
        ("test_sources",),
        promise="conformance.samples",
    ),
)


@pytest.mark.parametrize("sabotage", SABOTEURS, ids=str)
def test_the_scenario_of_sources_notices(sabotage: Sabotage, tmp_path: Path) -> None:
    check(sabotage, "test_sources", tmp_path)
