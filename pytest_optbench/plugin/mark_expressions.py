"""Find the names that a mark expression (`-m`) asks for, as opposed to those that it excludes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

WORD = re.compile(r"[\w:+\-.\[\]\\/]+")  # one name, by the rules of pytest
OPERATORS = frozenset({"and", "or", "not"})


def names_asked(expression: str) -> frozenset[str]:
    """Return the marks that an expression asks for: those that it names outside of any `not`.

    `medium or not slow` asks for `medium`; `not slow` and `not (light or heavy)` ask for nothing. An expression that
    pytest will refuse asks for nothing either.
    """
    words: list[str] = []

    def placeholder(match: re.Match[str]) -> str:
        if match[0] in OPERATORS:
            return match[0]
        words.append(match[0])
        return f"_{len(words) - 1}"

    try:
        tree = ast.parse(WORD.sub(placeholder, expression).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(words[int(name[1:])] for name in _positive(tree.body, negated=False))


def _positive(node: ast.expr, *, negated: bool) -> Iterator[str]:
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _positive(part, negated=negated)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield from _positive(inner, negated=not negated)
        case ast.Call(func=ast.Name(id=name)) | ast.Name(id=name) if not negated:
            yield name
        case _:
            return
