"""The suite without a defect: how long each part takes, and which lines of the engine it executes."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from clone import PACKAGE, Clone
from covered import RECORDER, Lines, functions_of, lines_in
from mutations import Mutant

MUTATED = ("engine", "grids")
UNRECORDED = {"engine/store/record_scan.py"}  # processes that ignore PYTHONPATH execute it
SECONDS = 3600.0  # against a hang


@dataclass(frozen=True)
class Control:
    """A session without a defect: the digest of the sources, the seconds of each part, its lines by module."""

    digest: str
    seconds: dict[str, float]
    executed: dict[str, dict[str, list[str]]]

    @classmethod
    def taken(cls, path: Path, origin: Path, load: str, workers: int, without: str = "") -> Control:
        """Return the session in this file, measured anew where the sources changed.

        Parts that `without` matches, an expression as for `-k`, are left out.

        Raises:
            SystemExit: the suite fails without a defect.
        """
        digest = f"{sources_digest(origin)} {without}"
        chosen = ("-k", f"not ({without})") if without else ()
        if path.exists() and (kept := json.loads(path.read_text()))["digest"] == digest:
            return cls(**kept)
        with Clone(origin) as clone:
            ended = clone.session((), load, workers, SECONDS, *chosen)
            if ended.status != 0:
                sys.exit(f"The suite fails without a defect:\n{ended.printed}")
            package = clone.folder / PACKAGE
            record = clone.folder / "lines"
            record.touch()
            recorder = {"ENTERED_PACKAGE": str(package), "ENTERED_RECORD": str(record)}
            clone.session(
                (), load, workers, SECONDS, "-p", "part_starts", *chosen, recorder=RECORDER, environment=recorder
            )
            executed = by_module(lines_in(record), package)
        control = cls(digest, ended.seconds, executed)
        path.write_text(json.dumps(asdict(control)))
        return control

    def parts_of(self, mutant: Mutant, source: str) -> list[str]:
        """Return the parts that execute a line of a mutant of this source; all of them for what importing executes."""
        lines = range(mutant.line, mutant.line + mutant.before.count("\n") + 1)
        bodies = (one.lines for one in functions_of(mutant.module, source))
        inside = not frozenset(lines).isdisjoint(frozenset[int]().union(*bodies))
        if not inside or mutant.module in UNRECORDED:
            return [*self.seconds]
        executed = self.executed.get(mutant.module, {})
        found = {part for line in lines for part in executed.get(str(line), [])}
        return [part for part in self.seconds if part in found]


def by_module(lines: Lines, package: Path) -> dict[str, dict[str, list[str]]]:
    """Return the parts that execute each line of what is mutated."""
    modules = {Path(file).relative_to(package).as_posix(): of_file for file, of_file in lines.items()}
    return {
        module: {str(line): sorted(filter(None, parts)) for line, parts in of_file.items()}
        for module, of_file in modules.items()
        if module.startswith(MUTATED)
    }


def sources_digest(origin: Path) -> str:
    """Return a digest of the scenarios and the package."""
    paths = sorted(path for room in ("scenarios", PACKAGE) for path in origin.joinpath(room).rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]
