"""The types of what a store keeps, under the module name that metalab has for them."""

from pytest_optbench.engine.model.records import Artifact as ArtifactDescriptor
from pytest_optbench.engine.model.records import Provenance, RunRecord, Status

Metric = float | int | str | bool

__all__ = ["ArtifactDescriptor", "Metric", "Provenance", "RunRecord", "Status"]
