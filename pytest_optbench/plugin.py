"""The pytest hooks, and nothing else."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from . import collection, options
from .controller import Controller
from .errors import OptbenchError
from .fixtures import bench as bench  # a fixture is found by its name in the plugin module
from .fixtures import books, see_subtest, setup_books, teardown_books
from .session import SETTINGS, Session, session_of


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in collection.MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    try:
        settings = options.Settings.from_config(config)
        session = Session.begin(config, settings)
        session.check_input()
    except OptbenchError as error:
        raise pytest.UsageError(str(error)) from None
    session.baton.take()
    if settings.bundled:
        collection.add_bundled(config)
    if settings.explain:
        config.option.dist = "no"  # nothing runs, so there is nothing to distribute
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config, session), "optbench-controller")


def pytest_unconfigure(config: pytest.Config) -> None:
    if SETTINGS in config.stash:
        session_of(config).end()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    session_of(node.config).share_with(node)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    try:
        collection.parametrize(metafunc, metafunc.config.stash[SETTINGS])
    except OptbenchError as error:
        raise metafunc.definition.getparent(pytest.Module).CollectError(str(error)) from None  # type: ignore[union-attr]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    session_of(config).leave_out(items)


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return session_of(session.config).explain_instead(session.items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    with setup_books(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    with teardown_books(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    see_subtest(item, call)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with books(item):
        return (yield)
