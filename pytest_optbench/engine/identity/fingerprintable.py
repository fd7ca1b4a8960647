"""Values that say themselves what counts about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Fingerprintable(Protocol):
    """A value of which `fingerprint_payload` returns what counts, at the moment when a sweep starts."""

    def fingerprint_payload(self) -> Mapping[str, Any]:
        """Return what counts."""
