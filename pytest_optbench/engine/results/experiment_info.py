"""What is known of the experiment that a run belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class ExperimentInfo:
    """The experiment of a run, as it was when it was last run; where nobody said, only what its id says."""

    experiment_id: str
    name: str = ""
    version: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Self:
        """Return what a store's manifest says."""
        return cls(
            experiment_id=manifest.get("experiment_id", ""),
            name=manifest.get("name", ""),
            version=manifest.get("version", ""),
            description=manifest.get("description") or "",
            metadata=dict(manifest.get("metadata") or {}),
            tags=list(manifest.get("tags") or ()),
        )

    @classmethod
    def from_experiment_id(cls, experiment_id: str) -> Self:
        """Return what the id `name:version` says."""
        name, _, version = experiment_id.partition(":")
        return cls(experiment_id, name, version)
