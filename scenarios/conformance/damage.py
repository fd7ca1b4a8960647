"""Damage that leaves files well formed: a record with another value, an artifact with another byte, extra files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_optbench.target import RunOptions, Target

from .workload import MARK

Damage = Callable[[Target, Path, str], bool]  # in the store at a path, to the run of an id; False where there is none


def files_with(store: Path, content: bytes) -> Iterator[Path]:
    """Yield the files of a store that contain some bytes."""
    yield from (path for path in sorted(store.rglob("*")) if path.is_file() and content in path.read_bytes())


def of_run(store: Path, run_id: str, content: bytes) -> list[Path]:
    return [path for path in files_with(store, content) if run_id in str(path.relative_to(store))]


def flip(target: Target, store: Path, run_id: str) -> bool:
    """Change one byte of every artifact."""
    paths = of_run(store, run_id, MARK)
    for path in paths:
        content = path.read_bytes()
        position = content.index(MARK) + len(MARK) // 2
        path.write_bytes(content[:position] + b"z" + content[position + 1 :])
    return bool(paths)


def cut(target: Target, store: Path, run_id: str) -> bool:
    """Leave out the last byte of every artifact."""
    paths = of_run(store, run_id, MARK)
    for path in paths:
        path.write_bytes(path.read_bytes()[:-1])
    return bool(paths)


def remove(target: Target, store: Path, run_id: str) -> bool:
    """Remove every artifact."""
    paths = of_run(store, run_id, MARK)
    for path in paths:
        path.unlink()
    return bool(paths)


def alter(target: Target, store: Path, run_id: str) -> bool:
    """Write another value of a metric into the record, which keeps its length and stays well formed."""
    return edit_record(target, store, run_id, rb"1234567|1,234,567", b"7654321")


def succeed(target: Target, store: Path, run_id: str) -> bool:
    """Write another status into the record."""
    return edit_record(target, store, run_id, rb'("status": ?)"success"', rb'\1"running"')


def stray(target: Target, store: Path, run_id: str) -> bool:
    """Put a file next to the artifacts of the run."""
    paths = of_run(store, run_id, MARK)
    if paths:
        paths[0].with_name("stray.bin").write_bytes(b"stray")
    return bool(paths)


def edit_record(target: Target, store: Path, run_id: str, pattern: bytes, text: bytes) -> bool:
    path = target.record_file(str(store), run_id)
    if path is None:
        return False
    content = path.read_bytes()
    changed = re.sub(pattern, text, content)
    path.write_bytes(changed)
    return changed != content


DAMAGES: Mapping[str, Damage] = {
    "a byte of its artifacts was changed": flip,
    "its artifacts lost their last byte": cut,
    "its artifacts were removed": remove,
    "a metric in its record was changed": alter,
    "the status in its record was changed": succeed,
    "a file was put next to its artifacts": stray,
}
ALTERS = (flip, cut, remove, alter, succeed)  # damage that must not read like the sound run


def content_of(run: Any) -> dict[str, Any]:
    """Return the content of a run that is compared."""
    read: dict[str, Any] = {"n": run.metrics.get("n"), "status": run.status}
    for name in ("text", "array"):
        artifact = run.artifacts.get(name)
        read[name] = None if artifact is None else artifact.digest
    return read


def missed_damage(target: Target, store: Path, experiment: Any, victim: str, sound: Any, damage: Any) -> Iterator[str]:
    """Yield the ways of reading that do not notice a damage, or change other runs."""
    problems = target.check(str(store), experiment)
    if not any(victim in problem for problem in problems):
        yield f"check() says {problems or 'nothing'}"
    snapshot = target.read(str(store), experiment)
    contents = {run.run_id: content_of(run) for run in snapshot.runs}
    if damage in ALTERS:
        read = contents.pop(victim, None)
        changed = [name for name, value in (read or {}).items() if value is not None and value != sound[victim][name]]
        if changed:
            yield f"{changed[0]} reads as {read[changed[0]]}" if read else ""
        if read == sound[victim]:
            yield "it reads as if nothing had happened"
    others = {run_id: content for run_id, content in contents.items() if run_id != victim}
    if others != {run_id: content for run_id, content in sound.items() if run_id != victim}:
        yield "other runs read differently as well"
    target.attempt(experiment, RunOptions(str(store), resume=False))
    again = {run.run_id: content_of(run) for run in target.read(str(store), experiment).runs}
    if again != sound:
        yield "after the sweep was run again, the runs differ from the original ones"
    if problems := target.check(str(store), experiment):
        yield f"after the sweep was run again, check() says {problems[0]}"
