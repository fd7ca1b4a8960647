"""The scenario of throughput notices cost that grows, and workers that hold each other up."""

from __future__ import annotations

from sabotage import Sabotage, Within

SABOTEURS = (
    Sabotage(
        "throughput.looks_back",
        "test_growth",
        r"the power 1\.1 .*one more run grows; the whole by 1\.1\d",
        promise="throughput.linear-sweep",
    ),
    Sabotage(
        "throughput.gathers_again",
        "test_gathering",
        r"result\(\) after skipped runs takes .* by",
        ("growth",),
        promise="throughput.linear-gathering",
    ),
    Sabotage(
        "throughput.gathers_a_sixteenth_more",
        "test_gathering",
        r"the power 1\.1 .*the whole by 1\.[12]",
        promise="throughput.linear-gathering",
    ),
    Sabotage(
        "throughput.loses_a_timed_run",
        "test_no_op",
        "run.* stored.*19 are stored",
        ("full_payload", "optimizers"),
        promise="audit.stored",
    ),
    Sabotage(
        "throughput.fails_a_timed_run",
        "test_no_op",
        "1 of 20 runs failed, without a cause in the operation",
        promise="throughput.no-needless-failures",
    ),
    Sabotage(
        "throughput.crowds_threads",
        "test_more_threads",
        "at most 1.25 times.*by 2 thread workers took",
        promise="throughput.workers-not-slower",
    ),
    Sabotage(
        "throughput.crowds_processes",
        "test_more_processes",
        "at most 1.25 times.*by 2 process workers took",
        promise="throughput.workers-not-slower",
    ),
)
INSIDE = (
    Within("throughput.looks_back_a_little", "test_growth"),
    Within("throughput.gathers_a_little_more", "test_gathering"),
    Within("throughput.crowds_threads_a_little", "test_more_threads"),
)
