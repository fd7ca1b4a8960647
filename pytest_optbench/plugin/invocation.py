"""The invocation of pytest: its folder, its root, and the arguments that start it there again."""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

STARTED = "optbench_started"  # key of the data that the controller passes to workers on its machine
Root = tuple[Path, Path | None]


@dataclass(frozen=True)
class Invocation:
    """The start of a session: `folder` is where it began, `root` and `ini` are those that pytest found from there.

    `layout` are the arguments that decide this and the loaded plugins; `module` means that it was started as
    `python -m pytest`, which can import modules from `folder`.
    """

    folder: Path
    root: Path
    ini: Path | None
    layout: tuple[str, ...] = ()
    module: bool = False

    @classmethod
    def of(cls, config: pytest.Config) -> Invocation:
        """Return the invocation of this session; a worker has the folder of its controller."""
        given: Mapping[str, Any] = getattr(config, "workerinput", {})
        folder, module = given.get(STARTED) or (str(config.invocation_params.dir), _is_module(sys.argv[0]))
        arguments = [str(argument) for argument in config.invocation_params.args]
        return cls(Path(folder), config.rootpath, config.inipath, tuple(_layout(arguments)), module)

    def for_workers(self) -> list[object]:
        """Return the data that a worker on the same machine needs."""
        return [str(self.folder), self.module]

    def absolute(self, path: str) -> str:
        """Return a path of the command line as absolute, even if the working folder has changed."""
        return str(self.folder / os.path.expanduser(path))  # noqa: PTH111 - an unknown ~user stays as it is

    def shown(self, path: str | Path) -> str:
        """Return a path in its shortest form in the folder where the session began."""
        whole = Path(path)
        return str(whole.relative_to(self.folder)) if whole.is_relative_to(self.folder) else str(path)

    def program(self, target_file: str) -> list[str]:
        """Return the command that starts pytest, with `python -m` if the session's folder is needed for imports."""
        local = Path(target_file).is_relative_to(self.folder) or "-p" in self.layout
        return ["python", "-m", "pytest"] if self.module and local else ["pytest"]

    def arguments_for(self, path: Path) -> list[str]:
        """Return the arguments with which pytest, given only `path`, has the same root, configuration and plugins."""
        options = _parser().parse_known_args(self.layout)[0]
        ini = next((self.absolute(path) for path in options.inifilename), None)
        root = next((self.absolute(path) for path in options.rootdir), None)
        arguments = list(self.layout)
        if _root([str(path)], self.folder, ini, root)[1] != self.ini:
            ini = str(self.ini or os.devnull)  # an empty file means no configuration
            arguments += ["-c", self.shown(ini)]
        if _root([str(path)], self.folder, ini, root)[0] != self.root:
            arguments.append(f"--rootdir={self.shown(self.root)}")
        return arguments


def xdist_workers(config: pytest.Config) -> int:
    """Return the number of xdist workers of the session, 0 without xdist."""
    workerinput: Mapping[str, Any] = getattr(config, "workerinput", {})
    asked = workerinput.get("workercount") or config.getoption("numprocesses", None) or 0
    return int(asked)


def refuse_moved_root(config: pytest.Config, arguments: Sequence[str], options: Mapping[str, int]) -> None:
    """Refuse the value of one of our options that pytest took for a test path when it searched its root.

    That happens if the value is an existing path after a blank, because pytest searches its root before it knows the
    options of a plugin. `options` has the number of values of each option.

    Raises:
        pytest.UsageError: the root would be another one without the value.
    """
    known = config.known_args_namespace
    named = list(known.file_or_dir)
    folder = config.invocation_params.dir

    def found(values: Sequence[str]) -> Root:
        return _root([*named, *values], folder, known.inifilename, known.rootdir or None)

    for option, values in _written_with_a_blank(arguments, options):
        here, moved = found([]), found(values)
        if here != moved and (config.rootpath, config.inipath) == moved:
            better = f"{option}={values[0]}" if len(values) == 1 else f"--rootdir={here[0]} as well"
            raise pytest.UsageError(
                f"{option} {' '.join(values)}: pytest takes this for a path to test and {moved[0]} for its root; "
                f"write {better}"
            )


def _written_with_a_blank(arguments: Sequence[str], options: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    for place, argument in enumerate(arguments):
        if options.get(argument):
            yield argument, list(arguments[place + 1 : place + 1 + options[argument]])


def _root(arguments: Sequence[str], folder: Path, ini: str | None, root: str | None) -> Root:
    """Return the root and the configuration file that pytest uses for these paths to test."""
    from _pytest.config.findpaths import determine_setup

    given = {
        "inifile": ini, "override_ini": None, "args": arguments, "rootdir_cmd_arg": root, "invocation_dir": folder,
    }  # fmt: skip
    taken = inspect.signature(determine_setup).parameters  # `override_ini` is newer than pytest 8.2
    found = determine_setup(**{name: value for name, value in given.items() if name in taken})  # type: ignore[arg-type]
    return found[0], found[1]


def _is_module(program: str) -> bool:
    return Path(program).stem not in ("pytest", "py.test")


def _parser() -> argparse.ArgumentParser:
    """Return a parser of the options of pytest that decide its root, configuration, plugins and imports."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-c", "--config-file", dest="inifilename", action="append", default=[])
    parser.add_argument("--rootdir", action="append", default=[])
    parser.add_argument("-o", "--override-ini", dest="override", action="append", default=[])
    parser.add_argument("-p", dest="plugins", action="append", default=[])
    parser.add_argument("--import-mode", action="append", default=[])
    parser.add_argument("--confcutdir", action="append", default=[])
    return parser


def _layout(arguments: Sequence[str]) -> Iterator[str]:
    """Yield these arguments in a short form, without disabled plugins, which do not affect a single item."""
    try:
        given = _parser().parse_known_args(arguments)[0]
    except argparse.ArgumentError:
        return
    for plugin in dict.fromkeys(given.plugins):
        if not plugin.strip().startswith("no:"):
            yield from ("-p", plugin)
    for ini in given.inifilename[-1:]:
        yield from ("-c", ini)
    for option, values in (("--rootdir", given.rootdir), ("--confcutdir", given.confcutdir)):
        yield from (f"{option}={value}" for value in values[-1:])
    for value in given.override:
        yield from ("-o", value)
    yield from (f"--import-mode={mode}" for mode in given.import_mode[-1:])
