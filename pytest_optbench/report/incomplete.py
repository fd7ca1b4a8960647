"""A session that did not run all that its scenario files have for the intensities asked for, as plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from .outcome import ItemOutcome


@dataclass(frozen=True)
class Incomplete:
    """What did not run, by node id in `missing`, and why.

    `stopped` is a session that ended before its time, by an interrupt or at a failure; else it was narrowed on purpose.
    """

    reasons: tuple[str, ...]
    stopped: bool
    planned: int
    ran: int
    missing: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Build it from decoded JSON."""
        return cls(**{**fields, "reasons": tuple(fields["reasons"]), "missing": tuple(fields["missing"])})


def united(parts: Sequence[Incomplete | None], outcomes: Iterable[ItemOutcome]) -> Incomplete | None:
    """What several sessions leave out together: nothing, where each part ran in one of them."""
    told = [part for part in parts if part is not None]
    ran = {outcome.nodeid for outcome in outcomes}
    missing = tuple(name for name in dict.fromkeys(name for part in told for name in part.missing) if name not in ran)
    unknown = any(not part.missing for part in told)  # files that could not be collected
    if not (missing or unknown):
        return None
    reasons = tuple(dict.fromkeys(reason for part in told for reason in part.reasons))
    return Incomplete(reasons, any(part.stopped for part in told), len(ran) + len(missing), len(ran), missing)
