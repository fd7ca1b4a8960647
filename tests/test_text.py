"""Text for people stays short, in one line and printable, whatever it is made of."""

from __future__ import annotations

import pytest

from pytest_optbench.text import duration, one_line, plain_text, printable, shorten, size


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\nlines"), "ValueError: two lines"),
        (ValueError(), "ValueError"),
        (UnprintableError(), "UnprintableError: (UnprintableError, whose text cannot be printed)"),
        (ValueError("half \ud800"), "ValueError: half \\ud800"),
    ],
)
def test_an_exception_is_one_line(error: Exception, line: str) -> None:
    assert one_line(error) == line


def test_a_long_line_keeps_its_beginning_and_its_end() -> None:
    assert one_line(ValueError("x" * 900 + "end"), 60).startswith("ValueError: xxx")
    assert one_line(ValueError("x" * 900 + "end"), 60).endswith("xend")
    assert [len(shorten("y" * 100, longest)) for longest in (99, 50, 3)] == [99, 50, 3]
    assert shorten("short", 5) == "short"


def test_what_is_printable_once_stays_as_it_is() -> None:
    assert printable("a\0\u00e9") == "a\\x00\\xe9" == printable(printable("a\0\u00e9"))


def test_plain_text_can_be_encoded() -> None:
    assert plain_text("\ud800").encode() == b"\\ud800"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "0.012 s"),
        (9.5, "9.5 s"),
        (59.6, "1 min 00 s"),
        (80, "1 min 20 s"),
        (3600, "1 h 00 min"),
        (9e6, "2,500 h 00 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (669_000, "669 kB"), (4e16, "4e+04 TB")]
)
def test_sizes(count: float, text: str) -> None:
    assert size(count) == text
