"""Parts about job arrays notice what an executor may get wrong; they need SLURM."""

from __future__ import annotations

from functools import partial

from sabotage import Sabotage

broken = partial(Sabotage, options=("-m", "light and cluster"))
SABOTEURS = (
    broken(
        "servers.loses_a_shard",
        "test_whole_array",
        "Of 8 runs 4 are stored",
        promise="servers.array-is-complete",
    ),
    broken("servers.never_ends", "test_resumed_array", "the sweep has not ended", promise="servers.array-ends"),
    broken(
        "servers.forgets_the_lost",
        "test_lost_task",
        "ended by scancel: the status counts 0 runs as failed",
        promise="servers.lost-task-is-noticed",
    ),
    broken(
        "servers.pending_is_failed",
        "test_drained_node",
        "counts 0 runs as pending, 4 as failed",
        promise="servers.drained-is-pending",
    ),
    broken(
        "servers.silence_is_failure",
        "test_silent_controller",
        "counted 1 as failed, and the sweep had ended",
        promise="servers.silence-is-no-failure",
    ),
    broken("servers.one_folder", "test_two_sweeps", "of the first 0 are stored", promise="servers.sweeps-keep-apart"),
    broken(
        "servers.cancels_nothing", "test_cancelled_array", "jobs that are left: 1", promise="servers.cancel-ends-jobs"
    ),
    broken(
        "servers.executes_again",
        "test_continued_on_cluster",
        "4 of them executed again",
        promise="servers.executors-share-results",
    ),
    Sabotage(
        "servers.forgets_the_lost",
        "test_out_of_time",
        "1 of 2 jobs ran out of time",
        options=("-m", "medium and cluster"),
        promise="servers.lost-task-is-noticed",
    ),
    broken(
        "servers.unquoted_names", "test_names", "Named 'two words', 0 of 2 runs are stored", promise="servers.any-name"
    ),
)
