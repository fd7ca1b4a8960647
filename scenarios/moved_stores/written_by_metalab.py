"""Stores as metalab writes them, by hand: today's, of one experiment a folder, and those of its first release."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

RUNS = ("0123456789abcdef", "89abcdef01234567", "fedcba9876543210")
GONE = "/nowhere/at/all"  # where the store was when it was written, unless it is said to be where it was
ARRAYS = {"array": np.arange(3.0), "both": {"a": np.eye(2), "b": np.zeros(0)}}


def record(run_id: str, experiment_id: str, status: str = "success", **more: Any) -> dict[str, Any]:
    """Return a record, as JSON has it."""
    return {
        "_schema_version": "0.1",
        "run_id": run_id,
        "experiment_id": experiment_id,
        "status": status,
        "context_fingerprint": "c" * 16,
        "params_fingerprint": "p" * 16,
        "seed_fingerprint": "s" * 16,
        "started_at": "2026-01-02T03:04:05.000006",
        "finished_at": "2026-01-02T03:04:06",
        "duration_ms": 1000,
        "metrics": {"loss": 0.5, "big": 2**53 + 1, "nan": float("nan"), "name": "text"},
        "provenance": {"code_hash": "abc", "python_version": None, "host": "there", "extra": {}},
        "error": {"type": "ValueError", "message": "as planned", "traceback": "..."} if status == "failed" else None,
        "tags": [],
        "warnings": [],
        "notes": None,
        "artifacts": [],
        **more,
    }


def content_of(name: str, kind: str) -> bytes:
    """Return the bytes of an artifact."""
    if kind == "json":
        return json.dumps({"of": name}, indent=2).encode()
    if kind != "numpy":
        return f"the {kind} {name}".encode()
    file, value = io.BytesIO(), ARRAYS[name]
    np.savez_compressed(file, **(value if isinstance(value, dict) else {"arr": value}))
    return file.getvalue()


def artifact(place: Path, run_id: str, name: str, kind: str, suffix: str, was: str | Path = GONE) -> dict[str, Any]:
    """Write an artifact into the folder of its run, and return its description in the record."""
    content = content_of(name, kind)
    written(place / "artifacts" / run_id / f"{name}{suffix}", content)
    return {
        "artifact_id": "an-id",
        "name": name,
        "kind": kind,
        "format": suffix[1:],
        "uri": f"{was}/artifacts/{run_id}/{name}{suffix}",
        "content_hash": hashlib.sha256(content).hexdigest()[:16],
        "size_bytes": len(content),
        "metadata": {"_run_id": run_id, "of": 1},
    }


def written(path: Path, content: Any) -> None:
    """Write a file, JSON where the content is neither bytes nor text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str | bytes) else json.dumps(content, indent=2, sort_keys=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def today(root: Path, experiment_id: str = "foreign:1", *, moved: bool = True) -> Path:
    """Write the folder of an experiment as today's metalab does, and return it."""
    place = root / experiment_id.replace(":", "_")
    written(place / "_meta.json", {"created_by": "metalab", "schema_version": "0.1", "experiment_id": experiment_id})
    kinds = [("array", "numpy", ".npz"), ("both", "numpy", ".npz"), ("summary", "json", ".json")]
    kinds += [("plot", "image", ".png"), ("sub/part", "file", ".txt")]
    was = GONE if moved else place
    listed = [artifact(place, RUNS[0], *kind, was) for kind in kinds]
    written(place / "artifacts" / RUNS[0] / "_manifest.json", {"artifacts": listed})
    for run_id, status in zip(RUNS, ("success", "failed", "running"), strict=True):
        more = {"artifacts": listed if status == "success" else [], "params_resolved": {"n": RUNS.index(run_id)}}
        written(place / "runs" / f"{run_id}.json", record(run_id, experiment_id, status, **more))
        written(place / ".locks" / f"{run_id}.lock", "")
    result = {"data": [[1, 0], [0, 1]], "dtype": "float64", "shape": [2, 2], "metadata": {"dim": 2}}
    written(place / "results" / RUNS[0] / "matrix.json", result)
    for name, points in (("curve", [[0, 1.0], [1, 0.5]]), ("odd", [[0, "warm"], [1, None]])):
        stepped = {"data": points, "dtype": None, "shape": [2, 2], "metadata": {"type": "stepped_metric"}}
        written(place / "results" / RUNS[0] / f"{name}.json", {**stepped, "shape": None} if name == "odd" else stepped)
    written(place / "derived" / f"{RUNS[0]}.json", {"final": 0.25})
    written(place / "logs" / f"{RUNS[0]}_run.log", "2026-01-02 03:04:05 [INFO   ] [metalab.run.01234567] a line\n")
    manifest = {
        "experiment_id": experiment_id,
        "name": "foreign",
        "version": "1",
        "run_ids": list(RUNS),
        "tags": ["t"],
    }
    for when in ("20260101_000000", "20260102_000000"):
        said = {**manifest, "description": f"as of {when}", "metadata": {"who": "me"}}
        written(place / "experiments" / f"{place.name}_{when}.json", said)
    return place


def first(root: Path, *, moved: bool = True) -> Path:
    """Write a folder as metalab's first release does: of two experiments, without parameters."""
    written(root / "_meta.json", {"schema_version": "0.1", "created_by": "metalab"})
    for run_id, experiment_id in zip(RUNS, ("one:1", "one:1", "two:1"), strict=True):
        listed = [artifact(root, run_id, "summary", "json", ".json", GONE if moved else root)]
        written(root / "artifacts" / run_id / "_manifest.json", {"artifacts": listed})
        written(root / "runs" / f"{run_id}.json", record(run_id, experiment_id, artifacts=listed))
        written(root / "logs" / run_id / "run.txt", f"of {run_id}\n")
        written(root / ".locks" / f"{run_id}.lock", "")
    return root
