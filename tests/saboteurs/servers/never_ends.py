"""Arrays whose sweep never ends once its experiment had another one."""

from __future__ import annotations

import arrays_lab
from arrays_lab import *  # noqa: F403

_is_complete = arrays_lab.ArrayHandle.is_complete


def _had_no_other(handle: arrays_lab.ArrayHandle) -> bool:
    return len(list(handle.folder.parent.iterdir())) == 1 and bool(_is_complete.fget(handle))  # type: ignore[misc]


arrays_lab.ArrayHandle.is_complete = property(_had_no_other)  # type: ignore[assignment, method-assign]
