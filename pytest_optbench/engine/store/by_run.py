"""What concerns one run in a store of many experiments is asked of the experiment that holds the run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_optbench.engine.model.records import Artifact, RunRecord
from pytest_optbench.errors import UnknownRunError

from .protocol import Problem, RunningReader

if TYPE_CHECKING:
    from .file import ExperimentStore
    from .protocol import SeriesColumns
    from .sql.store import SqlExperimentStore


class ByRun(ABC):
    """A store that asks its parts, each of one experiment; raises `UnknownRunError` where none has the run."""

    @abstractmethod
    def parts(self, *, report_foreign: bool = True) -> Iterator[ExperimentStore | SqlExperimentStore]:
        """Yield the store of each experiment; folders of another runner are reported in the log, unless told not to."""

    @abstractmethod
    def experiment(self, experiment_id: str) -> ExperimentStore | SqlExperimentStore:
        """Return the part of one experiment."""

    def scoped(self, experiment_id: str) -> ExperimentStore | SqlExperimentStore:
        """Return the part of one experiment."""
        return self.experiment(experiment_id)

    def list_run_records(self, experiment_id: str | None = None) -> list[RunRecord]:
        """Return the readable records of one experiment, or of all; a run under way has the status `running`."""
        return [record for part in self.parts() for record in part.list_run_records(experiment_id)]

    def check(self) -> list[Problem]:
        """Check every experiment, records against files and files against records."""
        return [problem for part in self.parts() for problem in part.check()]

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record, whichever experiment holds it."""
        return self.holder(run_id).get_run_record(run_id)

    def run_exists(self, run_id: str) -> bool:
        """Return whether any experiment holds a run of that id."""
        return any(part.run_exists(run_id) for part in self.parts())

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """Return what describes a run's artifacts."""
        return self.holder(run_id).list_artifacts(run_id)

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured."""
        return self.holder(run_id).load_artifact(run_id, name, allow_pickle=allow_pickle)

    def load_data(self, run_id: str, name: str) -> Any:
        """Return one structured result as it was captured."""
        return self.holder(run_id).load_data(run_id, name)

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run."""
        return self.holder(run_id).series(run_id)

    def log(self, run_id: str) -> str:
        """Return the log of a run."""
        return self.holder(run_id).log(run_id)

    def get_log(self, run_id: str, name: str = "run") -> str | None:
        """Return the log of a run; None where there is no such run or log."""
        return next(
            (part.get_log(run_id, name) for part in self.parts() if part.get_log(run_id, name) is not None), None
        )

    def put_derived(self, run_id: str, derived: Mapping[str, Any]) -> None:
        """Keep metrics that were derived from a run."""
        self.holder(run_id).put_derived(run_id, derived)

    def get_derived(self, run_id: str) -> dict[str, Any] | None:
        """Return the metrics that were derived from a run; None where there are none."""
        return self.holder(run_id).get_derived(run_id)

    def derived_exists(self, run_id: str) -> bool:
        """Return whether metrics were derived from this run."""
        return self.get_derived(run_id) is not None

    def get_experiment_manifest(self, experiment_id: str) -> dict[str, Any] | None:
        """Return what describes an experiment; None where nobody said."""
        found = (part.get_experiment_manifest(experiment_id) for part in self.parts())
        return next((manifest for manifest in found if manifest is not None), None)

    def delete_run(self, run_id: str) -> None:
        """Remove a run whole."""
        self.holder(run_id).delete_run(run_id)

    def holder(self, run_id: str) -> ExperimentStore | SqlExperimentStore:
        """Return the part that holds a run, one that is under way too.

        Raises:
            UnknownRunError: none does.
        """
        for part in self.parts():
            if part.run_exists(run_id) or (isinstance(part, RunningReader) and run_id in part.running_ids()):
                return part
        raise UnknownRunError(f"no experiment in {self} has a run {run_id}")
