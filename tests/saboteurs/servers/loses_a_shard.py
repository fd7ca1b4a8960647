"""Arrays of which only the first shard is submitted."""

from __future__ import annotations

from typing import Any

import arrays_lab
from arrays_lab import *  # noqa: F403

_sbatch = arrays_lab.sbatch


def _first_alone(experiment: Any, folder: Any, config: Any, first: int, chunks: int) -> str:
    return "0" if first else _sbatch(experiment, folder, config, first, chunks)


arrays_lab.sbatch = _first_alone
