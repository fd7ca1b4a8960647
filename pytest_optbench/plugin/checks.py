"""Checks of the command line: numbers out of bounds, files and folders that cannot be written.

Every message begins with the option's name. Checks of the file system leave nothing behind.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_optbench.errors import InvalidInputError, OptbenchError
from pytest_optbench.report import baseline
from pytest_optbench.report.gate import Rule
from pytest_optbench.report.writing import check_writable

YEAR = 31_536_000.0
CONNECT_SECONDS = 10.0


def refuse_unless(condition: object, message: str) -> None:
    """Refuse the input with a message, unless a condition holds.

    Raises:
        InvalidInputError: the condition does not hold.
    """
    if not condition:
        raise InvalidInputError(message)


@contextmanager
def about(option: str) -> Iterator[None]:
    """Put the option's name before the message of an error in this block."""
    try:
        yield
    except OptbenchError as error:
        raise InvalidInputError(f"{option}: {error}") from None


def bounded(option: str, value: Any, most: float) -> Any:
    """Return a number above 0 and of at most `most`.

    Raises:
        InvalidInputError: the number is not above 0, or larger.
    """
    refuse_unless(value > 0, f"{option} {value}: give a number above 0")
    refuse_unless(value <= most, f"{option} {value}: give at most {most:,.0f}")
    return value


def text(option: str, value: str | None) -> str | None:
    """Return a text that is not empty and can be written into a report; None if it was not given.

    Raises:
        InvalidInputError: the text is empty, or not UTF-8.
    """
    if value is None:
        return None
    refuse_unless(value.strip(), f"{option}: the value is empty; give one, or leave the option out")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{option} {value!a}: not UTF-8; give it another name") from None
    refuse_unless("\0" not in value, f"{option} {value!a}: it contains a zero byte; leave that out")
    return value


def check_sweeps(given: Mapping[str, Any]) -> None:
    """Refuse sweeps and stores that exclude each other, and options of a sweep that was not asked for.

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
    refuse_unless(
        not (given["postgres"] and given["store"]),
        "--optbench-postgres with --optbench-store: a store in a database that ends with the session is not kept; "
        "leave one of them out",
    )
    refuse_unless(given["versus"] or given["rounds"] is None, "--optbench-rounds needs --optbench-versus")


def check_gate(rules: Iterable[Rule], other: str | None, save: str | None, root: Path) -> None:
    """Refuse a gate that could judge nothing, and a name that no baseline can have.

    Raises:
        InvalidInputError: rules about change have nothing to compare with, or the name is invalid.
    """
    relative = next((rule.text for rule in rules if rule.relative), None)
    refuse_unless(
        not relative or other,
        f"--optbench-compare-fail {relative}: a rule about change needs --optbench-compare or --optbench-versus",
    )
    if save:
        with about("--optbench-save"):
            baseline.path_of(save, root)


def check_scheduler(address: str | None, executor: str) -> None:
    """Refuse the address of a scheduler that nobody asks for, or where nobody listens.

    Raises:
        InvalidInputError: the executor is another one, the address is none, or it cannot be reached.
    """
    if address is None:
        return
    option = f"--optbench-dask {address}"
    refuse_unless(executor == "dask", f"{option}: it is for --optbench-executor dask")
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=CONNECT_SECONDS):
            pass
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"{option}: nobody answers there ({error}); give an address such as tcp://10.0.0.1:8786, which "
            "`dask scheduler` prints"
        ) from None


def check_store(locator: str) -> None:
    """Refuse a folder that cannot be a store; a locator with a scheme is judged by the target.

    A read-only folder is accepted unless it is empty: a finished sweep is read from there.

    Raises:
        InvalidInputError: it is a file, a link to nowhere, or a folder that cannot be read, made or written; or a
            package that stores in databases need is not installed.
    """
    if "://" in locator:
        needed = "sqlalchemy" if locator.startswith("sqlite:") else "psycopg"
        refuse_unless(
            not locator.startswith(("sqlite:", "postgres")) or find_spec(needed) is not None,
            f"--optbench-store {locator}: {needed} is not installed: pip install 'pytest-optbench[sql]'",
        )
        return
    option, folder = f"--optbench-store {locator}", Path(locator)
    with _named_system_errors(option):
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
    """Refuse a report that could not be written at the end; a pipe or a device is accepted.

    Raises:
        InvalidInputError: its folder does not exist, it is a folder or a link to nowhere, or it cannot be written.
    """
    try:
        check_writable(path)
    except InvalidInputError as error:
        raise InvalidInputError(f"{option} {error}") from None


def check_html(path: Path | None) -> None:
    """Refuse an HTML report if the libraries that draw it are missing.

    Raises:
        InvalidInputError: a library is missing; the message says how to install it.
    """
    missing = [name for name in ("jinja2", "matplotlib") if path is not None and find_spec(name) is None]
    refuse_unless(not missing, f"--optbench-html needs {' and '.join(missing)}: pip install 'pytest-optbench[html]'")


def check_baseline_folder(option: str, path: Path) -> None:
    """Refuse a baseline that could not be saved at the end; its folder need not exist yet.

    Raises:
        InvalidInputError: its name is taken by something else, or its folder cannot be made or written.
    """
    if os.path.lexists(path.parent):
        check_report(option, path)
        return
    with _named_system_errors(f"{option} {path}"):
        _try_making(path.parent)


@contextmanager
def _named_system_errors(option: str) -> Iterator[None]:
    """Turn errors of the system into errors with the option's name."""
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
