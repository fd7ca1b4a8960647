"""The scenario of reading back notices what results say wrongly."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "reading_back.drops_tags",
        "test_runs",
        "tags: expected",
        ("test_load_results",),
        promise="reading-back.as-stored",
    ),
    Sabotage(
        "reading_back.forgets_the_code",
        "test_runs",
        "does not hold the hash of its code",
        ("test_load_results",),
        promise="reading-back.provenance",
    ),
    Sabotage(
        "reading_back.takes_no_time",
        "test_runs",
        "took 0.0 ms",
        ("test_load_results",),
        promise="reading-back.durations",
    ),
    Sabotage(
        "reading_back.shortens_errors",
        "test_runs",
        "error: expected",
        ("test_load_results",),
        promise="reading-back.as-stored",
    ),
    Sabotage("reading_back.misses_a_row", "test_tables", "table\\(\\): metric", promise="reading-back.table-rows"),
    Sabotage("reading_back.csv_of_strings", "test_tables", "to_csv\\(\\)", promise="reading-back.table-rows"),
    Sabotage("reading_back.filters_by_nothing", "test_filters", "filter\\(half=", promise="reading-back.filters"),
    Sabotage(
        "reading_back.counts_successes", "test_summary", "summary\\(\\): expected", promise="reading-back.summary"
    ),
    Sabotage("reading_back.rounds_data", "test_data", "data\\(.number", promise="reading-back.data"),
    Sabotage(
        "reading_back.loads_all_but_one",
        "test_load_results",
        "load_results\\(store, id\\) gives 5",
        promise="reading-back.found-again",
    ),
    Sabotage("reading_back.draws_nothing", "test_figures", "its figure begins with", promise="reading-back.figures"),
    Sabotage("reading_back.drops_metadata", "test_metadata", "expected .*unit", promise="reading-back.metadata"),
    Sabotage(
        "reading_back.lists_all_but_one",
        "test_runs",
        "Of 6 runs, 5 are listed",
        ("test_tables", "test_filters", "test_summary", "test_load_results"),
        promise="reading-back.every-run",
    ),
)
