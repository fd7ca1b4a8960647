"""Search histories of the metalab that $OPTBENCH_METALAB names, without pytest; prints the result as JSON.

python histories_of.py EXAMPLES SECONDS SEED
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from pytest_optbench.drive.sweep_context import SweepContext
from pytest_optbench.stress.measure.falsify import falsify
from pytest_optbench.target import RunOptions, load_target
from scenarios.resume.history import Broken, Uninterrupted, context_below, history_in
from scenarios.resume.steps import Step, script_of, steps


def search(folder: Path, examples: int, seconds: float, seed: int) -> dict[str, object]:
    """Search in a folder."""
    target = load_target()
    place = folder / "histories"
    ctx = SweepContext(target, RunOptions(str(place / "store")), place / "witness.jsonl", "histories")
    model = Uninterrupted(context_below(ctx, folder / "uninterrupted"))

    def broken_by(taken: list[Step]) -> str:
        history = history_in(ctx, folder / "script.json", model)
        try:
            for step in taken:
                history.take(step.name, step.number)
            history.complete()
        except Broken as broken:
            return str(broken)
        finally:
            shutil.rmtree(history.folder, ignore_errors=True)
        return ""

    found = falsify(
        steps(target.features),
        broken_by,
        examples=examples,
        seconds=seconds,
        database=folder / "examples",
        name="histories",
        seed=seed,
    )
    script = "" if found.smallest is None else script_of(target.name, found.smallest)
    return {
        "held": found.held,
        "tried": found.tried,
        "steps": [step.name for step in found.smallest or ()],
        "message": found.message,
        "script": script,
    }


if __name__ == "__main__":
    number, most, seed = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(search(Path(folder), int(number), float(most), int(seed))))
