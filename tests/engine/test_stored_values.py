"""What a record keeps of a value whose class is not imported from the store can stand wherever the value stood."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from pytest_optbench.engine.encoding.strict_json import Opaque, dumps, loads


class Colour(Enum):
    RED = 1
    BLUE = 2


RED = Opaque(f"{__name__}:Colour", ["RED", 1])
BLUE = Opaque(f"{__name__}:Colour", ["BLUE", 2])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (set(Colour), {RED, BLUE}),
        (frozenset(Colour), frozenset({RED, BLUE})),
        ({Colour.RED: 1}, {RED: 1}),
        ({(Colour.RED,): 1}, {(RED,): 1}),
    ],
)
def test_members_of_sets_and_keys_come_back(value: Any, expected: Any) -> None:
    assert loads(dumps(value, lenient=True)) == expected
