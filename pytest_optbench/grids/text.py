"""Values as text, whatever they are."""

from __future__ import annotations

from collections.abc import Callable


def to_text(value: object, write: Callable[[object], str] = str) -> str:
    """Return a value as text by `write`, which is str or repr; a number with too many digits for Python, in hex."""
    try:
        return write(value)
    except ValueError:
        return hex(value) if isinstance(value, int) else f"<unprintable {type(value).__qualname__}>"
