"""Small defects to plant into source text, by operators on its syntax tree.

Text for people is left alone: docstrings, annotations, f-strings, strings with blanks, and whatever is raised. So are
decorators, `__all__` and blocks under `TYPE_CHECKING`, in which a change alters nothing that runs. Arguments that
cannot be confused, as those of `isinstance`, are not swapped: that raises wherever it is executed.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
NOTHING_RUNS = {"__all__", "__slots__"}
OF_TYPES = {"TypeVar", "ParamSpec", "cast", "NewType", "Literal"}
UNLIKE_ARGUMENTS = {"isinstance", "issubclass", "getattr", "hasattr", "setattr", "map", "filter", "zip"}
LARGE = 100  # a number that is larger is a size or a limit: one more makes no difference
Change = tuple[str, ast.AST, str]  # the operator, the node that is replaced, the text in its place


@dataclass(frozen=True)
class Mutant:
    """One defect: in which module and function it is, and which text becomes which."""

    module: str
    function: str
    line: int
    operator: str
    before: str
    after: str
    start: int  # in bytes of the source, as `end`
    end: int
    ordinal: int = 0  # among equal changes of one function

    @cached_property
    def id(self) -> str:
        """A name that does not depend on what is elsewhere in the module."""
        parts = (self.module, self.function, self.operator, self.before, self.after, str(self.ordinal))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]

    def rank(self, seed: int) -> str:
        """Its place in the sample of this seed, whichever other mutants there are."""
        return hashlib.sha256(f"{seed} {self.id}".encode()).hexdigest()

    def plant(self, source: bytes) -> bytes:
        """The source with the defect in it."""
        return source[: self.start] + self.after.encode() + source[self.end :]

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.id} {self.module}:{self.line} {self.function or '-'} [{self.operator}] {before} -> {after}"


def mutants_of(module: str, source: bytes) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its text."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    seen: Counter[Mutant] = Counter()
    for function, (operator, node, after) in _changes(ast.parse(source), ""):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        before = source[start:end].decode()
        mutant = Mutant(module, function, node.lineno, operator, before, after, start, end)  # type: ignore[attr-defined]
        alike = replace(mutant, line=0, start=0, end=0)
        yield replace(mutant, ordinal=seen[alike])
        seen[alike] += 1


def _changes(node: ast.AST, function: str) -> Iterator[tuple[str, Change]]:
    """Yield the changes of a node and of everything in it, each with the function that it is in."""
    if _is_inert(node):
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}" if function else node.name
    for operator in OPERATORS:
        for change in operator(node):
            yield function, change
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _changes(child, function)


def _is_inert(node: ast.AST) -> bool:
    """Whether a change in this node alters only what people or type checkers read."""
    match node:
        case ast.JoinedStr() | ast.Raise() | ast.Expr(value=ast.Constant()):
            return True
        case ast.keyword(arg="stacklevel"):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in NOTHING_RUNS
        case ast.Call(func=ast.Name(id=name)) | ast.Subscript(value=ast.Name(id=name)):
            return name in OF_TYPES
        case _:
            return False


def _comparisons(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            changed = [*node.ops[:index], COMPARISONS[type(operator)](), *node.ops[index + 1 :]]
            yield "comparison", node, _text(ast.Compare(node.left, changed, node.comparators))


def _conditions(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.BoolOp(op=operator, values=values):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield "condition", node, _text(ast.BoolOp(other, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "condition", node, _text(operand)


def _arithmetic(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool) and value <= LARGE:
            yield "off-by-one", node, str(value + 1)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in ARITHMETIC:
            yield "arithmetic", node, _text(ast.BinOp(left, ARITHMETIC[type(operator)](), right))


def _constants(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Constant(value=bool(value)):
            yield "constant", node, repr(not value)
        case ast.Constant(value=int(value)) if value > LARGE:
            yield "constant", node, str(value // 2)
        case ast.Constant(value=float(value)):
            yield "constant", node, repr(2 * value + 1)
        case ast.Constant(value=str(value)) if not any(map(str.isspace, value)):
            yield "constant", node, repr("x" + value)
        case ast.Constant(value=bytes(value)):
            yield "constant", node, repr(b"x" + value)


def _calls(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.Expr(value=ast.Call()):
            yield "dropped-call", node, "pass"
        case ast.Call(func=function, args=[first, second, *rest], keywords=keywords):
            starred = any(isinstance(argument, ast.Starred) for argument in (first, second))
            if not starred and ast.unparse(function) not in UNLIKE_ARGUMENTS and ast.dump(first) != ast.dump(second):
                yield "swapped-arguments", node, _text(ast.Call(function, [second, first, *rest], keywords))


def _branches(node: ast.AST) -> Iterator[Change]:
    match node:
        case ast.If(test=test, orelse=orelse):
            yield "removed-branch", test, "False"
            if orelse:
                yield "removed-branch", test, "True"
        case ast.IfExp(test=test):
            yield "removed-branch", test, "False"
            yield "removed-branch", test, "True"
        case ast.comprehension(ifs=conditions):
            for condition in conditions:
                yield "removed-branch", condition, "True"
        case ast.ExceptHandler(body=[first, *_]) if not isinstance(first, ast.Raise):
            yield "removed-branch", first, "raise"
        case ast.Try(finalbody=[first, *_]):
            yield "removed-branch", first, "pass"
        case ast.Break() | ast.Continue():
            yield "removed-branch", node, "pass"


def _text(node: ast.expr) -> str:
    """The text of an expression, in parentheses: it takes the place of one of any precedence."""
    return f"({ast.unparse(node)})"


OPERATORS = (_comparisons, _conditions, _arithmetic, _constants, _calls, _branches)
