"""A break as a file that repeats it with the metalab under test alone: it ends with 1 while the break is there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pytest_optbench.target import Target

from .differences import Difference
from .program import IMPORTS, USED_BY_OPERATIONS, Delete, Program, definitions, imported

HEAD = '''"""Repeat one break of {metalab}, with nothing but {metalab}: python THIS_FILE

The run, and what is looked at: {run}, {aspect}
expected: {expected}
found:    {found}
"""
'''
IMPORT = """
def module_of(number):
    folder = Path(tempfile.mkdtemp())
    (folder / "experiment.py").write_text(MODULES[number], encoding="utf-8")
    sys.path.insert(0, str(folder))
    sys.modules.pop("experiment", None)
    return importlib.import_module("experiment")

"""
MAIN = """
def main():
    os.environ["CONFORMANCE_NOTES"] = str(Path(tempfile.mkdtemp()) / "notes")
    store = str(Path(tempfile.mkdtemp()) / "store")
    observed = {{}}
{steps}
    found = labelled(observed).get({key!r}, "")
    print("expected:", {expected!r})
    print("found:   ", found)
    return 1 if found != {expected!r} else 0


if __name__ == "__main__":
    sys.exit(main())
"""
STEP = """\
    module = module_of({code})
    seen = sweep({metalab}, module.sweep_{number}(), store, {kind!r}, {workers}, {resume}, {offers})
    for run, aspect, text in {observer}(seen):
        key = {number}, run, aspect
        observed[key] = "\\n".join(sorted((observed[key], text))) if key in observed else text
"""
DELETE = "    delete({metalab}, store, seen.experiment, {number})\n"


def script(
    program: Program, difference: Difference, observer: Callable[..., Any], target: Target, offers: Collection[str]
) -> str:
    """The text of the file."""
    steps = "".join(
        DELETE.format(metalab="metalab", number=step.number)
        if isinstance(step, Delete)
        else STEP.format(
            code=step.code, number=number, metalab="metalab", kind=step.kind, workers=step.workers,
            resume=step.resume, offers=sorted(offers), observer=observer.__name__,
        )
        for number, step in enumerate(program.steps)
    )  # fmt: skip
    fitting = program.fitting(target.generation)
    modules = [
        fitting.module(number, target.name, target.generation, definitions(USED_BY_OPERATIONS))
        for number in range(len(program.codes))
    ]
    key = (difference.step, difference.run, difference.aspect)
    texts = "".join(
        f"MODULES.append({text!r})\n" if "'''" in text else f"MODULES.append(r'''\n{text}''')\n" for text in modules
    )
    return "".join(
        [
            HEAD.format(
                metalab=target.name, run=difference.run, aspect=difference.aspect,
                expected=ascii(difference.expected)[:300], found=ascii(difference.found)[:300],
            ),
            IMPORTS,
            f"import importlib\n{imported(target.name)}\n",
            '\nENDINGS = ("run_finished", "run_failed", "run_skipped")\nMODULES = []\n',
            texts,
            IMPORT,
            definitions(["sweep", "delete", "labelled", observer.__name__]),
            MAIN.format(steps=steps, key=key, expected=difference.expected),
        ]
    )  # fmt: skip
