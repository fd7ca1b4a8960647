"""Saboteurs that do something to the files of a store, with what: a store in a database has none of them."""

from __future__ import annotations

from typing import Final

ABOUT_FILES: Final[dict[str, str]] = {}
