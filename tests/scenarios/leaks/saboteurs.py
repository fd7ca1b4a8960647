"""The scenario of leaks notices what stays behind, by resource and by the way in which runs end."""

from __future__ import annotations

from sabotage import Sabotage

SABOTEURS = (
    Sabotage(
        "leaks.keeps_scratch_folders",
        "test_success",
        "temporary files grew with each sweep of 4 runs .success.",
        ("test_failure", "test_shared_executor", "test_cancelled", "test_dead_worker"),
        promise="leaks.temporary-files",
    ),
    Sabotage(
        "leaks.keeps_handlers",
        "test_failure",
        "handlers grew with each sweep of 4 runs .failure.",
        ("test_dead_worker",),
        promise="leaks.loggers",
    ),
    Sabotage(
        "leaks.keeps_the_skipped",
        "test_skipped",
        "objects of type builtins.list grew with each sweep",
        promise="leaks.objects",
    ),
    Sabotage(
        "leaks.keeps_a_thread_of_the_cancelled",
        "test_cancelled",
        "threads grew with each sweep",
        promise="leaks.threads",
    ),
    Sabotage("leaks.reads_open", "test_reading", "open files grew with each sweep", promise="leaks.descriptors"),
    Sabotage(
        "leaks.leaves_processes",
        "test_dead_worker",
        "processes grew with each sweep",
        promise="leaks.processes",
    ),
    Sabotage(
        "leaks.grows_with_its_executor",
        "test_shared_executor",
        "objects of type .* grew with each sweep",
        promise="leaks.objects",
    ),
)
