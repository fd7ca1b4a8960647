"""The answer to a question of a reader, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "warn", ""]


@dataclass(frozen=True)
class Line:
    """A line of an answer; `anchor` is the place on the page that it is about."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Answer:
    """A question, its answer in a few words, and lines that explain it; `command` is how to get an answer."""

    question: str
    tone: Tone
    short: str
    lines: tuple[Line, ...] = ()
    command: str = ""
