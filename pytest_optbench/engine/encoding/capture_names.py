"""Names that an operation gives to what it captures: any text, as long as every part of the store can carry it."""

from __future__ import annotations

from typing import Final

from pytest_optbench.errors import InvalidInputError

LONGEST_NAME: Final = 1000  # characters; far above any name that a person writes


def checked_name(name: object, what: str) -> str:
    """Return `name`, as a plain string, if it can name a metric, series or artifact; else raises `InvalidInputError`.

    Every string of 1 to 1000 characters is a name, but for those that hold NUL (zip members and C strings end
    there) or half a surrogate pair (which no UTF-8 text can hold). `what` says what is named, in errors.
    """
    if not isinstance(name, str):
        raise InvalidInputError(f"{what} name {_shown(name)} is not a string")
    name = str.__str__(name)  # the characters alone, whatever the class of a user makes of them (as enums do)
    if not name:
        raise InvalidInputError(f"{what} name '' is empty: give it a name")
    if len(name) > LONGEST_NAME:
        raise InvalidInputError(f"{what} name {_shown(name)} has {len(name)} characters: at most {LONGEST_NAME}")
    if "\0" in name:
        raise InvalidInputError(f"{what} name {_shown(name)} contains a NUL character: leave it out")
    if not name.isascii():
        _refuse_surrogates(name, what)
    return name


def _refuse_surrogates(name: str, what: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{what} name {_shown(name)} holds half a surrogate pair: it is no text") from None


def _shown(name: object) -> str:
    try:
        text = repr(name)
    except Exception:  # noqa: BLE001 - a name that cannot print itself is refused all the same
        return f"of type {type(name).__qualname__}"
    return text if len(text) <= 80 else f"{text[:60]}...{text[-15:]}"
