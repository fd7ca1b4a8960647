"""What a store is told of the experiment before its runs: name, description, tags, metadata, and what is planned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.encoding.strict_json import dumps
from pytest_optbench.engine.model.events import LOGGER
from pytest_optbench.engine.planning.resolved import raw_of
from pytest_optbench.engine.store.protocol import ManifestStore
from pytest_optbench.errors import CorruptRecordError, InvalidInputError
from pytest_optbench.grids.external import size_of

if TYPE_CHECKING:
    from pytest_optbench.engine.planning.plan import Plan
    from pytest_optbench.engine.store import Store

WHEN = "submitted_at"


def announce(plan: Plan, store: Store) -> None:
    """Keep the manifest of an experiment in a store that keeps such; one that says the same already is left alone.

    Raises:
        StoreError: it cannot be written.
    """
    if not isinstance(store, ManifestStore) or getattr(store, "is_read_only", False):
        return
    manifest = manifest_of(plan)
    if _text(manifest) is None:
        LOGGER.warning("%s: its metadata cannot be kept: nested too deeply", plan.experiment.experiment_id)
        manifest["metadata"] = {}
    try:
        before = store.get_experiment_manifest(plan.experiment.experiment_id)
    except CorruptRecordError as error:
        LOGGER.warning("it is written anew: %s", error)
        before = None
    if before is None or _text(_without_time(before)) != _text(manifest):
        store.put_experiment_manifest(plan.experiment.experiment_id, {**manifest, WHEN: datetime.now(UTC).isoformat()})


def manifest_of(plan: Plan) -> dict[str, Any]:
    """Return what describes an experiment and its plan, as plain data."""
    experiment = plan.experiment
    cases = raw_of(experiment.params)
    seeds = {name: getattr(experiment.seeds, name, None) for name in ("base", "replicates")}
    return {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "version": experiment.version,
        "description": experiment.description,
        "tags": list(experiment.tags),
        "operation": {
            "ref": experiment.operation.ref,
            "name": experiment.operation.name,
            "code_hash": plan.code_hash,
        },
        "params": {"type": type(cases).__name__, "total_cases": size_of(cases)},
        "seeds": seeds,
        "context_fingerprint": plan.context_fp,
        "metadata": dict(experiment.metadata),
        "total_runs": plan.size,
    }


def _text(manifest: Mapping[str, Any]) -> str | None:
    """Return a manifest as it is kept; None where it cannot be."""
    try:
        return dumps(dict(manifest), "manifest", lenient=True)
    except InvalidInputError:
        return None


def _without_time(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in manifest.items() if name != WHEN}
