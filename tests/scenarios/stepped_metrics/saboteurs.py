"""The scenario of stepped metrics notices what a metalab does wrong with points, each in the part that is about it."""

from __future__ import annotations

from sabotage import Sabotage

HURRIED = ("test_points_in_a_second", "test_speed")
SABOTEURS = (
    Sabotage("stepped_metrics.loses_a_point", "test_points", "expected 125 points, found 124", promise="audit.series"),
    Sabotage("stepped_metrics.rounds", "test_points", "stepped metric 'metric_3' was altered", promise="audit.series"),
    Sabotage("stepped_metrics.reorders", "test_points", "was reordered within a step", promise="audit.series"),
    Sabotage(
        "stepped_metrics.writes_loose_json",
        "test_not_finite",
        "the token -?[A-Za-z]+ is not JSON",
        promise="stepped-metrics.strict-json",
    ),
    Sabotage(
        "stepped_metrics.drops_nan", "test_not_finite", "No point of a stepped metric is lost", promise="audit.series"
    ),
    Sabotage(
        "stepped_metrics.keeps_the_first",
        "test_bytes_per_point",
        "1500 are stored",
        HURRIED,
        promise="stepped-metrics.every-point",
    ),
    Sabotage(
        "stepped_metrics.drops_numpy_scalars",
        "test_numpy_scalars",
        "expected 250 points, found 0",
        promise="audit.series",
    ),
    Sabotage(
        "stepped_metrics.drops_slashes",
        "test_odd_names",
        "'train/loss' is lost, neither listed",
        promise="audit.series",
    ),
    Sabotage(
        "stepped_metrics.lists_no_slashes",
        "test_odd_names",
        "'train/loss' is read by Run.series, but not listed",
        promise="audit.listed",
    ),
    Sabotage(
        "stepped_metrics.bad_value_ends_the_series",
        "test_bad_values",
        "5 points are stored, 10 were taken",
        promise="stepped-metrics.bad-values-are-harmless",
    ),
    Sabotage(
        "stepped_metrics.failure_costs_the_points",
        "test_failed_midway",
        "expected 500 points, found 0",
        promise="audit.partial-results",
    ),
    Sabotage(
        "stepped_metrics.killed_is_done",
        "test_killed_midway",
        "was started once but did not finish",
        promise="audit.executed",
    ),
    Sabotage(
        "stepped_metrics.stores_too_early",
        "test_killed_midway",
        "was killed at point 500 and is a success",
        promise="stepped-metrics.killed-is-no-success",
    ),
    Sabotage(
        "stepped_metrics.writes_beside_the_store",
        "test_points",
        "debug.log appeared",
        promise="audit.inside-the-store",
    ),
)
