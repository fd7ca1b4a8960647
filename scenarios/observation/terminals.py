"""Outputs that a progress display prints to, a terminal or a file, and a check of its text."""

from __future__ import annotations

import io
import os
import pty
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"  # control codes that hide and show the cursor of a terminal


@contextmanager
def printed_to_a_file() -> Iterator[Callable[[], str]]:
    """Redirect the output of the block to a stream that is no terminal; yields a function that returns the text."""
    stream = io.StringIO()
    with redirect_stdout(stream), redirect_stderr(stream):
        yield stream.getvalue


@contextmanager
def printed_to_a_terminal() -> Iterator[Callable[[], str]]:
    """Redirect the output of the block to a new terminal; yields a function that returns the text after the block."""
    ours, theirs = pty.openpty()
    pieces: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(ours, pieces))
    reader.start()
    terminal = os.environ.get("TERM")
    os.environ["TERM"] = "xterm"
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as stream, _redirected(stream):
            yield lambda: b"".join(pieces).decode(errors="replace")
    finally:
        os.environ.pop("TERM")
        if terminal is not None:
            os.environ["TERM"] = terminal
        reader.join()
        os.close(ours)


@contextmanager
def _redirected(stream: TextIO) -> Iterator[None]:
    with redirect_stdout(stream), redirect_stderr(stream):
        yield


def _drain(descriptor: int, pieces: list[bytes]) -> None:
    """Read until the other side is closed, which a terminal reports by an error."""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            return
        if not piece:
            return
        pieces.append(piece)


def display_problems(terminal: str, file: str, runs: int) -> Iterator[str]:
    """Yield the problems in the text that a display of so many runs printed to a terminal and to a file."""
    if str(runs) not in terminal:
        yield f"on a terminal nothing shows the {runs} runs: {terminal[-80:]!r}"
    if terminal.rfind(HIDDEN) > terminal.rfind(SHOWN):
        yield "it hides the cursor of the terminal, and does not show it again"
    if "\x1b" in file:
        position = file.index("\x1b")
        yield f"it prints control codes where there is no terminal: {file[position : position + 20]!r}"
