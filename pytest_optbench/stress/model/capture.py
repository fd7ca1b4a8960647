"""Capture and runtime: the storage of captured values, and the tools that a run is given."""

from __future__ import annotations

import copy
import io
import logging
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass
class Artifact:
    """A named value, as it was at the time of capture."""

    name: str
    value: Any
    metadata: Mapping[str, Any]
    size: int | None = None  # in bytes, where it was captured as a file


@dataclass
class Capture:
    """Storage of captured values, each as it is at the call; the last value of a name replaces earlier ones.

    Metrics, stepped metrics, data and artifacts have names of their own. A series holds its points in the order of
    capture. Values captured before an operation fails are stored as well.
    """

    metrics: dict[str, Any] = field(default_factory=dict)
    points: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)  # level and text
    events: list[tuple[str, Any]] = field(default_factory=list)  # kind and detail
    _is_open: bool = True
    _subscriptions: list[tuple[logging.Logger, logging.Handler]] = field(default_factory=list)

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Store a metric, or one point of a series."""
        self._refuse_closed()
        if step is None:
            self.metrics[name] = copy.deepcopy(value)
        else:
            self.points.setdefault(name, []).append((int(step), float(value)))

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Store several metrics, or points of several series."""
        for name, value in values.items():
            self.metric(name, value, step)

    def artifact(self, name: str, obj: Any, kind: str | None = None, metadata: Any = None) -> None:  # noqa: ARG002
        """Store an object; its kind follows from its type unless given."""
        self._store(Artifact(name, copy.deepcopy(obj), dict(metadata or {})))

    def file(self, name: str, path: Any, kind: str | None = None, metadata: Any = None) -> None:  # noqa: ARG002
        """Store the bytes of a file."""
        content = Path(path).read_bytes()
        self._store(Artifact(name, content, dict(metadata or {}), len(content)))

    def figure(self, name: str, fig: Any) -> None:
        """Store a figure as an image."""
        drawn = io.BytesIO()
        fig.savefig(drawn, format="png")
        self._store(Artifact(name, drawn.getvalue(), {}))

    def data(self, name: str, obj: Any) -> None:
        """Store a structured result."""
        self.results[name] = copy.deepcopy(obj)

    def log(self, message: str, level: str = "info") -> None:
        """Store a line of the run's log."""
        self._refuse_closed()
        self.lines.append((level.upper(), message))
        self.events.append(("log", message))

    def subscribe_logger(self, name: str) -> None:
        """Store the lines that a library logs until the run ends, each once."""
        logger = logging.getLogger(name)
        if logger not in (subscribed for subscribed, _ in self._subscriptions):
            self._subscriptions.append((logger, _Lines(self)))
            logger.addHandler(self._subscriptions[-1][1])

    def close(self) -> None:
        """End the subscriptions, and refuse further captures."""
        self._is_open = False
        for logger, handler in self._subscriptions:
            logger.removeHandler(handler)

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise RuntimeError("the run has ended")

    def _store(self, artifact: Artifact) -> None:
        self._refuse_closed()
        self.artifacts[artifact.name] = artifact
        self.events.append(("artifact_saved", artifact.name))


class _Lines(logging.Handler):
    def __init__(self, capture: Capture) -> None:
        super().__init__()
        self._capture = capture

    def emit(self, record: logging.LogRecord) -> None:
        self._capture.log(record.getMessage(), record.levelname)


@dataclass
class Runtime:
    """The scratch folder and the logger of a run, and the metadata of its experiment."""

    metadata: Mapping[str, Any]
    capture: Capture

    @cached_property
    def scratch_dir(self) -> Path:
        """An empty folder that is removed after the run."""
        return Path(tempfile.mkdtemp())

    @property
    def logger(self) -> logging.Logger:
        """A logger whose lines are stored in the run's log."""
        logger = logging.Logger("run")
        logger.addHandler(_Lines(self.capture))
        return logger

    def close(self) -> None:
        """Remove the scratch folder, if it was used."""
        if "scratch_dir" in vars(self):
            shutil.rmtree(self.scratch_dir)
