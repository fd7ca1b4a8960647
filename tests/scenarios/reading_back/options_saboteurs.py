"""The options of reading notice one that is ignored."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "reading_back.ignores_tags",
        "test_selections",
        "0 runs match; 0 of them are listed, and 6 others",
        promise="reading-back.options",
    ),
    Sabotage(
        "reading_back.means_the_largest",
        "test_durations_of_a_summary",
        r"summary\(\)\['avg_duration_ms'\] is",
        promise="reading-back.options",
    ),
    Sabotage(
        "reading_back.forgets_the_time",
        "test_files_of_tables",
        "timestamp=True.* wrote 'at.csv'",
        promise="reading-back.options",
    ),
    Sabotage(
        "reading_back.keeps_the_metrics",
        "test_parts_of_frames",
        "has columns of no part: .*half",
        promise="reading-back.options",
    ),
)
