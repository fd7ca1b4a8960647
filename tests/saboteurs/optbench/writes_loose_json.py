"""A metalab that keeps a note of each run in JSON that only Python reads, and has no check that tells."""

from __future__ import annotations

from published import after_publishing

from pytest_optbench.engine import *  # noqa: F403
from pytest_optbench.engine.store.reader import ExperimentReader

after_publishing(lambda run: (run / "note.json").write_text('{"gap": NaN}'))
ExperimentReader.check = lambda self: []  # type: ignore[method-assign]
