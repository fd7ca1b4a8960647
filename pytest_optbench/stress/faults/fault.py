"""Faults as data: what happens at which event, so that a child process can be given one and a report can name it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from .events import CHANGES

Act = Literal["nothing", "kill", "error", "half-write", "torn-write", "delay", "stop", "signal", "lie about locks"]
_CREATE = frozenset({"open", "write", "close", "fsync", "rename", "link", "symlink", "mkdir", "truncate", "copyfile"})
_NAMES = frozenset({"open", "rename", "link", "symlink", "mkdir", "remove", "rmdir", "truncate", "chmod", "utime"})
ALL = frozenset(CHANGES)

# The errors that a file system may give, and at which events: of others a runner need not be able to recover.
POSSIBLE: Mapping[str, frozenset[str]] = {
    "ENOSPC": _CREATE,
    "EDQUOT": _CREATE,
    "EIO": ALL - {"unlock"},
    "EACCES": _NAMES | {"copyfile", "connect"},
    "ESTALE": ALL - {"unlock"},
    "EINTR": frozenset({"open", "write", "close", "fsync", "flock"}),
    "ENOLCK": frozenset({"flock"}),
}


@dataclass(frozen=True)
class Fault:
    """One fault. Events of `kinds` are counted from 0 in each process; it happens in process number `process`.

    Process 0 is the first that has an event, 1 the next one. With `lasting` it happens from event `at` on, in every
    process, else once. `code` names an error (`ENOSPC`) or a signal (`SIGINT`); `seconds` is the length of a delay.

    A half write writes half of the bytes, and further writes of that file fail; a torn write dies there instead.
    The default is no fault at all: the events are only counted.
    """

    act: Act = "nothing"
    at: int = 0
    process: int = 0
    code: str = ""
    lasting: bool = False
    seconds: float = 0.0
    kinds: tuple[str, ...] = CHANGES

    def data(self) -> dict[str, Any]:
        """Return the fault as JSON data."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the fault that `data` describes."""
        return cls(**{**data, "kinds": tuple(data["kinds"])})

    @property
    def error(self) -> OSError:
        """The error that `code` names."""
        number = int(getattr(errno, self.code))
        return OSError(number, os.strerror(number))

    @property
    def signal(self) -> signal.Signals:
        """The signal that `code` names."""
        return signal.Signals[self.code]

    def __str__(self) -> str:
        what = {"error": self.code, "signal": self.code, "half-write": f"half of a write, then {self.code}"}
        return what.get(self.act, self.act) + (" from then on" if self.lasting else "")


NOTHING = Fault()
