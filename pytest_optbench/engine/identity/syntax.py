"""Code as text that is the same in every version of Python, whatever its layout, its comments and its place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, Final, TypeAlias

Span: TypeAlias = tuple[tuple[int, int], tuple[int, int]]  # line and column of the first character and after the last

_NO_MATTER: Final = frozenset({"ctx", "kind", "type_comment", "type_ignores"})  # follows from the rest, or is a comment


def canonical(node: ast.AST) -> str:
    """Return a text that stands for a syntax tree.

    Parts that are empty are left out, so that what a later Python adds to the tree changes nothing where it is not
    used. Literals are written in ASCII, since Python's table of characters that can be printed grows. The pieces of an
    f-string are joined where Python 3.11 and 3.12 divide them differently.
    """
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    parts = dict(ast.iter_fields(node))
    if isinstance(node, ast.JoinedStr):
        parts["values"] = list(_joined(node.values))
    if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
        parts["format_spec"] = node.format_spec if any(_joined(node.format_spec.values)) else None
    written = [
        f"{name}={_part(part)}" for name, part in parts.items() if name not in _NO_MATTER and part not in (None, [])
    ]
    return f"{type(node).__name__}({', '.join(written)})"


def function_in(tree: ast.Module, code: CodeType) -> ast.AST | None:
    """Return the function at the head of a tree; None if its name is not that of the code: the text is another's."""
    found = tree.body[0] if tree.body else None
    is_function = isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)) and found.name == code.co_name
    return found if is_function else None


def lambda_in(tree: ast.Module, code: CodeType) -> ast.AST | None:
    """Return the lambda that was compiled to that code; None if several may be it, or none is."""
    there = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno]
    places = list(_places(code))
    if places:  # which `python -X no_debug_ranges` does not keep
        there = [node for node in there if all(_holds(_span(node.body), place) for place in places)]
        there = [node for node in there if not any(_holds(_span(node.body), _span(other)) for other in there)]
    return there[0] if len({canonical(node) for node in there}) == 1 else None


def _part(part: Any) -> str:
    if isinstance(part, list):
        return f"[{', '.join(map(_part, part))}]"
    return canonical(part) if isinstance(part, ast.AST) else ascii(part)


def _constant(value: Any) -> str:
    return hex(value) if type(value) is int else ascii(value)  # a long one has no decimal text


def _joined(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Yield the pieces of an f-string: texts that follow one another as one, and none that is empty."""
    text = ""
    for value in values:
        if isinstance(value, ast.Constant):
            text += str(value.value)
            continue
        if text:
            yield ast.Constant(text)
        text = ""
        yield value
    if text:
        yield ast.Constant(text)


def _places(code: CodeType) -> Iterator[Span]:
    """Yield where the instructions of a code come from, as far as that was kept."""
    for line, last_line, column, end in code.co_positions():
        if line is not None and last_line is not None and column is not None and end is not None and end > 0:
            yield (line, column), (last_line, end)


def _span(node: ast.expr) -> Span:
    last = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return (node.lineno, node.col_offset), last


def _holds(outer: Span, inner: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
