"""Kinds of faults: what goes wrong inside an operation, and how its run may end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pytest_optbench.workloads.workload import WorkloadRun


@dataclass(frozen=True)
class Fault:
    """One way to go wrong: `act` does it.

    A run that `raises` fails, and its record holds every text of `says`; one that `dies` takes its process along and
    fails; one that ends `either` way may be stored as a success or as failed, but not be lost.
    """

    act: Callable[[WorkloadRun], Any]
    ends: Literal["raises", "dies", "either"] = "raises"
    says: tuple[str, ...] = ()


class UnprintableError(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("this message cannot be printed")

    __repr__ = __str__


class UnpicklableError(Exception):
    """An exception that no other process can be told of."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")  # pickle calls it again with this one argument
        self.function = lambda: None  # and cannot take this at all


class OutsideException(BaseException):
    """An exception that `except Exception` lets pass."""


def raises(error: Callable[[], BaseException], *says: str) -> Fault:
    """Raise an error; the record must hold every text of `says`."""

    def act(_: WorkloadRun) -> NoReturn:
        raise error()

    return Fault(act, says=says)


def die_of(number: signal.Signals) -> None:
    """End this process by a signal; by SIGKILL where it is ignored, as SIGHUP is in all that `nohup` starts."""
    ignored = signal.getsignal(number) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGKILL if ignored else number)


def dies(die: Callable[[], Any]) -> Fault:
    """End the process."""
    return Fault(lambda _: die(), ends="dies")


def returns(value: Callable[[], Any]) -> Fault:
    """Return something."""
    return Fault(lambda _: value(), ends="either")


def measures(value: Callable[[], Any]) -> Fault:
    """Capture a value as metric `odd`."""

    def act(run: WorkloadRun) -> None:
        measured = value()
        run.capture.metric("odd", measured)
        run.produced.metrics["odd"] = measured

    return Fault(act, ends="either")


def keeps(value: Callable[[], Any]) -> Fault:
    """Capture a value as artifact `odd`."""
    return Fault(lambda run: run.capture.artifact("odd", value()), ends="either")
