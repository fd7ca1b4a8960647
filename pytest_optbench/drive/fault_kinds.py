"""Kinds of faults inside an operation, and the ways in which its run may end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pytest_optbench.workloads.workload import WorkloadRun


@dataclass(frozen=True)
class Fault:
    """One fault, which `act` causes.

    A run that `raises` fails, and the error of its record contains all `texts`; one that `dies` ends its process and
    fails; one that ends `either` way may be stored as a success or as failed, but must not be lost.
    """

    act: Callable[[WorkloadRun], Any]
    ends: Literal["raises", "dies", "either"] = "raises"
    texts: tuple[str, ...] = ()


class UnprintableError(Exception):
    """An exception without a text: printing it raises."""

    def __str__(self) -> str:
        raise RuntimeError("this message cannot be printed")

    __repr__ = __str__


class UnpicklableError(Exception):
    """An exception that cannot be sent to another process."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")  # unpickling passes only this argument
        self.function = lambda: None  # and this cannot be pickled


class OutsideException(BaseException):
    """An exception that `except Exception` does not catch."""


def raises(error: Callable[[], BaseException], *texts: str) -> Fault:
    """Raise an error; the record must contain all `texts`."""

    def act(_: WorkloadRun) -> NoReturn:
        raise error()

    return Fault(act, texts=texts)


def die_of(number: signal.Signals) -> None:
    """End this process by a signal, or by SIGKILL if it is ignored, as SIGHUP is under `nohup`."""
    ignored = signal.getsignal(number) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGKILL if ignored else number)


def dies(die: Callable[[], Any]) -> Fault:
    """End the process."""
    return Fault(lambda _: die(), ends="dies")


def returns(value: Callable[[], Any]) -> Fault:
    """Return a value."""
    return Fault(lambda _: value(), ends="either")


def measures(value: Callable[[], Any]) -> Fault:
    """Capture a value as metric `odd`."""

    def act(run: WorkloadRun) -> None:
        metric = value()
        run.capture.metric("odd", metric)
        run.produced.metrics["odd"] = metric

    return Fault(act, ends="either")


def keeps(value: Callable[[], Any]) -> Fault:
    """Capture a value as artifact `odd`."""
    return Fault(lambda run: run.capture.artifact("odd", value()), ends="either")
