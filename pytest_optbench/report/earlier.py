"""Reports of earlier formats: fields that they lack and that follow from others are added before decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_optbench.promises import promise_of

WITH_IDS = 6  # the first format whose breaks have ids


def add_ids(fields: dict[str, Any]) -> None:
    """Add the id of the promise to every break of a report that knows promises by their sentences.

    A value without the shape of a break is left unchanged: decoding reports it.
    """
    for outcome in _objects(fields.get("outcomes")):
        for broken in _objects(outcome.get("broken")):
            _add_id(broken, outcome.get("point"))
    comparison = fields.get("comparison")
    for broken in _breaks(comparison) if isinstance(comparison, dict) else ():
        _add_id(broken, broken.get("point"))


def _breaks(comparison: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("known", "new", "fixed"):
        yield from _objects(comparison.get(name))
    yield from _objects([grown.get("broken") for grown in _objects(comparison.get("grown"))])


def _objects(listed: object) -> Iterator[dict[str, Any]]:
    yield from (entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()


def _add_id(broken: dict[str, Any], point: object) -> None:
    sentence = broken.get("promise")
    if isinstance(sentence, str) and isinstance(point, str):
        broken["id"] = promise_of(sentence, point).id
