"""Processes that tests start are no workers of ours: in one, pytest-benchmark measures nothing and warns."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _children_are_no_workers() -> Iterator[None]:
    worker = os.environ.pop("PYTEST_XDIST_WORKER", None)
    yield
    if worker is not None:
        os.environ["PYTEST_XDIST_WORKER"] = worker
