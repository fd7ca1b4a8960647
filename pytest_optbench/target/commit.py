"""The commit that an importable module was built from, if pip or git knows it, and its time, if git does."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import subprocess
from pathlib import Path

SECONDS = 10.0  # against a git that hangs


@functools.cache
def commit_of(name: str, path: str) -> str:
    """Return the commit of the module `name` at `path`, with `-dirty` if it was changed since; empty if unknown."""
    return _of_pip(name.partition(".")[0]) or _of_git(Path(path))


@functools.cache
def committed(path: str) -> str:
    """Return when the commit of the checkout that tracks the module at `path` was committed (ISO 8601), or nothing."""
    return _of_checkout(Path(path), "show", "--no-patch", "--format=%cI", "HEAD")


def _of_pip(name: str) -> str:
    """Return the commit that pip recorded when it installed from a repository (`vcs_info` in direct_url.json)."""
    for distribution in importlib.metadata.packages_distributions().get(name, ()):
        text = importlib.metadata.distribution(distribution).read_text("direct_url.json")
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return str(json.loads(text or "")["vcs_info"]["commit_id"])
    return ""


def _of_git(path: Path) -> str:
    return _of_checkout(path, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty")


def _of_checkout(path: Path, *arguments: str) -> str:
    """Return what git says about the checkout that tracks a file; an untracked file does not belong to its checkout."""
    if not path.exists() or _git(path.parent, "ls-files", "--error-unmatch", path.name) is None:
        return ""
    return _git(path.parent, *arguments) or ""


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return process.stdout.strip()
