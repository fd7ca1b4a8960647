"""The source of functions and classes: where it is, and which text is that of the code that runs."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, Final, TypeAlias

from .syntax import canonical, function_in, lambda_in

Files: TypeAlias = Mapping[str, list[str]]  # the lines of files, by name
FILES = 8  # whose trees are kept, since several operations of a file may be hashed
LAMBDA: Final = "<lambda>"
SHARED: Final = frozenset({"<string>", "<stdin>"})  # names of many texts, of which Python 3.13 keeps one


def file_of(function: FunctionType) -> Files:
    """The lines of the file that defines a function, under whatever decorators, as they are now."""
    inner = inspect.unwrap(function)
    if not isinstance(inner, FunctionType):
        return {}
    return {inner.__code__.co_filename: _read(inner.__code__.co_filename, inner.__globals__)}


def _read(name: str, names: dict[str, Any]) -> list[str]:
    spec = names.get("__spec__")
    if spec is not None:  # a zipped script has another name in a worker process than the one it is found by
        names = {"__name__": spec.name, "__loader__": names.get("__loader__"), "__spec__": spec}
    linecache.checkcache(name)
    return linecache.getlines(name, names)


class Sources:
    """Finds sources; `imported` are files as they were when they were imported.

    Where such a file has been edited since, most of what runs is from before, but a session may have taken over some
    of what is new. A function has the source whose code it has, a class only one that both agree on.
    """

    def __init__(self, imported: Files) -> None:
        self._imported = imported
        self._codes_in = functools.cache(_codes_in)

    def of_function(self, function: FunctionType) -> str | None:
        """The source of a function in a canonical form, or None where there is none.

        `inspect.getsource` would first look for its module among all there are, by the real path of each: half of
        the time that a small sweep takes in a new process.
        """
        code = function.__code__
        versions = self._versions(code.co_filename, function.__globals__)
        if len(versions) > 1:
            codes = {tuple(lines): self._codes_in("".join(lines), code.co_filename) for lines in versions}
            agreeing = [lines for lines in versions if code in codes[tuple(lines)]]
            versions = agreeing or [lines for lines in versions[:1] if _stands_for(code, codes[tuple(lines)])]
        try:
            found = _definition(versions[0], code) if versions else None
            return None if found is None else canonical(found)
        except (SyntaxError, RecursionError):
            return None

    def of_class(self, cls: type) -> str | None:
        """The source of a class in a canonical form, or None where there is none."""
        module = sys.modules.get(cls.__module__)
        name = getattr(module, "__file__", None)
        if name is None:
            return None
        versions = [_classes_in("".join(lines)) for lines in self._versions(name, vars(module))]
        texts = {canonical(classes[cls.__qualname__]) for classes in versions if cls.__qualname__ in classes}
        return texts.pop() if len(texts) == 1 else None

    def _versions(self, name: str, names: dict[str, Any]) -> list[list[str]]:
        """What a file was when it was imported and what it is now, if these differ."""
        now = [] if name in SHARED else _read(name, names)
        imported = self._imported.get(name) or now
        return [imported] if now == imported or not now else [imported, now]


def _stands_for(code: CodeType, codes: Iterable[CodeType]) -> bool:
    """Whether a text has code of that name on that line, as where pytest has rewritten what it imported."""
    return any((one.co_name, one.co_firstlineno) == (code.co_name, code.co_firstlineno) for one in codes)


def _codes_in(text: str, name: str) -> frozenset[CodeType]:
    """The code of every function in a text."""
    try:
        waiting = [compile(text, name, "exec", dont_inherit=True)]
    except SyntaxError:
        return frozenset()
    found = []
    while waiting:
        found.append(waiting.pop())
        waiting.extend(item for item in found[-1].co_consts if isinstance(item, CodeType))
    return frozenset(found)


def _definition(lines: list[str], code: CodeType) -> ast.AST | None:
    """What defines a function in the lines of its file."""
    if code.co_name == LAMBDA:
        return lambda_in(_tree("".join(lines)), code)
    block = inspect.getblock(lines[code.co_firstlineno - 1 :]) if lines[code.co_firstlineno - 1 :] else []
    return function_in(ast.parse(textwrap.dedent("".join(block))), code)


@functools.lru_cache(FILES)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


@functools.lru_cache(FILES)
def _classes_in(text: str) -> dict[str, ast.ClassDef]:
    """Every class in a text, by qualified name; of several the first, as `inspect.getsource` has it."""
    try:
        found = list(_classes(_tree(text)))
    except SyntaxError:
        return {}
    return dict(reversed(found))


def _classes(node: ast.AST, place: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes below a node, by qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield place + child.name, child
            yield from _classes(child, f"{place}{child.name}.")
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _classes(child, f"{place}{child.name}.<locals>.")
        elif isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case)):
            yield from _classes(child, place)
