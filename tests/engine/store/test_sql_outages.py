"""A server that goes away: the sweep waits and goes on, or says clearly what happened; no run is lost or doubled."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_operations import witness as told
from sample_operations import witnessed
from sql_stores import opened
from stored_runs import OTHER, RUN, put, record

import pytest_optbench.engine as metalab
from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.errors import StoreError, SweepError
from pytest_optbench.stress.servers.postgres import Postgres, private_postgres

RUNS = 60
AWAY = 2.0  # seconds


@pytest.fixture
def server() -> Iterator[Postgres]:
    with private_postgres() as started:
        yield started


@pytest.fixture(autouse=True)
def _installed(postgres_server: Any) -> None:
    """Skip where there is no PostgreSQL."""


@metalab.operation
def counted(params: Any, capture: Any) -> None:
    """Tell the witness, and take a moment."""
    told(str(params["x"]))
    time.sleep(0.01)
    capture.metric("x", params["x"])


def sweep() -> metalab.Experiment:
    return metalab.Experiment("outage", "1", {}, counted, metalab.grid(x=range(RUNS)), metalab.seeds())


@pytest.mark.parametrize("ending", ["fast", "kill"])
def test_a_sweep_waits_for_a_server_that_comes_back(server: Postgres, witness: Path, ending: Any) -> None:
    handle = metalab.run(sweep(), store=server.locator(), executor=metalab.ProcessExecutor(2))
    while len(witnessed(witness)) < RUNS // 4:
        time.sleep(0.01)
    server.stop(ending)
    time.sleep(AWAY)
    server.start()
    results = handle.result(120)
    assert [run.metrics["x"] for run in results] == list(range(RUNS))
    assert (handle.status.completed, handle.status.failed) == (RUNS, 0)
    assert Counter(map(int, witnessed(witness))) == Counter(range(RUNS))
    assert handle.store.check() == []


def test_a_server_that_stays_away_ends_the_sweep_and_loses_nothing(server: Postgres, witness: Path) -> None:
    handle = metalab.run(sweep(), store=server.locator(patience=0.5), executor=metalab.ThreadExecutor(1))
    while len(witnessed(witness)) < RUNS // 4:
        time.sleep(0.01)
    server.stop()
    with pytest.raises((StoreError, SweepError), match=r"could not be reached for .* start the sweep again"):
        handle.result(120)
    server.start()
    kept = {run.params["x"] for run in metalab.load_results(server.locator())}
    assert len(kept) == handle.status.completed >= RUNS // 4 - 1  # none that was reported is missing
    again = metalab.run(sweep(), store=server.locator())
    assert len(again.result(120)) == RUNS
    assert again.status.skipped == len(kept)


def test_claims_survive_a_restart(server: Postgres) -> None:
    store, other = opened(server.locator()), opened(server.locator())
    put(store, OTHER)
    assert store.claim(RUN)
    draft = store.draft(RUN)
    captured = Capture(draft).close()
    server.restart()
    assert store.run_exists(OTHER)  # connects again, with the claim
    assert not other.claim(RUN)
    store.publish(draft, record(store, RUN, **captured))
    assert other.claim(RUN)
    assert other.is_finished(RUN)
    store.close(), other.close()


def test_a_run_whose_claim_was_lost_is_not_published(server: Postgres) -> None:
    store, other = opened(server.locator()), opened(server.locator())
    put(store, OTHER)
    assert store.claim(RUN)
    draft = store.draft(RUN)
    captured = Capture(draft).close()
    server.restart()
    put(other, RUN, value=2)  # was faster, and is done
    with pytest.raises(StoreError, match="was lost with the connection"):
        store.publish(draft, record(store, RUN, **captured))
    assert other.load_artifact(RUN, "a") == 2
    store.close(), other.close()


def test_a_session_that_the_server_still_has_is_ended_for_the_next(server: Postgres) -> None:
    store = opened(server.locator())
    put(store)
    assert store.claim(OTHER)
    lost = store.database._connection
    store.database._connection = None  # as if the network had lost it: the server knows nothing yet
    assert store.run_exists(RUN)
    assert store.claims.is_held(OTHER)
    lost.invalidate()
    store.close()


def test_a_wrong_address_is_refused_at_once(server: Postgres) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match='"none" does not exist'):
        opened(server.locator("none")).set_up()
    assert time.monotonic() - began < 10


def test_threads_wait_together(server: Postgres) -> None:
    store = opened(server.locator())
    put(store)
    server.stop()
    ids = [f"{number:032x}" for number in range(4)]
    threads = [threading.Thread(target=put, args=(store, run_id)) for run_id in ids]
    for thread in threads:
        thread.start()
    time.sleep(AWAY / 4)
    server.start()
    for thread in threads:
        thread.join(60)
    assert store.finished() == {RUN, *ids}
    store.close()
