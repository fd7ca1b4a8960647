"""A long session notices what piles up and what becomes dearer."""

from __future__ import annotations

from sabotage import Sabotage, Within

SABOTEURS = (
    Sabotage(
        "long_running.hoards",
        "test_few_files",
        "With 40 open files allowed",
        ("test_soak",),
        promise="long-running.few-files",
    ),
    Sabotage("long_running.keeps_memory", "test_soak", "memory grows", promise="long-running.memory"),
    Sabotage(
        "long_running.keeps_files",
        "test_soak",
        "open_files grows",
        ("test_few_files",),
        promise="long-running.open-files",
    ),
    Sabotage("long_running.keeps_threads", "test_soak", "threads grows", promise="long-running.threads"),
    Sabotage("long_running.keeps_objects", "test_soak", "objects grows", promise="long-running.objects"),
    Sabotage("long_running.keeps_loggers", "test_soak", "loggers grows", promise="long-running.loggers"),
    Sabotage(
        "long_running.keeps_temporary_files",
        "test_soak",
        "temporary_files grows",
        promise="long-running.temporary-files",
    ),
    Sabotage(
        "long_running.keeps_a_file_in_twenty",
        "test_soak",
        "at most 0.01 open files per run.*0.05 desc",
        promise="long-running.open-files",
    ),
    Sabotage(
        "long_running.keeps_an_object_in_ten",
        "test_soak",
        "at most 0.05 objects per run.*0.1 objects",
        promise="long-running.objects",
    ),
    Sabotage(
        "long_running.tires_by_a_fifth",
        "test_soak",
        r"function calls per run at the start.*1\.[12]. times as many",
        promise="long-running.calls-stay-flat",
    ),
    Sabotage(
        "long_running.tires", "test_soak", "function calls per run at the start", promise="long-running.calls-stay-flat"
    ),
)
INSIDE = (
    Within("long_running.keeps_a_file_in_a_thousand", "test_soak"),
    Within("long_running.keeps_an_object_in_a_hundred", "test_soak"),
    Within("long_running.keeps_little_memory", "test_soak"),
    Within("long_running.tires_a_little", "test_soak"),
)
