"""Drawing a figure into bytes, and closing it: pyplot keeps every figure that nobody closes."""

from __future__ import annotations

import io
import sys
from typing import Any

from pytest_optbench.errors import InvalidInputError


def drawn(figure: Any, what: str, *, format: str, dpi: float, bbox_inches: str | None, close: bool) -> bytes:  # noqa: A002
    """Return a figure, that is, anything with `savefig`, as an image of that format.

    Raises:
        InvalidInputError: it is no figure; the message begins with `what`.
    """
    if not callable(getattr(figure, "savefig", None)):
        raise InvalidInputError(f"{what} is a {type(figure).__name__}: a figure has a method savefig")
    image = io.BytesIO()
    figure.savefig(image, format=format, dpi=dpi, bbox_inches=bbox_inches)
    if close:
        _close(figure)
    return image.getvalue()


def _close(figure: Any) -> None:
    pyplot, figures = sys.modules.get("matplotlib.pyplot"), sys.modules.get("matplotlib.figure")
    if isinstance(figure, getattr(figures, "Figure", ())):
        getattr(pyplot, "close", _nothing)(figure)


def _nothing(_: Any) -> None:
    """Do nothing: nobody keeps figures."""
