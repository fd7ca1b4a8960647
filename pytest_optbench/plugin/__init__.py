"""The pytest hooks, and nothing else."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_optbench.errors import OptbenchError

from . import bundle, collection, collection_errors, options, replay
from .attempts import sendable
from .controller import Controller
from .fixtures import bench as bench  # fixtures are found in the plugin module
from .fixtures import count_failed_subtest, record_outcome
from .fixtures import postgres_server as postgres_server
from .fixtures import scenario_fixture as scenario_fixture
from .fixtures import slurm_cluster as slurm_cluster
from .invocation import refuse_moved_root
from .session import SETTINGS, Session, session_of

if TYPE_CHECKING:
    from .forecasting import Forecaster


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    refuse_moved_root(early_config, args, options.counts_of_values())


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> pytest.ExitCode | None:
    return replay.replay_if_asked(config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in collection.MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    try:
        settings = options.Settings.from_config(config)
        session = Session.begin(config, settings)
        session.choose_target()
        session.check_input()
        controller = None if session.is_worker else _controller(config, session)
        session.start_servers()
    except OptbenchError as error:
        raise pytest.UsageError(str(error)) from None
    session.turn_token.take()
    if settings.bundled:
        collection.add_bundled(config)
    if settings.explain or settings.forecast:
        config.option.dist = "no"  # nothing runs, so there is nothing to distribute
    if controller is not None:
        config.pluginmanager.register(controller, "optbench-controller")


def _controller(config: pytest.Config, session: Session) -> Controller | Forecaster:
    runs = session.settings.forecast
    if runs is None:
        return Controller(config, session)
    from .forecasting import Forecaster

    return Forecaster(config, session, runs)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SETTINGS in config.stash:
        session_of(config).end()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    session_of(node.config).share_with(node)


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return bundle.directory(path, parent)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return bundle.module(module_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    try:
        collection.parametrize(metafunc, metafunc.config.stash[SETTINGS])
    except OptbenchError as error:
        raise metafunc.definition.getparent(pytest.Module).CollectError(str(error)) from None  # type: ignore[union-attr]


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, Any, Any]:
    items = yield
    session_of(collector.config).remember_items(items)
    return items


def pytest_collection_finish(session: pytest.Session) -> None:
    session_of(session.config).plan(session.items)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, pytest.CollectReport]:
    report: pytest.CollectReport = yield
    if report.failed:
        collection_errors.refuse_without_target(session_of(collector.config), report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> Generator[None, Any, Any]:
    points = collection.points_of(items)  # before -k and -m take any away
    done = yield
    collection_errors.choose(session_of(session.config), items, None if session.testsfailed else points)
    return done


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    return session_of(session.config).explain_and_skip(session.items)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    return sendable((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    count_failed_subtest(item, call)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with record_outcome(item):
        return (yield)
