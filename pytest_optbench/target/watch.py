"""Distinguish a metalab that hangs from one that is slow, and interrupt it.

A timer observes this process every quarter of the patience, in its main thread. A target that is executing code hangs
if no operation started or finished (the witness shows that), and

- it waits: during the patience, this process and its children used hardly any processor time and read and wrote
  hardly any data. A loaded machine slows work down, but gives each process its share within a minute;
- or it computes: for ten times the patience it used processor time, but read and wrote hardly any data.

A target that reads or writes is slow, and is not interrupted. Time in which this process was stopped, or the machine
was suspended, does not count: observations are late then. If other code uses the alarm, as pytest-timeout does, there
are no observations.
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

WITNESS = "OPTBENCH_WITNESS"  # the file in which operations log their executions
PATIENCE_FACTOR = "OPTBENCH_PATIENCE"  # multiplies the patience: above 1 for a very slow machine
PATIENCE = 60.0
OBSERVATIONS = 4  # observations during the patience
COMPUTING = 10  # times the patience, for a target that computes
LITTLE_TIME = 0.02  # share of one processor, for a target that waits
LITTLE_DATA = 64 * 1024  # bytes read and written during the patience
BORDER = f"{__package__}."  # begins the names of the modules that call the target
TICKS = os.sysconf("SC_CLK_TCK")


class HangInterrupt(BaseException):
    """The interrupt of a target that hangs, raised in the main thread; `except Exception` does not catch it."""


@dataclass(frozen=True)
class Observation:
    """The signs of progress at one time: bytes of the witness, processor seconds, bytes read and written."""

    clock: float
    witness: int
    processor: float
    data: int

    @classmethod
    def now(cls) -> Observation:
        """Observe this process and all its descendants."""
        path = os.environ.get(WITNESS)
        witness = 0
        with contextlib.suppress(OSError):
            witness = Path(path).stat().st_size if path else 0
        usage = [_usage(pid) for pid in process_tree(os.getpid())]
        seconds, data = (sum(figures) for figures in zip(*usage, strict=True))
        return cls(time.monotonic(), witness, seconds, int(data))


@dataclass(frozen=True)
class WatchState:
    """Three observations: `still` begins the time without any work, `idle` that without any execution; and the last."""

    still: Observation
    idle: Observation
    last: Observation

    @classmethod
    def begin(cls, observation: Observation) -> WatchState:
        """Return the state after the first observation."""
        return cls(observation, observation, observation)

    def after(self, observation: Observation, patience: float) -> WatchState:
        """Return the state after another observation; it begins again if that is late or shows an execution."""
        late = observation.clock - self.last.clock > 2 * patience / OBSERVATIONS
        if late or observation.witness != self.idle.witness or observation.data < self.idle.data:
            return WatchState.begin(observation)
        times_patience = max(1.0, (observation.clock - self.idle.clock) / patience)
        if observation.data - self.idle.data > LITTLE_DATA * times_patience:
            return WatchState.begin(observation)
        worked = observation.processor - self.still.processor > LITTLE_TIME * patience
        return replace(self, still=observation if worked else self.still, last=observation)

    def hang(self, patience: float) -> str:
        """Describe the hang; "" if there is none."""
        waited, idle = self.last.clock - self.still.clock, self.last.clock - self.idle.clock
        if waited >= patience:
            return f"it waited for {waited:.0f} s and did nothing"
        if idle >= COMPUTING * patience:
            return f"it computed for {idle:.0f} s without executing, reading or writing anything"
        return ""


@contextmanager
def interrupt_hangs() -> Iterator[None]:
    """Interrupt the target if it hangs within the block, which the main thread runs.

    Raises:
        TargetHungError: the target hung; the message describes how and where.
        InvalidInputError: the patience in the environment is not a number above 0.
    """
    if not _can_use_alarm():
        yield
        return
    alarm = _Alarm(patience())
    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, patience() / OBSERVATIONS, patience() / OBSERVATIONS)
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
        self._state: WatchState | None = None
        self._process = os.getpid()

    def __call__(self, _number: int, frame: FrameType | None) -> None:
        place = _place_of_target(frame) if os.getpid() == self._process else ""
        if not place:
            self._state = None
            return
        observation = Observation.now()
        self._state = (
            WatchState.begin(observation) if self._state is None else self._state.after(observation, self._patience)
        )
        if hang := self._state.hang(self._patience):
            self._state = None  # a target that catches the interrupt is interrupted again
            raise HangInterrupt(f"{hang}, in {place}")


def _place_of_target(frame: FrameType | None) -> str:
    """Return where the target executes, in the main thread or else in another one; "" if it does not."""
    current_frames = sys._current_frames  # noqa: SLF001 - it is documented
    others = [other for thread, other in current_frames().items() if thread != threading.get_ident()]
    for stack in (_stack_of(innermost) for innermost in (frame, *others) if innermost is not None):
        border = next((depth for depth, caller in enumerate(stack) if _module_of(caller).startswith(BORDER)), None)
        if border is not None:
            return _describe(next((called for called in stack[:border] if _is_of_target(called)), stack[0]))
    return ""


def _stack_of(frame: FrameType) -> list[FrameType]:
    """Return a stack, from the innermost frame outwards, without the frames of this module."""
    stack: list[FrameType] = []
    outer: FrameType | None = frame
    while outer is not None:
        if _module_of(outer) != __name__:
            stack.append(outer)
        outer = outer.f_back
    return stack


def _module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_of_target(frame: FrameType) -> bool:
    target = default_name()
    return f"{_module_of(frame)}.".startswith(f"{target}.")


def _describe(frame: FrameType) -> str:
    return f"{frame.f_code.co_qualname} ({_module_of(frame)}, line {frame.f_lineno})"


def patience() -> float:
    """Return the seconds after which a target without any progress counts as hanging.

    Raises:
        InvalidInputError: the factor in the environment is not a number above 0.
    """
    text = os.environ.get(PATIENCE_FACTOR, "1")
    with contextlib.suppress(ValueError):
        if 0 < (factor := float(text)) < float("inf"):
            return PATIENCE * factor
    raise InvalidInputError(f"{PATIENCE_FACTOR}={text}: give a number above 0, by which the patience is multiplied")


def _can_use_alarm() -> bool:
    """Return whether this thread can set the alarm, it is unused, and the kernel lists the children of a process."""
    return (
        threading.current_thread() is threading.main_thread()
        and Path("/proc/self/task", str(os.getpid()), "children").exists()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    )


def process_tree(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    processes = [pid]
    for process in processes:
        for children in Path("/proc", str(process), "task").glob("*/children"):
            with contextlib.suppress(OSError):  # the process ended after it was listed
                processes += map(int, children.read_text(encoding="ascii").split())
    return processes


def _usage(pid: int) -> tuple[float, int]:
    """Return processor seconds, and bytes read and written; zeros for a process that has ended."""
    seconds, data = 0.0, 0
    with contextlib.suppress(OSError, ValueError):
        text = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace")
        fields = text[text.rindex(")") + 2 :].split()  # the name, in brackets, comes before them
        seconds = sum(int(fields[at]) for at in (11, 12, 13, 14)) / TICKS
    with contextlib.suppress(OSError, ValueError):  # some machines deny access to it
        lines = Path("/proc", str(pid), "io").read_text(encoding="ascii").splitlines()[:2]
        data = sum(int(line.split()[1]) for line in lines)
    return seconds, data
