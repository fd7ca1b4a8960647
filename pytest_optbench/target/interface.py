"""The types of the arguments that a metalab passes to an operation: seeds, capture, runtime (see docs/interface.md)."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np


class Seeds(Protocol):
    """The random numbers of one run: equal for equal seeds, and independent between names, replicates and bases."""

    @property
    def root_seed(self) -> int:
        """The base that all runs of an experiment share."""

    @property
    def replicate_index(self) -> int:
        """The number of this run among those of the same case, from 0."""

    def derive(self, name: str) -> int:
        """Return the seed of a named stream."""

    def rng(self, name: str) -> random.Random:
        """Return the standard library's generator on a named stream."""

    def numpy(self, name: str) -> np.random.Generator:
        """Return numpy's generator on a named stream."""


class Capture(Protocol):
    """The interface by which a run stores its results."""

    def metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Store a scalar, or one point of a stepped metric."""

    def log_metrics(self, values: Mapping[str, Any], step: int | None = None) -> None:
        """Store several scalars."""

    def artifact(self, name: str, obj: Any, *, kind: str | None = None, metadata: Any = None) -> Any:
        """Store a value as `json`, `numpy` or `pickle`."""

    def file(self, name: str, path: Path, *, kind: str | None = None) -> Any:
        """Store a copy of a file."""

    def data(self, name: str, obj: Any) -> Any:
        """Store structured data with the record."""

    def figure(self, name: str, figure: Any) -> Any:
        """Store a matplotlib figure as an image."""

    def log(self, message: str, level: str = "info") -> None:
        """Write a line into the log of the run."""

    def subscribe_logger(self, name: str) -> Any:
        """Write the lines of a logger into the log of the run."""


class Runtime(Protocol):
    """The surroundings of a run."""

    @property
    def scratch_dir(self) -> Path:
        """A folder of the run alone; it need not exist yet."""

    @property
    def logger(self) -> logging.Logger:
        """A logger of the run alone."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Facts about the run, from the runner."""

    @property
    def cancel_token(self) -> Any:
        """The token that shows whether the sweep was cancelled."""

    def check_cancelled(self) -> None:
        """Raise an error if the sweep was cancelled."""
