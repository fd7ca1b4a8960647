"""What does the suite notice? Plant small defects into the engine, one by one, and run the light suite on each.

`python tests/benchmarks/mutants.py --results mutants.jsonl` takes 150 mutants of `engine/` and `grids/` at random (by
`--seed`) and runs the suite on each in a clone, until the first part fails. A session that hangs has noticed it, too.

    --list                   print the sample, and run nothing
    --only PATTERN           of the sample those whose id or module matches, as 'engine/store/*'
    --again                  run those once more that survived, after the suite was improved
    --load medium            another load than light
    --without EXPRESSION     leave out parts, as `-k` names them, that fail without a defect

Each result is a line of the file, so a run that was interrupted goes on where it stopped. Next to it lies what the
suite does without a defect: only the parts that execute a mutant are run on it, and one that none executes has
survived. Recording that is quick with Python 3.12 or later. Mutants that change nothing that anybody could notice are
left out of the sample, each with its reason in `equivalent.toml`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from clone import PACKAGE, ROOT, Clone, Ended
from control import MUTATED, Control
from mutations import Mutant, mutants_of

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
KEY = ("module", "function", "operator", "before", "after")
SLACK = 120.0  # seconds that a session with a defect may take longer than four times one without


def mutants(origin: Path = ROOT) -> list[Mutant]:
    """Return all mutants of the engine."""
    package = origin / PACKAGE
    paths = sorted(path for room in MUTATED for path in package.joinpath(room).rglob("*.py"))
    return [one for path in paths for one in mutants_of(path.relative_to(package).as_posix(), path.read_bytes())]


def equivalents() -> dict[tuple[str, ...], str]:
    """Return the reason of each annotation, by what it is about: module, function, operator, text before and after.

    Raises:
        SystemExit: an annotation has no reason, or lacks a part of its key.
    """
    reasons = {}
    for entry in tomllib.loads(EQUIVALENT.read_text()).get("equivalent", []):
        if missing := [name for name in (*KEY, "reason") if not entry.get(name)]:
            sys.exit(f"{EQUIVALENT}: an entry lacks {', '.join(missing)}: {entry}")
        reasons[tuple(entry[name] for name in KEY)] = entry["reason"]
    return reasons


def key_of(mutant: Mutant) -> tuple[str, ...]:
    """Return what an annotation names it by; blanks and line ends in the text do not count."""
    texts = (" ".join(text.split()) for text in (mutant.before, mutant.after))
    return (mutant.module, mutant.function, mutant.operator, *texts)


def sample(size: int, seed: int, origin: Path = ROOT) -> list[Mutant]:
    """Return a random sample of those that are not equivalent; the same whatever else changes in the engine."""
    known = equivalents()
    return sorted((one for one in mutants(origin) if key_of(one) not in known), key=lambda one: one.rank(seed))[:size]


class Results:
    """What became of mutants: lines of JSON in a file that grows."""

    def __init__(self, path: Path) -> None:
        """Read what is there; the last line about a mutant counts."""
        self._path = path
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        self.found: dict[str, dict[str, Any]] = {line["id"]: line for line in lines}

    def add(self, line: Mapping[str, Any]) -> None:
        """Append a line."""
        self.found[line["id"]] = dict(line)
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def caught_by(self) -> Counter[str]:
        """Count what each part caught."""
        return Counter(line["by"] for line in self.found.values() if line.get("by"))


def attempt(
    mutant: Mutant, origin: Path, load: str, workers: int, control: Control, caught_by: Mapping[str, int]
) -> dict[str, Any]:
    """Run the parts that execute a mutant until one fails, first those that caught many and the quick ones."""
    source = (origin / PACKAGE / mutant.module).read_bytes()
    parts = control.parts_of(mutant, source.decode())
    parts.sort(key=lambda part: (control.seconds[part] + 0.1) / (caught_by.get(part, 0) + 1))
    began = time.monotonic()
    ended = Ended(0, {}, (), "")  # what no part executes, none notices
    if parts:
        with Clone(origin) as clone:
            clone.write(mutant.module, mutant.plant(source))
            limit = 4 * sum(control.seconds.values()) + SLACK
            ended = clone.session(parts, load, workers, limit, "-x")
    return {
        "id": mutant.id, "mutant": str(mutant), "module": mutant.module, "load": load, "how": how(ended),
        "by": ended.failed[0] if ended.failed else "", "parts": len(parts),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def how(ended: Ended) -> str:
    """Return how a session ended, in a word: survived, failed, hung, or refused before any part ran."""
    if ended.status == 0:
        return "survived"
    if ended.status is None:
        return "hung"
    return "failed" if ended.failed else "refused"


def table(chosen: Sequence[Mutant], results: Results) -> Iterator[str]:
    """Yield caught and survived by room, and the survivors."""
    rooms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in chosen:
        if line := results.found.get(one.id):
            rooms[str(Path(one.module).parent)]["survived" if line["how"] == "survived" else "caught"] += 1
    total = sum(rooms.values(), Counter())
    yield f"{'room':<24} caught survived"
    for room, counts in [*sorted(rooms.items()), ("all", total)]:
        share = f"{100 * counts['caught'] / max(1, counts.total()):.0f} %"
        yield f"{room:<24} {counts['caught']:>6} {counts['survived']:>8} {share:>6}"
    yield from (f"survived: {one}" for one in chosen if results.found.get(one.id, {}).get("how") == "survived")


def main() -> None:
    """Run the sample, print a line for each mutant, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--sample", type=int, default=150, help="how many mutants, 150 by default")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--load", default="light")
    parser.add_argument("-n", dest="workers", type=int, default=2, help="workers of each session, 2 by default")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--without", default="", metavar="EXPRESSION")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    with Clone() as origin:  # what is edited meanwhile is not in the sample
        measure(origin.folder, asked)


def measure(origin: Path, asked: argparse.Namespace) -> None:
    """Do what was asked for with the sources in a folder."""
    chosen = [
        one
        for one in sample(asked.sample, asked.seed, origin)
        if fnmatch(one.module, asked.only) or fnmatch(one.id, asked.only)
    ]
    if asked.list:
        print(*chosen, sep="\n")
        return
    results = Results(asked.results)
    control = Control.taken(
        asked.results.with_suffix(f".{asked.load}.json"), origin, asked.load, asked.workers, asked.without
    )
    for one in chosen:
        known = results.found.get(one.id, {}).get("how")
        if known is None or (asked.again and known == "survived"):
            line = attempt(one, origin, asked.load, asked.workers, control, results.caught_by())
            results.add(line)
            print(f"{line['how']:<9} {line['seconds']:>6} s  {one}  {line['by']}", flush=True)
    print(f"sample {asked.sample}, seed {asked.seed}, {asked.load}: {len(equivalents())} annotated as equivalent")
    print(*table(chosen, results), sep="\n")


if __name__ == "__main__":
    main()
