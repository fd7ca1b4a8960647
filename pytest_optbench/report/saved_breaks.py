"""Breaks as small files, one each in `.optbench/breaks`, with all that repeats them."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path

from pytest_optbench.errors import InvalidInputError

from .baseline import FOLDER
from .decode import decode
from .document import SessionReport
from .outcome import BrokenPromise, ItemOutcome
from .writing import write_text

BREAKS = "breaks"
FORMAT = 1
SETTING = re.compile(r"[A-Z_]+=")
PROGRAMS = (["python", "-m", "pytest"], ["pytest"])


@dataclass(frozen=True)
class SavedBreak:
    """A break, the target that broke its promise, and how to repeat it.

    `arguments` are those of pytest that select the part, its load and its options, `variables` those of the
    environment (the seed). `schedule` is JSON text by which the scenario repeats this break alone; "" if it repeats
    the whole part.
    """

    target: Mapping[str, str]
    point: str
    case: str
    intensity: str
    id: str
    promise: str
    message: str
    about: str
    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ""
    format: int = FORMAT

    @property
    def name(self) -> str:
        """The name of its file: the same for the same break, so that a later session replaces it."""
        key = json.dumps([self.target.get("name"), self.arguments, self.id, self.about])
        digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        name = f"{self.point}-{self.case}-{self.intensity}-{digest}.json"
        return re.sub(r"[^\w.,=-]", "_", name, flags=re.ASCII)


def save_breaks(report: SessionReport, root: Path) -> Path | None:
    """Save every break of a report under a project's root; returns the folder, None if there is no break."""
    saved = [saved_break(report.target, outcome, broken) for outcome in report.outcomes for broken in outcome.broken]
    if not saved:
        return None
    folder = root / FOLDER / BREAKS
    folder.mkdir(parents=True, exist_ok=True)
    for one in saved:
        write_text(json.dumps(asdict(one), indent=2) + "\n", folder / one.name)
    return folder


def saved_break(target: Mapping[str, str], outcome: ItemOutcome, broken: BrokenPromise) -> SavedBreak:
    """Return one break of an outcome with what repeats it."""
    words = shlex.split(outcome.replay)
    settings = list(takewhile(SETTING.match, words))
    variables = dict(setting.split("=", 1) for setting in settings)
    arguments = words[len(settings) :]
    program = next((program for program in PROGRAMS if arguments[: len(program)] == program), [])
    return SavedBreak(
        dict(target), outcome.point, outcome.case, outcome.intensity, broken.id, broken.promise, broken.message,
        broken.about, tuple(arguments[len(program) :]), variables, broken.schedule,
    )  # fmt: skip


def load_breaks(path: Path) -> Iterator[tuple[Path, SavedBreak]]:
    """Yield the saved breaks of a file, or of a folder, in order of their names.

    Raises:
        InvalidInputError: there is none, or a file is no saved break; the message names it.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise InvalidInputError(f"there is no saved break in {path}: sessions keep theirs in {FOLDER}/{BREAKS}")
    for file in files:
        try:
            yield file, decode(SavedBreak, json.loads(file.read_bytes()))
        except (OSError, ValueError, InvalidInputError) as error:
            raise InvalidInputError(f"{file} is no saved break: {error}") from None
