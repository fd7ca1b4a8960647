"""Capture: what an operation hands over, checked at the call and written into the run's draft."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from pytest_optbench.engine.encoding import artifacts, series
from pytest_optbench.engine.encoding.capture_names import checked_name
from pytest_optbench.engine.encoding.strict_json import json_copy
from pytest_optbench.engine.model.records import Artifact, StoredFile
from pytest_optbench.engine.store import layout
from pytest_optbench.errors import CaptureClosedError, InvalidInputError

from .run_log import RunLog, Subscription

if TYPE_CHECKING:
    from pytest_optbench.engine.store.protocol import Bytes, Draft

PIECE: Final = 1 << 20  # bytes of a file that are copied at a time
Listener = Callable[..., object]  # (kind, message, **details): reports what happens inside a run to its listener


class Captured(TypedDict):
    """The fields of a record that come from capture."""

    metrics: dict[str, Any]
    series: dict[str, int]
    artifacts: tuple[Artifact, ...]
    files: tuple[StoredFile, ...]


class Capture:
    """The way from an operation to its run's record; closed when the run ends.

    What is captured is taken as it is at the call; changing it afterwards changes nothing. The same name captured
    twice replaces what was there: bytes, size and hash are those of the last one. Metrics, stepped metrics and
    artifacts have names of their own. Threads of an operation may share its capture. Every method raises
    `CaptureClosedError` once the run has ended.
    """

    def __init__(self, draft: Draft, listener: Listener | None = None) -> None:
        self._draft = draft
        self._listener = listener
        self._metrics: dict[str, Any] = {}
        self._series: dict[str, series.Series] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._taken: set[str] = set()  # names of artifacts' files in lower case
        self._log = RunLog(draft)
        self._subscriptions: dict[str, Subscription] = {}
        self._writing = threading.Lock()
        self._is_open = True

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

    metrics = log_metrics

    def artifact(self, name: str, obj: Any, kind: str | None = None, metadata: Mapping[str, Any] | None = None) -> None:
        """Capture an object as `kind`: json, numpy, text, file, pickle; None chooses by its type (never pickle).

        Raises:
            UnknownNameError: no such kind.
            InvalidInputError: a name or object that cannot be kept faithfully, by name.
            StoreError: it cannot be written; the run cannot succeed any more.
        """
        name = checked_name(name, "artifact")
        chosen = artifacts.kind_of(obj) if kind is None else kind
        suffix, chunks = artifacts.to_chunks(obj, chosen, f"artifact {name!r}")
        self._keep(name, chosen, suffix, chunks, metadata)

    def text(self, name: str, text: str) -> None:
        """Capture a text."""
        self.artifact(name, text, kind="text")

    def data(self, name: str, obj: Any) -> None:
        """Capture a structured result as an artifact: arrays as numpy, anything else as JSON."""
        self.artifact(name, obj)

    def file(
        self,
        name: str,
        path: str | os.PathLike[str],
        kind: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Copy a file into the run, as an artifact that is read back as `kind`; None gives its bytes.

        Raises:
            UnknownNameError: no such kind.
            InvalidInputError: a name that cannot be kept, or no file at `path`.
            StoreError: it cannot be written.
        """
        name = checked_name(name, "artifact")
        chosen = artifacts.checked_kind("file" if kind is None else kind)
        source = Path(path)
        if not source.is_file():
            raise InvalidInputError(f"artifact {name!r}: there is no file at {source}")
        with source.open("rb", buffering=0) as stream:
            pieces: Iterable[Bytes] = iter(lambda: stream.read(PIECE), b"")
            self._keep(name, chosen, layout.suffix_of(source), pieces, metadata)

    def figure(self, name: str, fig: Any) -> None:
        """Capture a figure, that is, anything with `savefig`, as the bytes of a PNG."""
        name = checked_name(name, "artifact")
        if not callable(getattr(fig, "savefig", None)):
            raise InvalidInputError(f"artifact {name!r} is a {type(fig).__name__}: a figure has a method savefig")
        drawn = io.BytesIO()
        fig.savefig(drawn, format="png")
        self._keep(name, "file", ".png", (drawn.getvalue(),), None)

    def log(self, message: object, level: str | int = "info") -> None:
        """Add a line to the run's log, at a level by its name or its number in `logging`."""
        self._refuse_closed()
        text = str(message)
        level = _level_name(level)
        self._log.write(text, level)
        if self._listener is not None:
            self._listener("log", text, level=level.lower())

    def subscribe_logger(self, name: str) -> None:
        """Keep what this thread sends to a logger in the run's log, until the run ends.

        The logger's level is not changed: what it does not pass on is not kept.
        """
        self._refuse_closed()
        if name not in self._subscriptions:
            self._subscriptions[name] = Subscription(name, self.log)

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
        points = {name: one for name, one in self._series.items() if len(one)}
        self._series = {}  # so that a later point meets the check of what is over
        files = [self._log.close()]
        if points:
            files.append(self._draft.write(layout.SERIES, series.chunks(points)))
        return Captured(
            metrics=self._metrics,
            series={name: len(one) for name, one in points.items()},
            artifacts=tuple(self._artifacts.values()),
            files=tuple(file for file in files if file is not None),
        )

    def _begin_series(self, name: str) -> series.Series:
        self._refuse_closed()
        name = checked_name(name, "metric")
        return self._series.setdefault(name, series.Series(name))

    def _keep(
        self, name: str, kind: str, suffix: str, chunks: Iterable[Bytes], metadata: Mapping[str, Any] | None
    ) -> None:
        about = json_copy(dict(metadata), f"metadata of artifact {name!r}") if metadata else {}
        with self._writing:
            self._refuse_closed()
            before = self._artifacts.get(name)
            file = layout.artifact_file(name, suffix, self._taken)
            stored = self._draft.write(file, chunks)
            self._taken.add(file.lower())
            self._artifacts[name] = Artifact(name, kind, stored.file, stored.size, stored.sha256, about)
            if before is not None:  # only now: had the new one not been written, this one would stand
                self._draft.remove(before.file)
                self._taken.remove(before.file.lower())
        if self._listener is not None:
            self._listener("artifact_saved", name, name=name, kind=kind, size=stored.size)

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise CaptureClosedError("the run has ended: nothing more can be captured for it")


def _level_name(level: object) -> str:
    if isinstance(level, str):
        return level
    if isinstance(level, int):
        return logging.getLevelName(level)
    raise InvalidInputError(f"level of a log line {level!r}: give a name such as 'info', or logging.INFO")
