"""The fixture of scenarios, `scenario`, and the end of an item, at which its verdict is recorded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytest_optbench.errors import MissingFeatureError, MissingServerError, TargetFailedError
from pytest_optbench.report.breaks import count_breaks
from pytest_optbench.report.comparison import BreakKey
from pytest_optbench.report.outcome import BrokenPromise, ItemOutcome

from .collection import case_of
from .item_end import MILD, crash_note
from .scenario import Scenario
from .session import session_of

if TYPE_CHECKING:
    from pytest_optbench.stress.servers.postgres import Postgres
    from pytest_optbench.stress.servers.slurm import Slurm

SCENARIO = pytest.StashKey[Scenario]()
NOTHING = "the scenario executed and examined no run, which never counts as `holds`: record its runs with `ran`"


@pytest.fixture(name="scenario")
def scenario_fixture(request: pytest.FixtureRequest) -> Iterator[Scenario]:
    """Provide the interface of an item to the metalab under test and to its verdict.

    Temporary files of a metalab are removed with the folder of the session.
    """
    from pytest_optbench.stress.audit.dir_snapshot import private_temporary

    item = cast("pytest.Item", request.node)
    scenario = Scenario(item, session_of(request.config))
    item.stash[SCENARIO] = scenario
    if "benchmark" in request.fixturenames:
        _label(request.getfixturevalue("benchmark"), scenario, case_of(item))
    with private_temporary(scenario.session.folder / "tmp"):  # a short name, because it contains sockets
        try:
            yield scenario
        finally:
            scenario.close()


def _label(benchmark: Any, scenario: Scenario, case: str) -> None:
    """Give an entry of pytest-benchmark its load, and a group that is the same for every target, session and folder.

    In a comparison only entries of one group are set against each other. A group that the item names itself stays.
    """
    if not hasattr(benchmark, "group"):  # another plugin has a fixture of that name
        return
    load = scenario.load
    benchmark.group = benchmark.group or f"{load.point} {case}, {load.intensity} load {load.size:,}"
    about = {"point": load.point, "part": case, "intensity": load.intensity, "load": load.size}
    benchmark.extra_info.update(about, shard=scenario.shard.index, shards=scenario.shard.count)


@pytest.fixture
def bench(scenario: Scenario) -> Scenario:
    """Return `scenario`: the old name of that fixture, which goes with the next version."""
    warnings.warn("the fixture `bench` is now called `scenario`", DeprecationWarning, stacklevel=1)
    return scenario


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Postgres:
    """Provide a private PostgreSQL cluster, the same for all tests of a process; see `stress.servers.postgres`."""
    with _skipped_if_missing():
        return session_of(request.config).servers.postgres


@pytest.fixture(scope="session")
def slurm_cluster(request: pytest.FixtureRequest) -> Slurm:
    """Provide a private SLURM cluster of one node, the same for all tests of a process; see `stress.servers.slurm`."""
    with _skipped_if_missing():
        return session_of(request.config).servers.slurm


@contextmanager
def _skipped_if_missing() -> Iterator[None]:
    try:
        yield
    except MissingServerError as missing:
        pytest.skip(f"not applicable: {missing}")


@contextmanager
def record_outcome(item: pytest.Item) -> Iterator[None]:
    """Record the verdict of a scenario when it ends, and fail the item if a promise is broken."""
    try:
        with _target_failures_judged(item):
            yield
    except BaseException as crash:
        _end_item(item, crash)
        raise
    _end_item(item, None)


def count_failed_subtest(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Count a failed subtest: its report is made while its scenario runs."""
    scenario = item.stash.get(SCENARIO, None)
    if scenario is not None and scenario.is_running and call.excinfo is not None:
        scenario.failed_subtests += not isinstance(call.excinfo.value, MILD)


@contextmanager
def _target_failures_judged(item: pytest.Item) -> Iterator[None]:
    """Turn failures of the target into verdicts, anywhere in a scenario: missing parts, errors and hangs."""
    scenario = item.stash.get(SCENARIO, None)
    if scenario is None:
        yield
        return
    from pytest_optbench.target.watch import interrupt_hangs

    try:
        scenario.is_running = True
        scenario.session.servers.require(scenario.settings, scenario.target)
        with interrupt_hangs():
            yield
    except MissingFeatureError as lack:
        scenario.not_applicable(str(lack))
    except TargetFailedError as failure:
        scenario.breaks(failure.promise, str(failure))
    finally:
        scenario.is_running = False


def _end_item(item: pytest.Item, crash: BaseException | None) -> None:
    scenario = item.stash.get(SCENARIO, None)
    if scenario is None:
        return
    if crash is None and scenario.promises_kept and not scenario.has_evidence:
        scenario.undecided, scenario.note = "inconclusive", NOTHING
    if crash is None and scenario.promises_kept and scenario.failed_subtests:
        scenario.undecided, scenario.note = (
            "inconclusive",
            f"subtests of the scenario itself failed: {scenario.failed_subtests}",
        )
    outcome = scenario.outcome(crash)
    scenario.has_ended = crash is None or isinstance(crash, MILD)
    item.user_properties.append(outcome.to_property())
    if isinstance(crash, KeyboardInterrupt):
        return
    if isinstance(crash, pytest.exit.Exception):
        item.session.shouldstop = crash_note(crash)  # once this item has its report
    if scenario.broken and isinstance(crash, MILD) and _is_known(outcome, scenario.session.known):
        pytest.xfail(
            "; ".join(dict.fromkeys(f"known break: {broken.id}: {broken.promise}" for broken in scenario.broken))
        )
    if scenario.broken or isinstance(crash, pytest.exit.Exception) or (crash is None and scenario.undecided):
        after = [f"then {crash_note(crash)}"] if crash is not None else []
        message = "\n".join([*map(_break_text, scenario.broken), *after]) or scenario.note
        raise pytest.fail.Exception(f"{message}\nrepeat: {scenario.replay}", pytrace=False) from crash


def _is_known(outcome: ItemOutcome, known: Mapping[BreakKey, float]) -> bool:
    """Return whether the baseline knows every break, with about as many witnesses."""
    return all(count <= known.get(broken, 0) for broken, count in count_breaks([outcome]).items())


def _break_text(broken: BrokenPromise) -> str:
    more = f"\n  and {broken.others:,} more like it" if broken.others else ""
    return f"broken promise {broken.id}: {broken.promise}\n  {broken.message}{more}"
