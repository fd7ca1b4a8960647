"""Arrays that execute params as they are, without the resolver of the experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import arrays_lab
from arrays_lab import *  # noqa: F403

_submit = arrays_lab.submit


def _raw(experiment: Any, store: str, config: Any) -> Path:
    return _submit(replace(experiment, param_resolver=None), store, config)


arrays_lab.submit = _raw
