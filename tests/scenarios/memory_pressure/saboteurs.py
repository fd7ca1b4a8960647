"""The scenario of memory notices what a metalab does wrong with it, each in the part that is about it."""

from __future__ import annotations

from sabotage import Sabotage, Within

SABOTEURS = (
    Sabotage(
        "memory_pressure.copies",
        "test_peak",
        "1[34].[0-9] times as many",
        ("many_at_once", "largest_artifact"),
        promise="memory-pressure.follows-artifacts",
        besides=("memory-pressure.room-for-an-eighth",),
    ),
    Sabotage(
        "memory_pressure.copies_twice",
        "test_peak",
        "at most 2.5 times.*3.0 times as many",
        ("many_at_once",),
        promise="memory-pressure.follows-artifacts",
    ),
    Sabotage(
        "memory_pressure.squares_the_dimension",
        "test_dimensions",
        "dimensions grow by",
        promise="memory-pressure.follows-dimension",
    ),
    Sabotage(
        "memory_pressure.grows_faster_than_the_dimension",
        "test_dimensions",
        "the power 1.1 .* grow by 1.[12]",
        promise="memory-pressure.follows-dimension",
    ),
    Sabotage(
        "memory_pressure.keeps_some_of_the_sweep",
        "test_long_sweep",
        "at most 1.1 times.* bytes for 16 runs",
        promise="memory-pressure.not-with-the-sweep",
    ),
    Sabotage(
        "memory_pressure.keeps_an_eighth_of_the_last",
        "test_memory_returns",
        "at most 0.1 of one.*are left",
        promise="memory-pressure.is-returned",
    ),
    Sabotage(
        "memory_pressure.loses_a_measured_run",
        "test_finished_runs",
        "Every run that ends is stored",
        promise="audit.stored",
    ),
    Sabotage(
        "memory_pressure.keeps_the_sweep",
        "test_long_sweep",
        "bytes for 2 runs and .* bytes for 16 runs",
        ("many_at_once",),
        promise="memory-pressure.not-with-the-sweep",
    ),
    Sabotage(
        "memory_pressure.keeps_the_last",
        "test_memory_returns",
        "are left after a sweep of 4 artifacts",
        promise="memory-pressure.is-returned",
    ),
    Sabotage(
        "memory_pressure.hides_the_error",
        "test_out_of_memory",
        "not say that memory",
        ("largest_artifact",),
        promise="memory-pressure.lack-is-reported",
    ),
    Sabotage(
        "memory_pressure.dies",
        "test_out_of_memory",
        "ExitedError: os._exit\\(9\\)",
        ("largest_artifact",),
        promise="memory-pressure.sweep-survives",
    ),
    Sabotage(
        "memory_pressure.tears_a_neighbour",
        "test_out_of_memory",
        "artifact 'blob' cannot be read",
        promise="audit.readable",
    ),
)
INSIDE = (
    Within("memory_pressure.copies_once", "test_peak"),
    Within("memory_pressure.grows_as_the_dimension", "test_dimensions"),
    Within("memory_pressure.keeps_little_of_the_sweep", "test_long_sweep"),
    Within("memory_pressure.keeps_a_sixteenth_of_the_last", "test_memory_returns"),
)
