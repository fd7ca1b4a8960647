"""Read a store, run by run: a part that cannot be read becomes a problem, not an exception.

One pass over the records; per run, one call for its list of artifacts, one for each artifact and one for each
structured result. A target may need more: metalab reads a run's list of artifacts again for each artifact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from pytest_optbench.text import one_line

from .dialect import Dialect, Entry, Reader
from .locators import located
from .log_capture import capture_logs
from .run_snapshot import snapshot_run
from .snapshot import StoredRun, Wanted


@dataclass(frozen=True)
class Reading:
    """One pass over a store: the runs and parts to read, and the problems so far.

    `run_ids` None reads every run of the experiment. `problems` grows while runs are read: it has those of the store
    as a whole, and the messages that the target logged meanwhile.
    """

    module: ModuleType
    dialect: Dialect
    store: str
    experiment_id: str
    wanted: Wanted
    run_ids: Iterable[str] | None = None
    problems: list[str] = field(default_factory=list)

    def runs(self) -> Iterator[StoredRun]:
        """Yield every run; messages that the target logs while it reads become problems."""
        if "://" not in located(self.store) and not Path(self.store).is_dir():  # some targets would create the folder
            self.problems.append(f"there is no store at {self.store}")
            return
        runs = self._guarded_runs()
        while True:
            with capture_logs(self.module) as captured:
                run = next(runs, None)
            self.problems.extend(captured.messages())
            if run is None:
                return
            yield run

    def _guarded_runs(self) -> Iterator[StoredRun]:
        try:
            reader = self.dialect.reader(self.module, self.store, self.experiment_id)
            with closing(reader):
                for entry in self._entries(reader):
                    yield snapshot_run(entry, self.wanted)
                self.problems.extend(reader.problems())
        except Exception as error:  # noqa: BLE001 - a store that cannot be read is a finding
            self.problems.append(f"the store cannot be listed: {one_line(error)}")

    def _entries(self, reader: Reader) -> Iterator[Entry]:
        if self.run_ids is None:
            yield from reader.entries()
            return
        for run_id in self.run_ids:
            try:
                entry = reader.entry(run_id)
            except Exception as error:  # noqa: BLE001 - a record that cannot be read is a finding
                self.problems.append(f"run {run_id} cannot be read: {one_line(error)}")
                continue
            if entry is None:
                self.problems.append(f"run {run_id} is not in the store")
            else:
                yield entry
