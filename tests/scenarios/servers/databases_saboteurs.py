"""Parts about databases notice lost and mixed runs; they need PostgreSQL."""

from __future__ import annotations

from functools import partial

from sabotage import Sabotage

broken = partial(Sabotage, options=("-m", "light", "--optbench-postgres"))
SABOTEURS = (
    broken(
        "servers.swallows_errors",
        "test_restarted_server",
        "6 count as completed, [45] are read",
        ("test_full_disk", "test_no_connections"),
        promise="servers.nothing-lost",
    ),
    broken(
        "servers.forgets_the_files",
        "test_index_behind_files",
        "of 4 runs of 'stored' 0 are read",
        promise="servers.index-agrees",
    ),
    broken(
        "servers.waits_for_nobody",
        "test_locked_tables",
        r"its tables were locked by a client \(released\)",
        promise="servers.nothing-lost",
    ),
    broken("servers.mixes_experiments", "test_two_experiments", "gives 6 runs", promise="servers.experiments-apart"),
    broken("servers.one_writer", "test_sixteen_writers", "16 processes wrote", promise="servers.many-writers"),
)
