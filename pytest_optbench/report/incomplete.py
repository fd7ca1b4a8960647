"""A session that ran only some of the parts that its files have for the intensities asked for: plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from .outcome import ItemOutcome


@dataclass(frozen=True)
class Incomplete:
    """The parts that did not run, by node id in `missing`, and the reasons.

    `stopped` means that an interrupt or a failure ended the session early; else it was narrowed on purpose.
    """

    reasons: tuple[str, ...]
    stopped: bool
    planned: int
    ran: int
    missing: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build the object from decoded JSON."""
        return cls(**{**fields, "reasons": tuple(fields["reasons"]), "missing": tuple(fields["missing"])})


def merge_incomplete(parts: Sequence[Incomplete | None], outcomes: Iterable[ItemOutcome]) -> Incomplete | None:
    """Return the parts that ran in none of several sessions; None where each part ran in one of them."""
    known = [part for part in parts if part is not None]
    ran = {outcome.nodeid for outcome in outcomes}
    missing = tuple(name for name in dict.fromkeys(name for part in known for name in part.missing) if name not in ran)
    unknown = any(not part.missing for part in known)  # files that could not be collected
    if not (missing or unknown):
        return None
    reasons = tuple(dict.fromkeys(reason for part in known for reason in part.reasons))
    return Incomplete(reasons, any(part.stopped for part in known), len(ran) + len(missing), len(ran), missing)
