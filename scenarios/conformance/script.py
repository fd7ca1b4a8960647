"""A break as a script that repeats it with the metalab under test alone, and exits with 1 while it exists."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pytest_optbench.target import Target

from . import alone, observers
from .differences import Difference
from .program import MODULE, Delete, Program, Step, definitions, imported, with_imports

HEAD = '''"""Repeat one break of {metalab}, with nothing but {metalab}: python THIS_FILE

The run, and what is looked at: {run}, {aspect}
expected: {expected}
found:    {found}
"""
'''
IMPORT = """
def module_of(number):
    folder = Path(tempfile.mkdtemp())
    (folder / "{module}.py").write_text(MODULES[number], encoding="utf-8")
    sys.path.insert(0, str(folder))
    sys.modules.pop("{module}", None)
    return importlib.import_module("{module}")

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
    seen = sweep(metalab, module_of({code}).sweep_{number}(), store, {kind!r}, {workers}, {resume}, OFFERS)
    look({number}, {observer}(seen), observed)
"""
DELETE = "    delete(metalab, store, seen.experiment, {number})\n"


def script(
    program: Program, difference: Difference, observer: Callable[..., Any], target: Target, offers: Collection[str]
) -> str:
    """Return the text of the script."""
    fitting = program.fitting(target.generation)
    modules = [
        fitting.module(number, target.name, target.generation, alone_with_it=True)
        for number in range(len(fitting.codes))
    ]
    key = (difference.step, difference.run, difference.aspect)
    deletes = any(isinstance(step, Delete) for step in fitting.steps)
    text = "\n\n".join(
        [
            f"ENDINGS = {observers.ENDINGS}\nREADING, SCRATCH = {observers.READING!r}, {alone.SCRATCH!r}",
            f"OFFERS = {sorted(offers)}",
            "MODULES = [\n" + "".join(f"    {quoted(text)},\n" for text in modules) + "]",
            definitions(["sweep", "look", "labelled", observer.__name__, *(["delete"] if deletes else [])]),
            IMPORT.format(module=MODULE),
            MAIN.format(
                steps="".join(step_of(number, step, observer.__name__) for number, step in enumerate(fitting.steps)),
                key=key,
                expected=difference.expected,
            ),
        ]
    )
    head = HEAD.format(
        metalab=target.name,
        run=difference.run,
        aspect=difference.aspect,
        expected=ascii(difference.expected)[:300],
        found=ascii(difference.found)[:300],
    )
    return f"{head}\n{with_imports(text, imported(target.name))}"


def quoted(text: str) -> str:
    """Return a text as a readable Python literal."""
    return repr(text) if "'''" in text or text.endswith("'") else f"r'''{text}'''"


def step_of(number: int, step: Step, observer: str) -> str:
    """Return the lines of one step."""
    if isinstance(step, Delete):
        return DELETE.format(number=step.number)
    return STEP.format(
        code=step.code, number=number, kind=step.kind, workers=step.workers, resume=step.resume, observer=observer
    )
