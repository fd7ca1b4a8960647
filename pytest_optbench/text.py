"""Text for people: one line, shortened, printable; durations and sizes."""

from __future__ import annotations


def plain_text(value: object) -> str:
    """Return the text of any object; what UTF-8 cannot encode, such as half a surrogate pair, is escaped."""
    try:
        text = str(value)
    except Exception:  # noqa: BLE001 - exceptions and values under test may raise when they are printed
        text = f"({type(value).__name__}, whose text cannot be printed)"
    return str.encode(text, "utf-8", "backslashreplace").decode("utf-8")


def one_line(error: BaseException, longest: int = 400) -> str:
    """Return the type and message of an exception in one line of at most `longest` characters."""
    message = " ".join(plain_text(error).split())
    return shorten(f"{type(error).__name__}: {message}" if message else type(error).__name__, longest)


def shorten(text: str, longest: int) -> str:
    """Return `text`, its middle replaced by `...` where it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    end = (longest - 3) // 3
    return f"{text[: longest - 3 - end]}...{text[-end:] if end else ''}"


def short_repr(value: object, longest: int = 200) -> str:
    """Return the repr of a value, shortened in the middle."""
    return shorten(repr(value), longest)


def printable(text: str) -> str:
    """Return text as ASCII without NUL, so that every target can store it; a second call changes nothing."""
    return text.encode("ascii", "backslashreplace").decode("ascii").replace("\0", "\\x00")


def duration(seconds: float) -> str:
    """Return a duration in readable units, such as `1.5 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def size(count: float) -> str:
    """Return a number of bytes with the unit that keeps it short, such as `669 kB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
