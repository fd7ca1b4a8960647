"""How much of an installed metalab does the suite enter?

`python tests/benchmarks/covered.py METALAB`, with the interpreter that has METALAB installed, runs the light suite
against it and prints, for each module, how many lines of function bodies were executed, in workers and child processes
too, and which public functions nothing called. An interpreter without the plugin finds it by `PYTHONPATH=$PWD`.

    --of PATTERN         these modules alone, as '*slurm*'; may be repeated
    --aside PATTERN      modules that the suite does not drive, as 'cli/*'; may be repeated
    --options OPTIONS    more options of the session, as '--optbench-only resume'
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import os
import shlex
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[2]
RECORDER = Path(__file__).with_name("recorder")
ASIDE = ("services/*", "cli/*", "cli.py", "atlas/*", "*postgres*", "*slurm*", "*config.py", "environment/*")
SECONDS = 3600.0  # against a hang
Lines = Mapping[str, Mapping[int, frozenset[str]]]  # which parts execute each line of a file


@dataclass(frozen=True)
class Function:
    """A function of a module, with the lines of its body."""

    module: str
    name: str
    lines: frozenset[int]

    @property
    def is_public(self) -> bool:
        """Whether users may call it: no name of its path has an underscore, and it is not inside another function."""
        return not any(name.startswith(("_", "<")) for name in self.name.split("."))


def functions_of(module: str, source: str) -> Iterator[Function]:
    """Yield the functions of a module, nested ones as well, except for stubs, which have nothing to execute."""
    stubs = set(stubs_of(source))
    todo = [compile(source, module, "exec", dont_inherit=True)]
    while todo:
        code = todo.pop()
        inner = [one for one in code.co_consts if isinstance(one, CodeType)]
        todo += [one for one in inner if not is_inline(one)]
        if code.co_flags & inspect.CO_OPTIMIZED and code.co_firstlineno not in stubs:
            yield Function(module, code.co_qualname, body_of(code))


def stubs_of(source: str) -> Iterator[int]:
    """Yield the first lines of the functions that consist of text, `...` and `pass`, as those of protocols."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            empty = (
                isinstance(one, ast.Pass) or isinstance(getattr(one, "value", None), ast.Constant) for one in node.body
            )
            if all(empty) and not any(isinstance(one, ast.Return) for one in node.body):
                yield min(one.lineno for one in (node, *node.decorator_list))


def is_inline(code: CodeType) -> bool:
    """Return whether this is the code of a lambda or a comprehension: a part of the function around it."""
    return code.co_name.startswith("<")


def body_of(code: CodeType) -> frozenset[int]:
    """Return the lines of a function below its head."""
    lines = [line for _, _, line in code.co_lines() if line]
    inner = [
        body_of(one) | {one.co_firstlineno} for one in code.co_consts if isinstance(one, CodeType) and is_inline(one)
    ]
    return frozenset(lines).union(*inner) - {code.co_firstlineno, lines[0]}


def recorded(package: Path, command: list[str], folder: Path, environment: Mapping[str, str]) -> Lines:
    """Run a session of pytest in a folder, and return which lines of the package each of its parts executes.

    Raises:
        SystemExit: it executed none.
    """
    with tempfile.TemporaryDirectory() as temporary:
        record = Path(temporary, "lines")
        record.touch()
        path = os.pathsep.join(filter(None, (environment.get("PYTHONPATH"), str(RECORDER))))
        watched = {"PYTHONPATH": path, "ENTERED_PACKAGE": str(package), "ENTERED_RECORD": str(record)}
        subprocess.run(
            [*command, "-p", "part_starts"], cwd=folder, env={**environment, **watched}, stdin=subprocess.DEVNULL,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        found = lines_in(record)
    if not found:
        sys.exit(f"The session executed no line of {package}: see above why.")
    return found


def lines_in(record: Path) -> Lines:
    """Return what the recorder appended to a file."""
    found: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    with record.open() as lines:
        for line in lines:
            part, file, number = line.rstrip("\n").split("\t")
            found[file][int(number)].add(part)
    return {file: {line: frozenset(parts) for line, parts in of_file.items()} for file, of_file in found.items()}


def session(metalab: str, options: list[str]) -> list[str]:
    """Return the command of a light session against a metalab."""
    installed = any(point.value == "pytest_optbench.plugin" for point in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "pytest_optbench.plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin]
    return [*command, "--optbench", "-m", "light", "--metalab", metalab, "-n", "2", *options]


def report(package: Path, lines: Lines, of: tuple[str, ...], aside: tuple[str, ...]) -> Iterator[str]:
    """Yield the share of each of these modules, that of the whole, and the public functions that nothing calls."""
    uncalled, rows, whole = [], [], [0, 0, 0, 0]
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).as_posix()
        functions = list(functions_of(module, path.read_text()))
        if not any(fnmatch(module, pattern) for pattern in of):
            continue
        if not functions or any(fnmatch(module, pattern) for pattern in aside):
            continue
        executed = frozenset(lines.get(str(path), ()))
        entered = [one for one in functions if one.lines & executed]
        body = frozenset[int]().union(*(one.lines for one in functions))
        counts = len(body & executed), len(body), len(entered), len(functions)
        whole = [before + more for before, more in zip(whole, counts, strict=True)]
        rows.append(row(module, *counts))
        uncalled += [one for one in functions if one.is_public and one not in entered]
    yield from (*rows, row("all", *whole), f"{len(uncalled)} public functions that nothing calls:")
    yield from sorted(f"  {one.module}: {one.name}" for one in uncalled)


def row(module: str, executed: int, lines: int, entered: int, functions: int) -> str:
    """Return one line of the table."""
    share = f"{100 * executed / max(1, lines):.1f} %"
    return f"{module:<36} {executed:>5} of {lines:>5} lines {share:>8}, {entered:>4} of {functions:>4} functions"


def package_of(metalab: str) -> Path:
    """Return the folder of an installed package.

    Raises:
        SystemExit: there is none.
    """
    found = importlib.util.find_spec(metalab)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{metalab} is no package that {sys.executable} can import: run this with its interpreter")
    return Path(found.submodule_search_locations[0]).resolve()


def main() -> None:
    """Run the session, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metalab", help="an installed package, by name")
    parser.add_argument("--aside", action="append", default=[*ASIDE], metavar="PATTERN")
    parser.add_argument("--options", default="", help="more options of the session")
    parser.add_argument("--of", action="append", metavar="PATTERN")
    asked = parser.parse_args()
    package = package_of(asked.metalab)
    lines = recorded(package, session(asked.metalab, shlex.split(asked.options)), ROOT, os.environ)
    print(*report(package, lines, tuple(asked.of or ["*"]), () if asked.of else tuple(asked.aside)), sep="\n")


if __name__ == "__main__":
    main()
