"""A deliberate refusal is told from an error that happened to the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pytest_optbench.drive.refusals import names_its_cause


@dataclass(frozen=True)
class Setup:
    member: Any = None


@pytest.mark.parametrize(
    ("error", "value", "named"),
    [
        ("IdentityError: no", 1, True),
        ("TypeError: Object of type set is not JSON serializable", {"v": [{1}]}, True),
        ("TypeError: cannot store complex", Setup((1j,)), True),
        ("ValueError: 'member' is bad", Setup(b"a"), True),
        ("ValueError: 'rate' is bad", {"rate": 1.5}, True),
        ("TypeError: unsupported operand type(s) for -", {"rate": b"a"}, False),
        ("TypeError: unsupported operand type(s) for -: 'str' and 'bytes'", {"rate": 1.5}, False),
        ("KeyError: 7", Setup({"a": 1}), False),
    ],
)
def test_a_builtin_error_must_name_a_type_or_a_member(error: str, value: Any, named: bool) -> None:
    assert names_its_cause(error, value) is named
