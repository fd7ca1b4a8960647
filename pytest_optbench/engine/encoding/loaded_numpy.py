"""numpy, once somebody has imported it: the engine never does so itself to look at a value."""

from __future__ import annotations

import sys
from typing import Any, Final

_NEEDED: Final = {"numpy": ("ndarray", "generic", "dtype", "asarray"), "numpy.ma": ("MaskedArray",)}
_WHOLE: Final[dict[str, Any]] = {}  # found whole before, which it stays: this is asked about every value


def loaded(name: str) -> Any:
    """Return numpy, or a part of it, if it is imported whole; else None.

    A module is listed from the moment at which some thread begins to import it. Until it has all that is asked of it,
    no value can be of its types.
    """
    module = sys.modules.get(name)
    if module is None or module is _WHOLE.get(name):
        return module
    if not all(hasattr(module, needed) for needed in _NEEDED[name]):
        return None
    _WHOLE[name] = module
    return module
