"""Parts about the plans of job arrays notice other runs, and a sweep that nobody else finds; they need SLURM."""

from __future__ import annotations

from functools import partial

from sabotage import Sabotage

broken = partial(Sabotage, options=("-m", "light and cluster"))
SABOTEURS = (
    broken(
        "servers.ignores_the_resolver",
        "test_same_runs",
        "with_resolver: .*: 0 are the same",
        promise="servers.same-runs",
    ),
    broken(
        "servers.cannot_reconnect",
        "test_reconnected",
        "another process sees FileNotFoundError",
        promise="servers.reconnects",
    ),
)
