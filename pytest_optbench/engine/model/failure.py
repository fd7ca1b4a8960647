"""Describe what went wrong in a run in plain text, whatever the exception is made of."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Mapping
from typing import Any, Final

LONGEST_MESSAGE: Final = 10_000  # characters; more says no more, and a million failures must fit in a store
LONGEST_TRACEBACK: Final = 20_000


def describe(error: BaseException) -> dict[str, Any]:
    """Return `type`, `message` and `traceback` of an exception, all plain bounded text.

    Never raises: exceptions come from the operation and may refuse to print, print megabytes, or lie. Nothing of the
    exception itself is kept, so its frames and what they hold are free.
    """
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return {
        "type": printable(f"{module}{kind.__qualname__}"),
        "message": shortened(printable(_text(error)), LONGEST_MESSAGE),
        "traceback": shortened(printable(_traceback(error)), LONGEST_TRACEBACK),
    }


def died(exit_code: int) -> dict[str, Any]:
    """Return the error of a run whose worker process died under it: `exit_code` as `subprocess` gives it."""
    message = f"the worker process {how_it_ended(exit_code)} during this run"
    return {"type": "WorkerDied", "message": message, "traceback": ""}


def how_it_ended(exit_code: int) -> str:
    """Return an exit code, as `subprocess` gives it, in words."""
    if exit_code >= 0:
        return f"exited with code {exit_code}"
    return f"was killed by {_signal_name(-exit_code)} (signal {-exit_code})"


def lost(workers: int) -> dict[str, Any]:
    """Return the error of a run that so many workers of a cluster were lost with, one after the other."""
    message = f"{workers} workers of the cluster were lost, one after the other, while they were on this run"
    return {"type": "WorkerLost", "message": message, "traceback": ""}


def stopped() -> dict[str, Any]:
    """Return the error of a run that was still under way when its worker was stopped."""
    return {"type": "Stopped", "message": "the sweep was stopped while this run was under way", "traceback": ""}


def unexpected_return(returned: object) -> tuple[str, ...]:
    """Return the notes to put on the record of an operation that returned this: nothing is lost in silence."""
    kind = type(returned)
    return (f"the operation returned a {kind.__module__}.{kind.__qualname__}, which is not stored: use capture",)


def one_line(error: Mapping[str, Any] | None) -> str:
    """Return an error as one short line, for progress and events."""
    if error is None:
        return ""
    return shortened(f"{error.get('type')}: {error.get('message')}".replace("\n", " "), 200)


def shortened(text: str, longest: int) -> str:
    """Return `text`, without its middle where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n... {len(text) - 2 * half} characters left out ...\n{text[-half:]}"


def printable(text: str) -> str:
    """Return `text` with what no UTF-8 file can hold (halves of surrogate pairs) written as escapes."""
    return str.encode(text, "utf-8", "backslashreplace").decode("utf-8")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as refusal:  # noqa: BLE001 - the operation's own class: it may raise anything at all
        return f"<its message cannot be printed: __str__ raised {type(refusal).__name__}>"


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error, limit=-30))
    except BaseException as refusal:  # noqa: BLE001 - formatting runs the exception's own code, too
        return f"<its traceback cannot be printed: {type(refusal).__name__}>"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "an unnamed signal"
