"""The main job notices what a runner does wrong with its sweep."""

from __future__ import annotations

from sabotage import Sabotage

DRAWN = ("-m", "extreme", "--optbench-budget", "1")  # one part, or more
SABOTEURS = (
    Sabotage(
        "optbench.loses_a_drawn_run",
        "test_sweep",
        "Every run that ends is stored.*is not stored",
        options=DRAWN,
        promise="audit.stored",
    ),
    Sabotage("optbench.loses_a_run", breaks="test_sweep", says="Every run that ends is stored", promise="audit.stored"),
    Sabotage(
        "optbench.skips_a_run",
        breaks="test_sweep",
        says="Every planned run is executed.*was never executed",
        promise="audit.executed",
    ),
    Sabotage(
        "optbench.runs_one_twice",
        breaks="test_sweep",
        says="A run is executed once.*2 times in one session",
        promise="audit.executed-once",
    ),
    Sabotage("optbench.makes_up_a_run", breaks="test_sweep", says="really executed", promise="audit.really-executed"),
    Sabotage(
        "optbench.lists_a_run_twice",
        breaks="test_sweep",
        says="A run has one record.*has 2 records",
        promise="audit.one-record",
        besides=("audit.unique-ids",),
    ),
    Sabotage(
        "optbench.calls_it_a_failure",
        breaks="test_sweep",
        says="says how its run ended.*made up",
        promise="audit.status",
    ),
    Sabotage(
        "optbench.names_another_experiment",
        breaks="test_sweep",
        says="belongs to its experiment.*another:1",
        promise="audit.experiment",
    ),
    Sabotage("optbench.loses_the_time", breaks="test_sweep", says="finite times in order", promise="audit.times"),
    Sabotage("optbench.tears_a_record", breaks="test_sweep", says="Every record can be read", promise="audit.records"),
    Sabotage(
        "optbench.loses_a_metric_digit",
        breaks="test_sweep",
        says="Metrics are stored as the operation reported",
        promise="audit.metrics",
    ),
    Sabotage(
        "optbench.loses_a_point",
        breaks="test_sweep",
        says="No point of a stepped metric.*has another length",
        promise="audit.series",
    ),
    Sabotage(
        "optbench.drops_an_artifact",
        breaks="test_sweep",
        says="every artifact.*artifact 'summary' is missing",
        promise="audit.every-artifact",
    ),
    Sabotage(
        "optbench.swaps_artifacts",
        breaks="test_sweep",
        says="reads back equal.*artifact 'summary' changed",
        promise="audit.artifacts",
    ),
    Sabotage(
        "optbench.misses_a_file",
        breaks="test_sweep",
        says="listed exists.*'report' cannot be read",
        promise="audit.readable",
    ),
    Sabotage(
        "optbench.truncates_a_file",
        breaks="test_sweep",
        says="has the size it states.*'report' cannot be read",
        promise="audit.readable",
    ),
    Sabotage(
        "optbench.flips_a_bit",
        breaks="test_sweep",
        says="'report' cannot be read.*hash differs",
        promise="audit.readable",
    ),
    Sabotage(
        "optbench.writes_loose_json",
        breaks="test_sweep",
        says="strict JSON.*note.json: the token NaN",
        promise="audit.strict-json",
    ),
    Sabotage(
        "optbench.leaves_a_file",
        breaks="test_sweep",
        says="finds nothing wrong with itself.*core",
        promise="audit.own-check",
    ),
    Sabotage(
        "optbench.leaves_a_temporary_file",
        breaks="test_sweep",
        says="that nothing lists.*record.json.tmp",
        promise="audit.no-orphans",
    ),
    Sabotage(
        "optbench.warns", breaks="test_sweep", says="not logged as a warning.*took a while", promise="audit.quiet"
    ),
    Sabotage("optbench.adds_a_parameter", "test_sweep", "parameter 'more' was not planned", promise="audit.params"),
    Sabotage("runs_nothing", "test_sweep", "Nothing was measured", promise="audit.something-to-judge"),
)
