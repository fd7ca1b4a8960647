"""Tell a metalab that hangs from one that is slow, and interrupt it.

A look is taken every quarter of the patience, by a timer of this process, in its main thread. While the target is at
work, it hangs where nothing was executed (the witness shows that), and

- it waits: in all of the patience, this process and those below it used hardly any processor time and read and wrote
  hardly anything. A loaded machine slows work down, but gives each process its share within a minute;
- or it computes: that long, ten times over, it used processor time, but still read and wrote hardly anything.

What reads or writes is slow, and is not interrupted. Time in which this process was stopped, or the machine asleep,
does not count: then looks come late. Where somebody else uses the alarm, as pytest-timeout does, nobody looks here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from pytest_optbench.errors import InvalidInputError, TargetHungError

from .default import default_name

WITNESS = "OPTBENCH_WITNESS"  # the file in which operations note what they do
PATIENCE_FACTOR = "OPTBENCH_PATIENCE"  # multiplies the patience: above 1 for a very slow machine
PATIENCE = 60.0
LOOKS = 4  # in the time of the patience
COMPUTING = 10  # times the patience, for a target that computes
LITTLE_TIME = 0.02  # of one processor, for one that waits
LITTLE_DATA = 64 * 1024  # bytes read and written in the time of the patience
BORDER = f"{__package__}."
TICKS = os.sysconf("SC_CLK_TCK")


class HangInterrupt(BaseException):
    """Raised in the main thread, where the target hangs: no `except Exception` of a target holds it."""


@dataclass(frozen=True)
class Look:
    """What shows that work goes on: bytes of the witness, processor seconds, bytes read and written."""

    clock: float
    witness: int
    processor: float
    data: int

    @classmethod
    def now(cls) -> Look:
        """A look at this process and all that are below it."""
        path = os.environ.get(WITNESS)
        witness = 0
        with contextlib.suppress(OSError):
            witness = Path(path).stat().st_size if path else 0
        used = [_used(pid) for pid in family(os.getpid())]
        return cls(time.monotonic(), witness, sum(one[0] for one in used), sum(one[1] for one in used))


@dataclass(frozen=True)
class Seen:
    """Looks that were taken: the one since which nothing went on at all, and the one since which nothing executed."""

    still: Look
    idle: Look
    last: Look

    @classmethod
    def begin(cls, look: Look) -> Seen:
        """The first look."""
        return cls(look, look, look)

    def after(self, look: Look, patience: float) -> Seen:
        """With one look more; one that comes late begins anew, and so does one that sees an execution."""
        late = look.clock - self.last.clock > 2 * patience / LOOKS
        if late or look.witness != self.idle.witness or look.data < self.idle.data:
            return Seen.begin(look)
        spans = max(1.0, (look.clock - self.idle.clock) / patience)
        if look.data - self.idle.data > LITTLE_DATA * spans:
            return Seen.begin(look)
        worked = look.processor - self.still.processor > LITTLE_TIME * patience
        return replace(self, still=look if worked else self.still, last=look)

    def hang(self, patience: float) -> str:
        """What kind of a hang this is; "" where it is none."""
        waited, idle = self.last.clock - self.still.clock, self.last.clock - self.idle.clock
        if waited >= patience:
            return f"it waited for {waited:.0f} s and did nothing"
        if idle >= COMPUTING * patience:
            return f"it computed for {idle:.0f} s without executing, reading or writing anything"
        return ""


@contextmanager
def watched() -> Iterator[None]:
    """Interrupt the target where it hangs within the block, which the main thread runs.

    Raises:
        TargetHungError: it did; the message says how, and where.
        InvalidInputError: the environment gives no number above 0 as patience.
    """
    if not _is_free():
        yield
        return
    alarm = _Alarm(patience())
    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, patience() / LOOKS, patience() / LOOKS)
    try:
        yield
    except HangInterrupt as hang:
        raise TargetHungError(str(hang)) from hang
    finally:
        if signal.getsignal(signal.SIGALRM) is alarm:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)


class _Alarm:
    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._seen: Seen | None = None
        self._process = os.getpid()

    def __call__(self, _number: int, frame: FrameType | None) -> None:
        place = _place(frame) if os.getpid() == self._process else ""
        if not place:
            self._seen = None
            return
        look = Look.now()
        self._seen = Seen.begin(look) if self._seen is None else self._seen.after(look, self._patience)
        if hang := self._seen.hang(self._patience):
            self._seen = None  # what holds the interrupt too is interrupted again
            raise HangInterrupt(f"{hang}, in {place}")


def _place(frame: FrameType | None) -> str:
    """Where the target is at work: in the main thread, or in another one whose sweep this one waits for."""
    current_frames = sys._current_frames  # noqa: SLF001 - it is documented
    others = [one for thread, one in current_frames().items() if thread != threading.get_ident()]
    for stack in (_outwards(one) for one in (frame, *others) if one is not None):
        border = next((at for at, one in enumerate(stack) if _name(one).startswith(BORDER)), None)
        if border is not None:
            return _said(next((one for one in stack[:border] if _is_targets(one)), stack[0]))
    return ""


def _outwards(frame: FrameType) -> list[FrameType]:
    """A stack, from the innermost frame outwards, without the looks of this module."""
    stack: list[FrameType] = []
    outer: FrameType | None = frame
    while outer is not None:
        if _name(outer) != __name__:
            stack.append(outer)
        outer = outer.f_back
    return stack


def _name(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_targets(frame: FrameType) -> bool:
    target = default_name()
    return f"{_name(frame)}.".startswith(f"{target}.")


def _said(frame: FrameType) -> str:
    return f"{frame.f_code.co_qualname} ({_name(frame)}, line {frame.f_lineno})"


def patience() -> float:
    """Seconds in which a target that works shows it.

    Raises:
        InvalidInputError: the environment gives no number above 0 as factor.
    """
    text = os.environ.get(PATIENCE_FACTOR, "1")
    with contextlib.suppress(ValueError):
        if 0 < (factor := float(text)) < float("inf"):
            return PATIENCE * factor
    raise InvalidInputError(f"{PATIENCE_FACTOR}={text}: give a number above 0, by which the patience is multiplied")


def _is_free() -> bool:
    """Whether this thread can set the alarm, nobody else has, and the kernel lists the children of a process."""
    return (
        threading.current_thread() is threading.main_thread()
        and Path("/proc/self/task", str(os.getpid()), "children").exists()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    )


def family(pid: int) -> list[int]:
    """A process and all that are below it."""
    found = [pid]
    for one in found:
        for children in Path("/proc", str(one), "task").glob("*/children"):
            with contextlib.suppress(OSError):  # it ended between the listing and the look
                found += map(int, children.read_text(encoding="ascii").split())
    return found


def _used(pid: int) -> tuple[float, int]:
    """Processor seconds, and bytes read and written; nothing of a process that has ended."""
    seconds, data = 0.0, 0
    with contextlib.suppress(OSError, ValueError):
        text = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
        fields = text[text.rindex(")") + 2 :].split()  # they follow the name, which may hold anything, in brackets
        seconds = sum(int(fields[at]) for at in (11, 12, 13, 14)) / TICKS
    with contextlib.suppress(OSError, ValueError):  # some machines let nobody see the second
        lines = Path("/proc", str(pid), "io").read_text(encoding="ascii").splitlines()[:2]
        data = sum(int(line.split()[1]) for line in lines)
    return seconds, data
