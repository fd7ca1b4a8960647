"""The file names of a store in a folder; nothing here touches the disk.

    <root>/<experiment>/store.json                  marks an experiment's folder and says its format
    <root>/<experiment>/claims.lock                 byte-range locks, one byte a run; never unlinked
    <root>/<experiment>/runs/<2 hex>/<run_id>/      a published run: its record, log, series and artifacts
    <root>/<experiment>/drafts/<run_id>/            a run under way, or the rest of one whose process died
    <root>/<experiment>/drafts/dead.<token>/        a draft that is being removed
    <root>/<experiment>/drafts/replaced.<run_id>/   a published run, while another attempt takes its place
    <root>/<experiment>/quarantine/<name>.<token>   a file or folder that was set aside
    <root>/<experiment>/experiment.json             name, tags, metadata ... of the experiment, as it was last run
    <root>/<experiment>/derived/<2 hex>/<run_id>.json   metrics that were derived from a run after its end

All names are relative to the experiment's folder, so a store can be moved or copied as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath
from typing import Final

from pytest_optbench.errors import InvalidInputError

MANIFEST: Final = "store.json"
CLAIMS: Final = "claims.lock"
RUNS: Final = "runs"
DRAFTS: Final = "drafts"
DEAD: Final = "dead."  # begins the name of a draft that nobody owns any more
REPLACED: Final = "replaced."  # begins the name of a run whose place is being taken, where folders cannot be exchanged
QUARANTINE: Final = "quarantine"
EXPERIMENT: Final = "experiment.json"
DERIVED: Final = "derived"
TOP_LEVEL: Final = frozenset({MANIFEST, CLAIMS, RUNS, DRAFTS, QUARANTINE, EXPERIMENT, DERIVED})

RECORD: Final = "record.json"
SERIES: Final = "series.npz"
LOG: Final = "log.txt"
OWN_FILES: Final = frozenset({RECORD, SERIES, LOG})

HOUSEKEEPING_OFFSET: Final = (
    2**62
)  # the byte that is locked while the folder is set up or cleared; those of runs lie below it

_RUN_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SHARD: Final = re.compile(r"[0-9a-f]{2}", re.ASCII)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,12}")
_LONGEST_STEM: Final = 80


def is_run_id(name: str) -> bool:
    """Return whether `name` is a run id: 32 lower-case hex digits."""
    return _RUN_ID.fullmatch(name) is not None


def checked_run_id(run_id: object) -> str:
    """Return `run_id` if it is one.

    Raises:
        InvalidInputError: it is no run id, and must not become part of a path.
    """
    if isinstance(run_id, str) and is_run_id(run_id):
        return run_id
    raise InvalidInputError(f"{run_id!r} is no run id: those are 32 lower-case hex digits")


def shard(run_id: str) -> str:
    """Return the name of the folder below `runs` that holds the run."""
    return run_id[:2]


def is_shard(name: str) -> bool:
    """Return whether `name` can be a folder below `runs`."""
    return _SHARD.fullmatch(name) is not None


def run_path(path: str, run_id: str) -> str:
    """Return the folder of a run in the experiment's folder `path`.

    Raises:
        InvalidInputError: it is no run id.
    """
    return f"{path}/{RUNS}/{checked_run_id(run_id)[:2]}/{run_id}"


def derived_path(path: str, run_id: str) -> str:
    """Return the file of the derived metrics of a run.

    Raises:
        InvalidInputError: it is no run id.
    """
    return f"{path}/{DERIVED}/{checked_run_id(run_id)[:2]}/{run_id}.json"


def claim_offset(run_id: str) -> int:
    """Return the run's byte in the lock file: the first 62 bits of its id.

    The odds that two of 10**6 runs share a byte are 10**-7.
    """
    return int(run_id[:16], 16) >> 2


def artifact_file(name: str, suffix: str, taken: Collection[str]) -> str:
    """Return a safe, readable file name for an artifact, different from all in `taken` even if case is ignored.

    The name that a person gave is kept in the record; the file's name only resembles it. `taken` holds lower-case
    names; the store's own files are always taken.
    """
    stem = _UNSAFE.sub("_", name).lstrip(".-")[:_LONGEST_STEM] or "artifact"
    if stem.lower().endswith(suffix.lower()) and len(stem) > len(suffix):
        stem, suffix = stem[: len(stem) - len(suffix)], stem[len(stem) - len(suffix) :]
    file, number = stem + suffix, len(taken) + 1
    while file.lower() in taken or file.lower() in OWN_FILES:
        number += 1
        file = f"{stem}~{number}{suffix}"
    return file


def suffix_of(path: PurePath) -> str:
    """Return the suffix under which a file is copied into the store: its own if that is safe, otherwise `.bin`."""
    return path.suffix if _SUFFIX.fullmatch(path.suffix) else ".bin"
