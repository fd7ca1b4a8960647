"""A metalab that lists an artifact whose file is gone."""

from __future__ import annotations

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403

after_publishing(lambda run: next(run.glob("report*")).unlink())
