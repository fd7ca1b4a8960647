"""The repository of a metalab as git knows it; it is only read, and checked out elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pytest_optbench.errors import InvalidInputError, OptbenchError

CHECKOUT = "checkout-"  # what the names of temporary checkouts begin with
SHORT = 10  # characters of a commit that people read
OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # set where git itself started this process


@dataclass(frozen=True)
class Commit:
    """A commit: its full id, the time at which it was committed (ISO 8601), and the first line of its message."""

    id: str
    committed: str
    subject: str

    def __str__(self) -> str:
        return f"{self.id[:SHORT]} {self.committed[:10]} {self.subject}"


class Repository:
    """A repository of git, bare or with a checkout; nothing here writes into it."""

    def __init__(self, folder: Path) -> None:
        """Find the repository that a folder is in.

        Raises:
            InvalidInputError: there is no such folder, git is missing, or it knows of no repository there.
        """
        if not folder.is_dir():
            raise InvalidInputError(f"{folder}: there is no such folder; give the folder of a metalab checkout")
        found = _git(folder, "rev-parse", "--absolute-git-dir", "--is-bare-repository")
        if found.returncode != 0:
            raise InvalidInputError(f"{folder} is not a git repository that can be read ({_last_line(found.stderr)})")
        git_folder, is_bare = found.stdout.splitlines()
        self.folder = Path(git_folder)
        top = "" if is_bare == "true" else _git(folder, "rev-parse", "--show-toplevel").stdout.strip()
        self.top = Path(top) if top else self.folder

    def commits(self, revisions: str) -> tuple[Commit, ...]:
        """Return the commits of a range such as `v1..main` in order, along first parents; one name means all before it.

        Raises:
            InvalidInputError: git does not know the range, or no commit is in it.
        """
        listed = self._log("--first-parent", "--reverse", revisions)
        if not listed:
            raise InvalidInputError(
                f"{revisions}: no commit is in this range; A..B has the commits after A up to B, the newer one"
            )
        return listed

    def before(self, revisions: str) -> tuple[Commit, ...]:
        """Return the commit that a range such as `v1..main` starts after, in a tuple that is empty for others."""
        start, dots, _ = revisions.partition("..")
        return self._log("--max-count=1", start or "HEAD") if dots else ()

    def _log(self, *arguments: str) -> tuple[Commit, ...]:
        *options, revisions = arguments
        logged = _git(self.folder, "log", "-z", "--format=%H%n%cI%n%s", *options, "--end-of-options", revisions, "--")
        if logged.returncode != 0:
            raise InvalidInputError(f"{revisions}: git knows no such commits ({_last_line(logged.stderr)})")
        return tuple(Commit(*entry.split("\n", 2)) for entry in logged.stdout.split("\0") if entry)

    @contextmanager
    def checked_out(self, commit: Commit, place: Path) -> Iterator[Path]:
        """Provide a checkout of a commit below `place`, without submodules; it is removed at the end.

        It is a clone that borrows the objects of the repository, so that tools find tags and the commit in it.

        Raises:
            OptbenchError: git cannot check it out.
        """
        with TemporaryDirectory(dir=place, prefix=CHECKOUT) as made:
            tree = Path(made, "metalab")
            cloned = _git(place, "clone", "--quiet", "--shared", "--no-checkout", str(self.folder), str(tree))
            done = cloned if cloned.returncode else _git(tree, "checkout", "--quiet", "--detach", commit.id)
            if done.returncode != 0:
                raise OptbenchError(f"git cannot check it out ({_last_line(done.stderr)})")
            yield tree


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(  # noqa: S603 - arguments that are no options follow --end-of-options
            command, capture_output=True, text=True, errors="replace", env=environment, check=False
        )
    except OSError as error:
        raise InvalidInputError(f"git cannot be started ({error.strerror}): install it") from None


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no error output"])[-1]
