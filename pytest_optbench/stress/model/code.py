"""The code of an operation: a run of other code is another run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def code_of(function: Any) -> str:
    """Return the definition of a function and of everything that it uses from its module, recursively.

    Comments, layout, the position in the file and unused definitions are no part of it, nor are texts,
    which often hold paths.
    """
    module = ast.parse(Path(function.__code__.co_filename).read_text(encoding="utf-8"))
    defined = dict(_definitions(module))
    reached, waiting = dict[str, str](), [function.__name__]
    while waiting:
        name = waiting.pop()
        if name in defined and name not in reached:
            reached[name] = ast.dump(defined[name])
            waiting += [node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)]
    return "\n".join(reached[name] for name in sorted(reached))


def _definitions(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the definition of each name of a module; of several definitions the last counts."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign) and not _is_text(node.value):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
