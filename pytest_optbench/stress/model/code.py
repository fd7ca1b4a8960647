"""The code of an operation: a run of other code is another run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def code_of(function: Any) -> str:
    """The definition of a function and, of its module, all that it names, and so on.

    Comments, layout, the place in the file and what the function does not use are no part of it; neither are texts,
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
    """What each name of a module stands for; of several definitions the last."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign) and not _is_text(node.value):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
