"""An operation that captures artifacts under given names, and records which names were refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pytest_optbench.stress.audit.name_outcomes import REFUSAL
from pytest_optbench.stress.witness.canonical import digest_of
from pytest_optbench.target import digest, load_target
from pytest_optbench.text import printable
from pytest_optbench.workloads.ordinary_values import ordinary_names
from pytest_optbench.workloads.workload import WorkloadRun, workload

COMPANION = "companion"  # a harmless name: this artifact must be kept in every run
KINDS = ("json", "numpy", "file")
_TARGET = load_target()


@dataclass(frozen=True)
class Naming:
    """Names that one run captures in turn, each with the kind at the same position (json if there is none).

    `label` describes what is odd about them, `reserved` means that a store may use them for files of its own.
    """

    label: str
    names: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    reserved: bool = False

    @property
    def ordinary(self) -> frozenset[str]:
        """The names that may not be refused."""
        return frozenset() if self.reserved else ordinary_names(self.names)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of its runs: names as hexadecimal digits, since JSON cannot hold every name."""
        kinds = [*self.kinds, *["json"] * (len(self.names) - len(self.kinds))]
        return {"label": self.label, "names": [to_hex(name) for name in self.names], "kinds": kinds}


def to_hex(name: str) -> str:
    """Return a name as digits, even one with NUL or half a surrogate pair."""
    return name.encode("utf-8", "surrogatepass").hex()


def from_hex(digits: str) -> str:
    """Return the name that `to_hex` encoded."""
    return bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def content_of(key: str, index: object) -> str:
    """Return what the run of `key` captures under its name number `index`: a unique text."""
    return f"{key} {index}."


def trace_of(content: str, kind: str) -> bytes:
    """Return bytes that are in every uncompressed file that holds `content` as `kind`."""
    return bytes.fromhex(digest_of(content)) if kind == "numpy" else content.encode("ascii")


@workload("naming", "runtime")
def naming(run: WorkloadRun) -> None:
    """Capture a companion and then every name of `params`; a name that is refused does not end the run."""
    scratch = Path(run.runtime.scratch_dir)
    run.capture_metrics()
    _keep(run, scratch, COMPANION, "json", content_of(run.key, COMPANION))
    for index, (name, kind) in enumerate(_names(run.params)):
        try:
            _keep(run, scratch, name, kind, content_of(run.key, index))
        except Exception as error:  # noqa: BLE001 - a target refuses by an exception of its own
            run.produced.metrics[f"{REFUSAL}{index}"] = _error_text(error)
            run.capture.metric(f"{REFUSAL}{index}", _error_text(error))


def _names(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    names: Sequence[str] = params["names"]
    return zip(map(from_hex, names), params["kinds"], strict=True)


def _keep(run: WorkloadRun, scratch: Path, name: str, kind: str, content: str) -> None:
    """Capture an artifact with a unique value, and report it to the witness once it was accepted."""
    value: Any = {"content": content}
    if kind == "file":
        value = content
        scratch.mkdir(parents=True, exist_ok=True)
        path = scratch / f"{digest_of(content)}.txt"
        path.write_text(content, encoding="ascii")
        run.capture.file(name, path)
    else:
        if kind == "numpy":
            value = np.frombuffer(trace_of(content, kind), dtype=np.uint8)
        run.capture.artifact(name, value, kind=kind)
    run.produced.artifacts[name] = digest(value)


def _error_text(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}")[:500]
