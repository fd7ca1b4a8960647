"""The scenario of moved stores notices what a move, a link or another program costs."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "moved_stores.absolute_artifacts",
        "test_renamed",
        "renamed, run .*: artifacts: before",
        ("test_copied",),
        promise="moved-stores.reads-the-same",
    ),
    Sabotage(
        "moved_stores.knows_one_place",
        "test_linked",
        "behind a link: of 4 finished runs 4 were executed again",
        ("test_renamed", "test_copied"),
        promise="moved-stores.resumes-where-it-is",
    ),
    Sabotage(
        "moved_stores.writes_to_the_original",
        "test_copied",
        "One more run in the copy, and in the original .*last changed",
        promise="moved-stores.copies-are-apart",
    ),
    Sabotage(
        "moved_stores.reads_local_times",
        "test_elsewhere",
        "started_at: before",
        promise="moved-stores.reads-the-same-elsewhere",
    ),
    Sabotage(
        "moved_stores.notes_each_reading",
        "test_only_readable",
        "The store was read, and .*readers (appeared|changed)|Permission denied",
        ("test_later_version",),
        promise="moved-stores.reads-without-writing",
    ),
    Sabotage(
        "moved_stores.ignores_versions",
        "test_later_version",
        "on a store that a later version had written, and",
        promise="moved-stores.later-versions",
    ),
    Sabotage(
        "moved_stores.exports_no_logs",
        "test_exported",
        "exported, run .*: log: before",
        promise="moved-stores.exports-the-same",
    ),
    Sabotage(
        "moved_stores.cleans_up",
        "test_strangers",
        "vanished or were altered: .*desktop.ini",
        promise="moved-stores.strangers-stay",
    ),
    Sabotage(
        "moved_stores.reads_no_old_logs",
        "test_other_generations",
        "write_today: run .*: log is '' instead of",
        promise="moved-stores.other-generations",
    ),
)
