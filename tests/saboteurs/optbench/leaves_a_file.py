"""A metalab that leaves a file in a run's folder which its record does not list."""

from __future__ import annotations

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403

after_publishing(lambda run: (run / "core").write_bytes(b"left over"))
