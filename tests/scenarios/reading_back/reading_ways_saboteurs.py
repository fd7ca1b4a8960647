"""The ways of reading back notice cells, orders, names and groups that are wrong."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "reading_back.rounds_large_numbers",
        "test_cells",
        "to_dataframe\\(\\): 'whole' of run 0: expected 9007199254740993, found 9007199254740992",
        promise="reading-back.exact-cells",
    ),
    Sabotage(
        "reading_back.fills_gaps",
        "test_cells",
        "table\\(\\): 'real' of run 2: expected None, found 0",
        promise="reading-back.exact-cells",
    ),
    Sabotage(
        "reading_back.starts_anywhere",
        "test_positions",
        "loaded again: expected",
        promise="reading-back.steady-positions",
    ),
    Sabotage(
        "reading_back.knows_every_name",
        "test_unknown_names",
        "run.artifact\\('there is no such name'\\) gave None",
        promise="reading-back.refused-by-name",
    ),
    Sabotage(
        "reading_back.shows_the_last_group",
        "test_groups",
        "shows [123] of 6 values; 0.0 is missing",
        promise="reading-back.displayed-groups",
    ),
    Sabotage(
        "reading_back.derives_too_little",
        "test_derived",
        "expected .*tenfold.* found",
        promise="reading-back.derived-metrics",
    ),
    Sabotage(
        "reading_back.shows_half_runs",
        "test_while_written",
        "has ended, and its metric is missing",
        promise="reading-back.whole-while-written",
    ),
    Sabotage(
        "reading_back.compares_all_rows",
        "test_growth",
        "table\\(\\) takes .* that grows by a power of",
        promise="reading-back.linear-tables",
    ),
)
