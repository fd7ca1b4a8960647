"""Reading what metalab wrote, of either generation; nothing here changes anything, and no link is followed.

    <place>/runs/<run_id>.json                    a record
    <place>/artifacts/<run_id>/<name>.<suffix>    an artifact
    <place>/results/<run_id>/<name>.json          a structured result, or a stepped metric
    <place>/derived/<run_id>.json                 derived metrics
    <place>/logs/<run_id>_<log>.log               a log; of the first release logs/<run_id>/<log>.txt
    <place>/experiments/<experiment>_<time>.json  manifests; the last one counts

A folder of today's metalab holds one experiment, one of its first release any number.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import IO, Any

from pytest_optbench.engine.encoding import artifacts
from pytest_optbench.engine.model.records import Artifact, LocatedArtifact, RunRecord
from pytest_optbench.errors import (
    CorruptRecordError,
    StoreError,
    UnknownArtifactError,
    UnknownDataError,
    UnknownRunError,
)

from .folder import names
from .metalab_names import RUN_LOG, STEPPED, MetalabNames
from .metalab_record import decode
from .protocol import Problem, SeriesColumns
from .record_scan import FILE, FOLDER, is_shortage


class MetalabStore(MetalabNames):
    """The runs of one experiment in a folder of metalab, for reading."""

    def __init__(self, path: str | os.PathLike[str], experiment_id: str, run_ids: list[str]) -> None:
        self.path = os.path.abspath(path)
        self.experiment_id = experiment_id
        self.set_aside: list[Problem] = []
        self._run_ids = run_ids

    def __repr__(self) -> str:
        return f"<{self.experiment_id} as metalab wrote it in {self.path}>"

    def run_ids(self) -> Iterator[str]:
        """Yield the ids of the runs that were there when the store was opened, sorted."""
        return iter(self._run_ids)

    def records(self) -> Iterator[RunRecord]:
        """Yield every readable record, in order of run id; others are reported in `set_aside`."""
        for run_id in self._run_ids:
            try:
                yield self.get_run_record(run_id)
            except UnknownRunError:
                continue
            except CorruptRecordError as error:
                self.set_aside.append(Problem(f"{self.path}/runs/{run_id}.json", "unreadable", str(error)))

    def list_run_records(self, experiment_id: str | None = None) -> list[RunRecord]:
        """Return every readable record; none for the id of another experiment."""
        return list(self.records()) if experiment_id in (None, self.experiment_id) else []

    def get_run_record(self, run_id: str) -> RunRecord:
        """Return one record; raises `UnknownRunError` or `CorruptRecordError`."""
        data = self._read("runs", f"{run_id}.json")
        record = None if data is None else decode(data, run_id)
        if record is None or record.experiment_id != self.experiment_id:
            raise UnknownRunError(f"{self.experiment_id} has no run {run_id} in {self.path}")
        return record

    def run_exists(self, run_id: str) -> bool:
        """Return whether there is a run of that id, whatever its status."""
        return run_id in self._run_ids and self._read("runs", f"{run_id}.json") is not None

    def list_artifacts(self, run_id: str) -> list[Artifact]:
        """Return what describes a run's artifacts; the last one of a name counts."""
        found = {one.name: one for one in self.get_run_record(run_id).artifacts}
        return [LocatedArtifact.of(one, f"{self.path}/artifacts/{run_id}") for one in found.values()]

    def load_artifact(self, run_id: str, name: str, *, allow_pickle: bool = False) -> Any:
        """Return one artifact as it was captured, after checking its size and hash; bytes where its kind is unknown."""
        kind = self._artifact(run_id, name).kind
        with self.open_artifact(run_id, name) as file:
            if kind == "json":
                return json.load(file)
            value = artifacts.load(kind if kind in artifacts.KINDS else "file", file, allow_pickle=allow_pickle)
        return value["arr"] if kind == "numpy" and isinstance(value, dict) and list(value) == ["arr"] else value

    def open_artifact(self, run_id: str, name: str) -> IO[bytes]:
        """Open the bytes of one artifact for reading, after checking their number and hash."""
        artifact = self._artifact(run_id, name)
        file = self._open("artifacts", run_id, *artifact.file.split("/"))
        if file is None:
            raise CorruptRecordError(f"artifact {name!r} of run {run_id}: {artifact.file} is not in {self.path}")
        size = os.fstat(file.fileno()).st_size
        if artifact.size not in (-1, size):
            file.close()
            raise CorruptRecordError(f"artifact {name!r} of run {run_id} has {size} bytes, not {artifact.size}")
        if not hashlib.file_digest(file, "sha256").hexdigest().startswith(artifact.sha256):  # type: ignore[arg-type]
            file.close()
            raise CorruptRecordError(f"artifact {name!r} of run {run_id} is not what was written: its hash differs")
        file.seek(0)
        return file

    def load_data(self, run_id: str, name: str) -> Any:
        """Return one structured result: an array where it was one; a stepped metric as pairs of step and value."""
        found = self.get_result(run_id, name)
        if found is None:
            raise UnknownDataError(f"data of run {run_id}", name, self.list_results(run_id))
        if not (found.get("shape") and found.get("dtype")):
            return found["data"]
        import numpy as np

        try:
            return np.array(found["data"], dtype=found["dtype"]).reshape(found["shape"])
        except (TypeError, ValueError) as error:
            raise CorruptRecordError(f"data {name!r} of run {run_id} is no array: {error}") from error

    def series(self, run_id: str) -> SeriesColumns:
        """Return the stepped metrics of a run that are numbers: name -> (int64 steps, float64 values), by step."""
        import numpy as np

        found: SeriesColumns = {}
        for name in self.list_results(run_id):
            result = self.get_result(run_id, name) or {}
            if (result.get("metadata") or {}).get("type") != STEPPED:
                continue
            try:
                steps, values = [[point[place] for point in result["data"]] for place in (0, 1)]
                found[name] = (np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64))
            except (TypeError, ValueError, LookupError, OverflowError):
                continue  # `load_data` gives it as it is
        return found

    def list_results(self, run_id: str) -> list[str]:
        """Return the names of structured results and stepped metrics, sorted."""
        found = names(f"{self.path}/results/{run_id}") if _is_name(run_id) else []
        return sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))

    def get_result(self, run_id: str, name: str) -> dict[str, Any] | None:
        """Return a structured result as metalab wrote it; None where there is none."""
        return self._json("results", run_id, f"{name}.json")

    def log(self, run_id: str) -> str:
        """Return the log of a run; empty if there is none."""
        return self.get_log(run_id) or ""

    def get_log(self, run_id: str, name: str = RUN_LOG) -> str | None:
        """Return a log of a run; None where there is none of that name."""
        data = self._read("logs", f"{run_id}_{name}.log")
        if data is None:
            data = self._read("logs", run_id, f"{name}.txt")
        return None if data is None else data.decode("utf-8", "replace")

    def list_logs(self, run_id: str) -> list[str]:
        """Return the names of the logs of a run, sorted."""
        start = f"{run_id}_"
        flat = [name[len(start) : -4] for name in names(f"{self.path}/logs") if name.startswith(start)]
        nested = names(f"{self.path}/logs/{run_id}") if _is_name(run_id) else []
        return sorted({*flat, *(name.removesuffix(".txt") for name in nested)})

    def get_derived(self, run_id: str) -> dict[str, Any] | None:
        """Return the metrics that were derived from a run; None where there are none."""
        return self._json("derived", f"{run_id}.json")

    def derived_exists(self, run_id: str) -> bool:
        """Return whether metrics were derived from this run."""
        return self.get_derived(run_id) is not None

    def get_experiment_manifest(self, experiment_id: str) -> dict[str, Any] | None:
        """Return the last manifest of the experiment; None where there is none."""
        start = f"{self.experiment_id.replace(':', '_')}_"
        found = [name for name in names(f"{self.path}/experiments") if name.startswith(start)]
        return self._json("experiments", max(found)) if found and experiment_id == self.experiment_id else None

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _artifact(self, run_id: str, name: str) -> Artifact:
        listed = self.list_artifacts(run_id)
        for artifact in listed:
            if artifact.name == name:
                return artifact
        raise UnknownArtifactError(f"artifact of run {run_id}", name, [artifact.name for artifact in listed])

    def _json(self, *parts: str) -> dict[str, Any] | None:
        data = self._read(*parts)
        if data is None:
            return None
        try:
            said = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise CorruptRecordError(f"{'/'.join((self.path, *parts))} is no JSON: {error}") from error
        if not isinstance(said, dict):
            raise CorruptRecordError(f"{'/'.join((self.path, *parts))} is not what metalab writes: {said!r}")
        return said

    def _read(self, *parts: str) -> bytes | None:
        file = self._open(*parts)
        if file is None:
            return None
        with file:
            return file.read()

    def _open(self, *parts: str) -> IO[bytes] | None:
        """Open a file below the store's folder, through folders that are no links; None where there is none.

        Raises:
            StoreError: it cannot be read.
        """
        if not all(map(_is_name, parts)):
            return None
        place = -1
        try:
            place = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            for part in parts[:-1]:
                inner = os.open(part, FOLDER, dir_fd=place)
                os.close(place)
                place = inner
            return os.fdopen(os.open(parts[-1], FILE, dir_fd=place), "rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            kind = StoreError if is_shortage(error) else CorruptRecordError
            raise kind(f"{'/'.join((self.path, *parts))} cannot be read: {error.strerror}") from error
        finally:
            if place != -1:
                os.close(place)


def _is_name(part: str) -> bool:
    """Return whether a text names something in a folder, and nothing outside of it."""
    return part not in {"", ".", ".."} and "/" not in part and "\0" not in part
