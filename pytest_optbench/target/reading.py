"""Read a store back, run by run: what cannot be read becomes a problem, never an exception.

One pass over the records; per run, one call for its artifacts, one a loaded artifact, one a structured
result. Targets may make more of it: metalab reads a run's list of artifacts again for each artifact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from pytest_optbench.text import one_line

from .dialect import Dialect, Entry, Reader
from .log_capture import capture_logs
from .run_snapshot import snapshot_run
from .snapshot import StoredRun, Wanted


@dataclass(frozen=True)
class Reading:
    """What to read, how deep, and what was in the way so far.

    `run_ids` None reads every run of the experiment. `problems` grows while runs are read: what concerns the
    store as a whole, and what the target logged meanwhile.
    """

    module: ModuleType
    dialect: Dialect
    store: str
    experiment_id: str
    wanted: Wanted
    run_ids: Iterable[str] | None = None
    problems: list[str] = field(default_factory=list)

    def runs(self) -> Iterator[StoredRun]:
        """Every run in turn; what the target logs between two of them is nobody's problem."""
        if "://" not in self.store and not Path(self.store).is_dir():  # some targets make what they are to read
            self.problems.append(f"there is no store at {self.store}")
            return
        runs = self._attempted()
        while True:
            with capture_logs(self.module) as heard:
                run = next(runs, None)
            self.problems.extend(heard.messages())
            if run is None:
                return
            yield run

    def _attempted(self) -> Iterator[StoredRun]:
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
