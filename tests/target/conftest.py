"""The labs that the target is tested with: one of each generation, and the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab_probe import build

from pytest_optbench.target import ENVIRONMENT, Target, load_target
from pytest_optbench.target.selection import _load


@pytest.fixture(autouse=True)
def unchosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No choice from outside, and none left behind."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    yield
    _load.cache_clear()


@pytest.fixture(params=["lab_handle", "lab_facade"])
def target(request: pytest.FixtureRequest) -> Target:
    """Each small lab in turn."""
    return load_target(request.param)


@pytest.fixture
def handle() -> Target:
    return load_target("lab_handle")


@pytest.fixture
def facade() -> Target:
    return load_target("lab_facade")


@pytest.fixture
def experiment(target: Target) -> Any:
    """Three parameters, two replicates; one parameter fails."""
    return build(target)
