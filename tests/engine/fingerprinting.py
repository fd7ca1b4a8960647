"""Fingerprint very many values in a process of its own; run as a script.

python fingerprinting.py PARTS COUNT OUT    PARTS: a pickle of values; OUT: 16 bytes for each of COUNT values
"""

from __future__ import annotations

import copyreg
import pickle
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import values as kinds

from pytest_optbench.engine.identity.identity import fingerprint

PAIRS: list[Callable[[Any, Any], Any]] = [
    lambda one, two: [one, two],
    lambda one, two: (one, two),
    lambda one, two: {"one": one, "two": two},
    lambda one, two: {"one": [one, [two]]},
    lambda one, two: [[one, two]],
    kinds.Pair,
    kinds.OtherPair,
    kinds.Point,
]


def proxy_of(mapping: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda mapping: (proxy_of, (dict(mapping),)))  # it has no pickle of its own


def combined(parts: list[Any]) -> Iterator[Any]:
    """Yield the parts, then every ordered pair of them in every kind of pair; all differ if the parts do."""
    yield from parts
    for shift in range(len(parts)):
        for place, one in enumerate(parts):
            two = parts[place - shift]
            yield from ({"combined": pair(one, two)} for pair in PAIRS)  # which no drawn value has as a key


def main(source: str, count: str, out: str) -> None:
    parts = pickle.loads(Path(source).read_bytes())
    with Path(out).open("wb") as file:
        file.writelines(bytes.fromhex(fingerprint(value)) for value in islice(combined(parts), int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
