"""Capture: what an operation hands over, checked at the call and written into the run's draft."""

from __future__ import annotations

import contextlib
import io
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_optbench.errors import CaptureClosedError, InvalidInputError, UnknownNameError

from . import artifacts, series
from .names import checked_name
from .records import Artifact, StoredFile
from .store import layout
from .strictjson import dumps, loads

if TYPE_CHECKING:
    from .store.protocol import Draft

CHUNK = 1 << 20
Listener = Callable[..., object]  # (kind, message, **details): what happens inside a run, for whoever wants to hear


class Captured(TypedDict):
    """The fields of a record that come from capture."""

    metrics: dict[str, Any]
    series: dict[str, int]
    artifacts: tuple[Artifact, ...]
    files: tuple[StoredFile, ...]


class Capture:
    """The way from an operation to its run's record; closed when the run ends.

    The same name captured twice replaces what was there: bytes, size and hash are those of the last one.
    """

    def __init__(self, draft: Draft, listener: Listener | None = None) -> None:
        self._draft = draft
        self._listener = listener
        self._metrics: dict[str, Any] = {}
        self._series: dict[str, series.Series] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._log: list[str] = []
        self._listening: list[tuple[logging.Logger, logging.Handler]] = []
        self._open = True

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Capture a number or plain value; with `step`, a point of a stepped metric.

        Raises:
            InvalidInputError: a name or value that cannot be kept, by name.
        """
        if step is not None:
            points = self._series.get(name) if isinstance(name, str) else None
            if points is None:
                points = self._begin_series(name)
            points.add(step, value)
            return
        self._refuse_closed()
        name = checked_name(name, "metric")
        plain = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
        self._metrics[name] = loads(dumps(plain, f"metric {name!r}"))  # a copy: lists may change later

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Capture several metrics."""
        for name, value in metrics.items():
            self.metric(name, value, step)

    metrics = log_metrics

    def artifact(self, name: str, obj: Any, kind: str | None = None, metadata: Mapping[str, Any] | None = None) -> None:
        """Capture an object as `kind`: json, numpy, text, file, pickle; None chooses by its type (never pickle).

        Raises:
            InvalidInputError: a name or object that cannot be kept faithfully, by name.
            StoreError: it cannot be written.
        """
        self._refuse_closed()
        name = checked_name(name, "artifact")
        chosen = kind or artifacts.kind_of(obj)
        suffix, chunks = artifacts.to_chunks(obj, chosen, f"artifact {name!r}")
        self._keep(name, chosen, suffix, chunks, metadata)

    def text(self, name: str, text: str) -> None:
        """Capture a text."""
        self.artifact(name, text, kind="text")

    def data(self, name: str, obj: Any) -> None:
        """Capture a structured result: arrays as numpy, anything else as JSON."""
        self.artifact(name, obj)

    def file(
        self, name: str, path: str | Path, kind: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Copy a file into the run.

        Raises:
            InvalidInputError: no such file.
        """
        self._refuse_closed()
        name = checked_name(name, "artifact")
        if kind is not None and kind not in artifacts.KINDS:
            raise UnknownNameError(f"artifact {name!r}: kind", kind, artifacts.KINDS)
        path = Path(path)
        if not path.is_file():
            raise InvalidInputError(f"artifact {name!r}: there is no file {path}")
        with path.open("rb") as stream:
            pieces = iter(lambda: stream.read(CHUNK), b"")
            self._keep(name, kind or "file", layout.suffix_of(path), pieces, metadata)

    def figure(self, name: str, fig: Any) -> None:
        """Capture a figure (anything with `savefig`) as PNG."""
        drawn = io.BytesIO()
        fig.savefig(drawn, format="png")
        self._refuse_closed()
        self._keep(checked_name(name, "artifact"), "file", ".png", (drawn.getvalue(),), None)

    def log(self, message: object, level: str = "info") -> None:
        """Add a line to the run's log."""
        self._refuse_closed()
        self._log.append(f"{datetime.now(UTC).isoformat()} {level.upper()} {message}\n")
        if self._listener is not None:
            self._listener("log", str(message), level=level)

    def subscribe_logger(self, name: str) -> None:
        """Keep what this thread sends to a logger in the run's log, until the run ends."""
        self._refuse_closed()
        logger = logging.getLogger(name)
        handler = _OwnThread(self)
        logger.addHandler(handler)
        self._listening.append((logger, handler))

    def close(self) -> Captured:
        """End capture: write log and series, and give what belongs into the record.

        Raises:
            StoreError: log or series cannot be written.
        """
        self._open = False
        for logger, handler in self._listening:
            logger.removeHandler(handler)
        kept = {name: points for name, points in self._series.items() if points.steps}
        self._series = {}  # so that a later point meets the check of what is over
        return Captured(
            metrics=self._metrics,
            series={name: len(points.steps) for name, points in kept.items()},
            artifacts=tuple(self._artifacts.values()),
            files=tuple(self._own_files(kept)),
        )

    def _own_files(self, kept: Mapping[str, series.Series]) -> Iterator[StoredFile]:
        if kept:
            yield self._draft.write(layout.SERIES, series.chunks(kept))
        if self._log:
            yield self._draft.write(layout.LOG, ("".join(self._log).encode("utf-8", "backslashreplace"),))

    def _begin_series(self, name: str) -> series.Series:
        self._refuse_closed()
        return self._series.setdefault(checked_name(name, "metric"), series.Series(name))

    def _keep(self, name: str, kind: str, suffix: str, chunks: Any, metadata: Mapping[str, Any] | None) -> None:
        about = loads(dumps(dict(metadata or {}), f"metadata of artifact {name!r}"))
        before = self._artifacts.get(name)
        taken = {artifact.file.lower() for artifact in self._artifacts.values()}
        file = layout.artifact_file(name, suffix, taken)
        stored = self._draft.write(file, chunks)
        self._artifacts[name] = Artifact(name, kind, stored.file, stored.size, stored.sha256, about)
        if before is not None:
            self._draft.remove(before.file)
        if self._listener is not None:
            self._listener("artifact_saved", name, name=name, kind=kind, size=stored.size)

    def _refuse_closed(self) -> None:
        if not self._open:
            raise CaptureClosedError("the run has ended: nothing more can be captured for it")


class _OwnThread(logging.Handler):
    """Passes on what the thread that made it logs."""

    def __init__(self, capture: Capture) -> None:
        super().__init__()
        self._capture = capture
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            with contextlib.suppress(CaptureClosedError):
                self._capture.log(self.format(record), record.levelname)
