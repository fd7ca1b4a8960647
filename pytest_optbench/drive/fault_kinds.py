"""Kinds of mishaps: what goes wrong inside an operation, and how its run may end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from pytest_optbench.stress.witness.witness import Produced


@dataclass(frozen=True)
class Scene:
    """What a mishap has at hand: the runtime and capture of its run, and what the witness will be told."""

    runtime: Any
    capture: Any
    produced: Produced


@dataclass(frozen=True)
class Mishap:
    """One way to go wrong: `act` does it.

    A run that `raises` fails, and its record holds every text of `says`; one that `dies` takes its process along and
    fails; one that ends `either` way may be stored as a success or as failed, but not be lost.
    """

    act: Callable[[Scene], Any]
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


def raises(error: Callable[[], BaseException], *says: str) -> Mishap:
    """Raise an error; the record must hold every text of `says`."""

    def act(_: Scene) -> NoReturn:
        raise error()

    return Mishap(act, says=says)


def die_of(number: signal.Signals) -> None:
    """End this process by a signal; by SIGKILL where it is ignored, as SIGHUP is in all that `nohup` starts."""
    ignored = signal.getsignal(number) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGKILL if ignored else number)


def dies(die: Callable[[], Any]) -> Mishap:
    """End the process."""
    return Mishap(lambda _: die(), ends="dies")


def returns(value: Callable[[], Any]) -> Mishap:
    """Return something."""
    return Mishap(lambda _: value(), ends="either")


def measures(value: Callable[[], Any]) -> Mishap:
    """Capture a value as metric `odd`."""

    def act(scene: Scene) -> None:
        measured = value()
        scene.capture.metric("odd", measured)
        scene.produced.metrics["odd"] = measured

    return Mishap(act, ends="either")


def keeps(value: Callable[[], Any]) -> Mishap:
    """Capture a value as artifact `odd`."""
    return Mishap(lambda scene: scene.capture.artifact("odd", value()), ends="either")
