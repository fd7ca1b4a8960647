"""Capture: what an operation hands over, checked at the call and written into the run's draft."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, TypedDict

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.encoding.capture_names import checked_name
from pytest_optbench.engine.encoding.strict_json import json_copy
from pytest_optbench.engine.model.records import Artifact, StoredFile
from pytest_optbench.engine.store import layout
from pytest_optbench.errors import CaptureClosedError, InvalidInputError, MissingFileError

from .figure import drawn
from .run_log import RunLog, Subscription, logger_of

if TYPE_CHECKING:
    from pytest_optbench.engine.store.protocol import Bytes, Draft

PIECE: Final = 1 << 20  # bytes of a file that are copied at a time
Listener = Callable[..., object]  # (kind, message, **details): reports what happens inside a run to its listener


class Captured(TypedDict):
    """The fields of a record that come from capture."""

    metrics: dict[str, Any]
    series: dict[str, int]
    artifacts: tuple[Artifact, ...]
    data: tuple[Artifact, ...]
    files: tuple[StoredFile, ...]


class Capture:
    """The way from an operation to its run's record; closed when the run ends.

    What is captured is taken as it is at the call; changing it afterwards changes nothing. The same name captured
    twice replaces what was there: bytes, size and hash are those of the last one. Metrics, stepped metrics, artifacts
    and data have names of their own. Threads of an operation may share its capture. Every method raises
    `CaptureClosedError` once the run has ended.
    """

    def __init__(self, draft: Draft, listener: Listener | None = None) -> None:
        self._draft = draft
        self._listener = listener
        self._metrics: dict[str, Any] = {}
        self._series: dict[str, series.Series] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._data: dict[str, Artifact] = {}
        self._taken: set[str] = set()  # names of their files in lower case
        self._log = RunLog(draft)
        self._subscriptions: dict[str, Subscription] = {}
        self._logger: logging.Logger | None = None
        self._writing = threading.Lock()
        self._is_open = True

    @property
    def metrics(self) -> dict[str, Any]:
        """The metrics without a step that were captured so far."""
        return dict(self._metrics)

    @property
    def artifacts(self) -> list[Artifact]:
        """What describes the artifacts that were captured so far."""
        return list(self._artifacts.values())

    @property
    def logger(self) -> logging.Logger:
        """A logger whose lines are kept in this run's log."""
        if self._logger is None:
            self._logger = logger_of(self._draft.run_id, self.hear)
        return self._logger

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Capture a metric: one value, or with `step` one point of a stepped metric.

        Without a step, any value that strict JSON can carry is kept as it is (numpy scalars as numbers). With one, a
        number that a 64-bit float equals, at a whole number of 64 bits; points keep their order, and none is dropped.

        Raises:
            InvalidInputError: a name or value that cannot be kept, by name.
        """
        if step is None:
            self._refuse_closed()
            self._metrics[checked_name(name, "metric")] = json_copy(value, f"metric {name!r}")
            return
        try:
            points = self._series[name]
        except (KeyError, TypeError):
            points = self._begin_series(name)
        points.add(step, value)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Capture several metrics."""
        for name, value in metrics.items():
            self.metric(name, value, step)

    def artifact(
        self,
        name: str,
        obj: Any,
        kind: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002 - as metalab names it
    ) -> Artifact:
        """Capture an object as `kind`: json, numpy, text, file, image, pickle; None chooses by its type (never pickle).

        `format` is the suffix of its file, which otherwise follows from the kind. Returns what describes the artifact.

        Raises:
            UnknownNameError: no such kind.
            InvalidInputError: a name or object that cannot be kept faithfully, by name.
            StoreError: it cannot be written; the run cannot succeed any more.
        """
        name = checked_name(name, "artifact")
        chosen = artifacts.kind_of(obj) if kind is None else kind
        suffix, chunks = artifacts.to_chunks(obj, chosen, f"artifact {name!r}")
        if format is not None:
            suffix = layout.suffix_of(PurePath(f"x.{format}"))
        return self._keep_artifact(name, chosen, suffix, chunks, metadata)

    def text(self, name: str, text: str) -> Artifact:
        """Capture a text."""
        return self.artifact(name, text, kind="text")

    def data(self, name: str, obj: Any, metadata: Mapping[str, Any] | None = None) -> None:
        """Capture a structured result, which `Run.data` gives back: arrays as numpy, anything else as JSON.

        Raises:
            InvalidInputError: a name or object that cannot be kept faithfully, by name.
            StoreError: it cannot be written; the run cannot succeed any more.
        """
        name = checked_name(name, "data")
        kind = artifacts.kind_of(obj)
        suffix, chunks = artifacts.to_chunks(obj, kind, f"data {name!r}")
        self._keep(self._data, name, kind, suffix, chunks, metadata)

    def file(
        self,
        name: str,
        path: str | os.PathLike[str],
        kind: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Artifact:
        """Copy a file into the run, as an artifact that is read back as `kind`; None gives its bytes.

        Raises:
            UnknownNameError: no such kind.
            InvalidInputError: a name that cannot be kept, or no file at `path`; the latter is a FileNotFoundError too.
            StoreError: it cannot be written.
        """
        name = checked_name(name, "artifact")
        chosen = artifacts.checked_kind("file" if kind is None else kind)
        source = Path(path)
        if not source.is_file():
            raise MissingFileError(f"artifact {name!r}: there is no file at {source}")
        with source.open("rb", buffering=0) as stream:
            pieces: Iterable[Bytes] = iter(lambda: stream.read(PIECE), b"")
            return self._keep_artifact(name, chosen, layout.suffix_of(source), pieces, metadata)

    def figure(
        self,
        name: str,
        fig: Any,
        format: str = "png",  # noqa: A002 - as metalab and matplotlib name it
        dpi: float = 150,
        bbox_inches: str | None = "tight",
        metadata: Mapping[str, Any] | None = None,
        close: bool = True,
    ) -> Artifact:
        """Capture a figure, that is, anything with `savefig`, as an image, and close it unless `close` is False."""
        name = checked_name(name, "artifact")
        self._refuse_closed()
        image = drawn(fig, f"artifact {name!r}", format=format, dpi=dpi, bbox_inches=bbox_inches, close=close)
        return self._keep_artifact(name, "image", layout.suffix_of(PurePath(f"x.{format}")), (image,), metadata)

    def log(self, message: object, level: str | int = "info") -> None:
        """Add a line to the run's log, at a level by its name or its number in `logging`."""
        self.hear(str(message), _level_name(level), "")

    def flush(self) -> None:
        """Do nothing: each line of the log is written at once, so that it can be read while the run is under way."""
        self._refuse_closed()

    def subscribe_logger(self, name: str, level: int = logging.DEBUG) -> None:
        """Keep what this thread sends to a logger in the run's log, from `level` on, until the run ends.

        A logger that passes on less has this level until then.
        """
        self._refuse_closed()
        self.unsubscribe_logger(name)
        self._subscriptions[name] = Subscription(name, self.hear, level)

    def unsubscribe_logger(self, name: str) -> None:
        """Keep no more of what is sent to a logger; nothing happens where nothing is kept."""
        subscription = self._subscriptions.pop(name, None)
        if subscription is not None:
            subscription.cancel()

    def close(self) -> Captured:
        """End capture: write log and series, and return what belongs into the record.

        Raises:
            StoreError: log or series cannot be written.
        """
        with self._writing:
            self._refuse_closed()
            self._is_open = False
        for subscription in self._subscriptions.values():
            subscription.cancel()
        if self._logger is not None:
            self._logger.handlers.clear()
        points = {name: one for name, one in self._series.items() if len(one)}
        self._series = {}  # so that a later point meets the check of what is over
        files = [self._log.close()]
        if points:
            files.append(self._draft.write(layout.SERIES, series.chunks(points)))
        return Captured(
            metrics=self._metrics,
            series={name: len(one) for name, one in points.items()},
            artifacts=tuple(self._artifacts.values()),
            data=tuple(self._data.values()),
            files=tuple(file for file in files if file is not None),
        )

    def _begin_series(self, name: str) -> series.Series:
        self._refuse_closed()
        name = checked_name(name, "metric")
        return self._series.setdefault(name, series.Series(name))

    def _keep_artifact(
        self, name: str, kind: str, suffix: str, chunks: Iterable[Bytes], metadata: Mapping[str, Any] | None
    ) -> Artifact:
        kept = self._keep(self._artifacts, name, kind, suffix, chunks, metadata)
        if self._listener is not None:
            self._listener("artifact_saved", name, name=name, kind=kind, size=kept.size, uri=kept.uri)
        return kept

    def _keep(
        self,
        among: dict[str, Artifact],
        name: str,
        kind: str,
        suffix: str,
        chunks: Iterable[Bytes],
        metadata: Mapping[str, Any] | None,
    ) -> Artifact:
        about = json_copy(dict(metadata), f"metadata of {name!r}") if metadata else {}
        with self._writing:
            self._refuse_closed()
            before = among.get(name)
            file = layout.artifact_file(name, suffix, self._taken)
            stored = self._draft.write(file, chunks)
            self._taken.add(file.lower())
            among[name] = kept = Artifact(name, kind, stored.file, stored.size, stored.sha256, about)
            if before is not None:  # only now: had the new one not been written, this one would stand
                self._draft.remove(before.file)
                self._taken.remove(before.file.lower())
        return kept

    def hear(self, text: str, level: str, logger: str) -> None:
        """Write a line, of the logger of that name or, where it is empty, of the run itself."""
        self._refuse_closed()
        self._log.write(f"[{logger}] {text}" if logger else text, level)
        if self._listener is not None:
            self._listener("log", text, message=text, level=level.lower(), logger=logger)

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise CaptureClosedError("the run has ended: nothing more can be captured for it")


def _level_name(level: object) -> str:
    if isinstance(level, str):
        return level
    if isinstance(level, int):
        return logging.getLevelName(level)
    raise InvalidInputError(f"level of a log line {level!r}: give a name such as 'info', or logging.INFO")
