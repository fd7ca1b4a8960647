"""Reductions of a program to the part that a difference needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .program import Delete, Program, Step, Sweep

PLAINER = ("replicates", "base", "context", "resolver", "tags", "metadata", "description", "kind", "workers")


def without_a_part(program: Program) -> Iterator[Program]:
    """Yield the program with a part left out or simplified, the largest parts first."""
    for at in range(len(program.steps)):
        steps = program.steps[:at] + program.steps[at + 1 :]
        if steps and isinstance(steps[0], Sweep):
            yield replace(program, steps=steps)
    for at, code in enumerate(program.codes):
        for body in shorter(code.body):
            yield replace(program, codes=(*program.codes[:at], replace(code, body=body), *program.codes[at + 1 :]))
    for at, step in enumerate(program.steps):
        for plainer in plainer_steps(step):
            yield replace(program, steps=(*program.steps[:at], plainer, *program.steps[at + 1 :]))


def without(program: Program, part: Program) -> Program:
    """Return a program without the lines of a part of it, and with default options where the part has others."""
    lines = {line for code in part.codes for line in code.body}
    codes = tuple(replace(code, body=tuple(line for line in code.body if line not in lines)) for code in program.codes)
    plain, odd = Sweep(), [step for step in part.steps if isinstance(step, Sweep)]
    changed = {name for step in odd for name in PLAINER if getattr(step, name) != getattr(plain, name)}
    steps = (
        replace(step, **{name: getattr(plain, name) for name in changed}) if isinstance(step, Sweep) else step
        for step in program.steps
    )
    rest = replace(program, codes=codes, steps=tuple(steps))
    return rest if rest.runs() else program


def shorter(lines: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield a tuple without each of its halves, quarters, and so on down to single items."""
    size = len(lines)
    while size > 0:
        size = max(1, size // 2)
        for at in range(0, len(lines), size):
            yield lines[:at] + lines[at + size :]
        if size == 1:
            return


def plainer_steps(step: Step) -> Iterator[Step]:
    if isinstance(step, Delete):
        return
    if step.rows and not step.source:
        yield from (replace(step, rows=rows) for rows in shorter(step.rows) if rows)
    plain = Sweep()
    for field in PLAINER:
        if getattr(step, field) != getattr(plain, field):
            yield replace(step, **{field: getattr(plain, field)})
