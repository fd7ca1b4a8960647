"""The scenario of sources and randomness notices each promise being broken."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "conformance.indexes_from_the_wrong_end",
        "test_sources",
        "by their index",
        promise="conformance.sources",
    ),
    Sabotage(
        "conformance.takes_repeated_rows",
        "test_refused_sources",
        "manual.* is taken",
        promise="conformance.senseless-sources",
    ),
    Sabotage(
        "conformance.draws_low",
        "test_distributions",
        "draws of uniform .* are off",
        promise="conformance.distributions",
    ),
    Sabotage("conformance.joins_names", "test_streams", "the seed of", promise="conformance.independent-streams"),
    Sabotage(
        "conformance.samples_the_ends",
        "test_samples",
        "draw 1 of sample",
        ("test_sources",),
        promise="conformance.samples",
    ),
)
