"""What the command line alone can show to be wrong: numbers out of bounds, files and folders that cannot be written.

Every message begins with the option's name. What is tried in the file system leaves nothing behind.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pytest_optbench.errors import InvalidInputError, OptbenchError
from pytest_optbench.report.writing import check_writable

YEAR = 31_536_000.0


def refuse_unless(condition: object, message: str) -> None:
    """Refuse the input with a message, unless a condition holds.

    Raises:
        InvalidInputError: it does not hold.
    """
    if not condition:
        raise InvalidInputError(message)


@contextmanager
def about(option: str) -> Iterator[None]:
    """Put the option's name before whatever is refused in this block."""
    try:
        yield
    except OptbenchError as error:
        raise InvalidInputError(f"{option}: {error}") from None


def bounded(option: str, value: Any, most: float) -> Any:
    """Return a number above 0 and of at most `most`.

    Raises:
        InvalidInputError: it is not, or is no number.
    """
    refuse_unless(value > 0, f"{option} {value}: give a number above 0")
    refuse_unless(value <= most, f"{option} {value}: give at most {most:,.0f}")
    return value


def text(option: str, value: str | None) -> str | None:
    """A text that says something and can be written into a report; None where it was not given.

    Raises:
        InvalidInputError: it is empty, or is no UTF-8.
    """
    if value is None:
        return None
    refuse_unless(value.strip(), f"{option}: the value is empty; give one, or leave the option out")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{option} {value!a}: not UTF-8; give it another name") from None
    refuse_unless("\0" not in value, f"{option} {value!a}: a zero byte is in it")
    return value


def check_sweeps(given: Mapping[str, Any]) -> None:
    """Refuse sweeps that exclude each other, and options of a sweep that was not asked for.

    Raises:
        InvalidInputError: it names both options.
    """
    targeted, random = given["targeted"], given["random"]
    refuse_unless(random or given["trials"] is None, "--optbench-trials needs --optbench-random")
    refuse_unless(
        not (targeted and random),
        "--optbench-targeted and --optbench-random are two different sweeps: ask for one at a time",
    )
    refuse_unless(
        targeted or random or given["replicates"] is None,
        "--optbench-replicates needs --optbench-targeted or --optbench-random",
    )
    refuse_unless(given["versus"] or given["rounds"] is None, "--optbench-rounds needs --optbench-versus")


def check_store(locator: str) -> None:
    """Refuse a store folder that cannot be one; a locator with a scheme is for the target to judge.

    A folder that may only be read is fine where something is in it: a sweep that is finished is read from there.

    Raises:
        InvalidInputError: a file, a link to nowhere, a folder that cannot be read, made or written.
    """
    if "://" in locator:
        return
    option, folder = f"--optbench-store {locator}", Path(locator)
    with _system(option):
        if os.path.lexists(folder):
            refuse_unless(folder.exists(), f"{option}: that is a link to nowhere")
            refuse_unless(folder.is_dir(), f"{option}: that is a file; name a folder, or one that does not exist yet")
            if next(folder.iterdir(), None) is None:
                _try_writing(folder)
        else:
            _try_making(folder)


def check_reports(paths: Mapping[str, Path | None]) -> None:
    """Refuse reports, by their options, that share a file or could not be written at the end.

    Raises:
        InvalidInputError: it names the option.
    """
    given = {option: path for option, path in paths.items() if path is not None}
    refuse_unless(
        len(set(given.values())) == len(given),
        f"{' and '.join(given)} name one file, {next(iter(given.values()), '')}: give each its own",
    )
    for option, path in given.items():
        check_report(option, path)


def check_report(option: str, path: Path) -> None:
    """Refuse a report that could not be written at the end; a pipe or a device is taken as it is.

    Raises:
        InvalidInputError: no such folder, a folder, a link to nowhere, or a place that cannot be written.
    """
    try:
        check_writable(path)
    except InvalidInputError as error:
        raise InvalidInputError(f"{option} {error}") from None


def check_html(path: Path | None) -> None:
    """Refuse a page where the libraries that draw it are missing.

    Raises:
        InvalidInputError: it says how to install them.
    """
    missing = [name for name in ("jinja2", "matplotlib") if path is not None and find_spec(name) is None]
    refuse_unless(not missing, f"--optbench-html needs {' and '.join(missing)}: pip install 'pytest-optbench[html]'")


def check_baseline_folder(option: str, path: Path) -> None:
    """Refuse a baseline that could not be saved at the end; its folder need not be there yet.

    Raises:
        InvalidInputError: something else has its name, or its folder cannot be made or written.
    """
    if os.path.lexists(path.parent):
        check_report(option, path)
        return
    with _system(f"{option} {path}"):
        _try_making(path.parent)


@contextmanager
def _system(option: str) -> Iterator[None]:
    """What the system refuses is refused by the option's name."""
    try:
        yield
    except OSError as error:
        raise InvalidInputError(f"{option}: cannot be used ({error.strerror or error})") from None


def _try_writing(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _try_making(folder: Path) -> None:
    """Make the first missing folder of the path, and remove it again."""
    missing = folder
    while not os.path.lexists(missing.parent):
        missing = missing.parent
    missing.mkdir()
    missing.rmdir()
