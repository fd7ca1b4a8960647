"""The reason why runs were executed again: the store holds them under other code.

An operation that was edited is another operation, and its runs are stored next to the earlier ones. Where nobody
intended to edit it (another version of Python, of a library, or what it closes over), one line in the log says so.
"""

from __future__ import annotations

import itertools
import platform
from typing import TYPE_CHECKING, Final

from pytest_optbench.engine.identity.identity import RunIds
from pytest_optbench.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_optbench.engine.model.records import RunRecord
    from pytest_optbench.engine.store import Store

    from .sweep_spec import SweepSpec

LISTED: Final = 200  # ids of stored runs, the first that there are: run ids are hashes, so these are any
LOOKED_AT: Final = 16  # records of these


def stored_under_other_code(store: Store, spec: SweepSpec, seen: Iterable[str]) -> str | None:
    """Return a sentence about stored runs that differ from runs of this sweep in their code alone; None if none does.

    A few stored runs are looked at, whatever their number. `seen` are the ids of the runs of this sweep.
    """
    ids = RunIds(spec.experiment_id, spec.context_fp, spec.code_hash)
    looked_at = [one for one in _some(store) if one.context_fingerprint == spec.context_fp]
    others = {
        ids.of(one.params_fingerprint, one.seed_fingerprint): one for one in looked_at if _code(one) != spec.code_hash
    }
    same = others.keys() & set(seen) if others else set()
    if not same:
        return None
    example = others[min(same)]
    python = example.provenance.python if example.provenance else "?"
    return (
        f"of {len(looked_at)} stored runs that were looked at, {len(same)} are of the same parameters and seeds under "
        f"other code (then {_code(example)[:8]}, with Python {python}; now {spec.code_hash[:8]}, with Python "
        f"{platform.python_version()}): the operation or what it uses has changed, so its runs were done again"
    )


def _some(store: Store) -> Iterator[RunRecord]:
    """Yield some records, as far as they can be read."""
    read = 0
    for run_id in itertools.islice(store.run_ids(), LISTED):
        if read == LOOKED_AT:
            return
        try:
            yield store.get_run_record(run_id)
        except StoreError:
            continue
        read += 1


def _code(record: RunRecord) -> str:
    return record.provenance.code_hash if record.provenance else ""
