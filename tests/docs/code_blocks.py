"""The code blocks of a page, each with the text that stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class CodeBlock:
    """A fenced block: its language ("" where none is named), its text, and the line where it begins."""

    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.line}-{self.language or 'output'}"

    @property
    def first(self) -> str:
        """The first line that says something."""
        return next(line for line in self.text.splitlines() if line.strip())


def blocks_of(page: str) -> Iterator[CodeBlock]:
    """Every fenced block of a page of the project."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        yield CodeBlock(match["language"], match["text"], text.count("\n", 0, match.start()) + 1)
