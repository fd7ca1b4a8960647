"""The registry of promises: ids that are found, refused and made, sentences that are complete, and what it costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_optbench.errors import TargetFailedError, TargetHungError, TargetRaisedError, UnknownNameError
from pytest_optbench.promises import FOLDER, ID, Promise, all_promises, promise, promise_of, slug
from pytest_optbench.report.__main__ import main
from pytest_optbench.stress.audit import promises as audit_promises
from scenarios.flock_concurrency import test_flock_concurrency as flock
from scenarios.grid_explosion import findings, grid_checks
from scenarios.grid_explosion import test_grid_explosion as grid
from scenarios.long_running import test_long_running as long_running
from scenarios.memory_pressure import memory
from scenarios.memory_pressure import test_memory_pressure as memory_pressure
from scenarios.resume import cost as resuming
from scenarios.throughput import crowding
from scenarios.throughput import test_throughput as throughput

ROOT = Path(__file__).parents[2]
EVERY = all_promises()
BOUNDS = [
    (resuming.LINEAR, resuming.STEEPEST),
    (throughput.LINEAR, throughput.STEEPEST),
    (throughput.GATHERED, throughput.STEEPEST),
    (crowding.NOT_SLOWER, crowding.SLOWER),
    (grid.COUNTED, grid_checks.FEW),
    (grid.INDEXED, grid_checks.PER_AXIS),
    (grid.STARTS, grid.FIRST_TAKEN),
    (grid.FLAT, grid.FLAT_BYTES),
    (findings.LINEAR, findings.STEEPEST),
    (long_running.NO_SLOWER, long_running.SLOWER),
    (memory_pressure.FOLLOWS, memory.MOST_COPIES),
    (memory_pressure.DIMENSION, memory_pressure.STEEPEST),
    (memory_pressure.NOT_SWEEP, memory.MOST_GROWTH),
    (memory_pressure.RETURNS, memory.MOST_LEFT),
    (flock.LOCKS, "hundred" if flock.RUNS_A_LOCK == 100 else flock.RUNS_A_LOCK),
]


def test_a_promise_is_its_sentence_as_text() -> None:
    found = promise("resume.exactly-missing")
    assert (found.id, found.point) == ("resume.exactly-missing", "resume")
    assert str(found) == found.sentence == "A sweep that is started again executes exactly the missing runs."
    assert found == Promise(found.id, "another sentence") != Promise("resume.other", found.sentence)


@pytest.mark.parametrize("unknown", ["resume.exactly-mising", "resum.exactly-missing"])
def test_an_unknown_id_is_refused_with_similar_ones(unknown: str) -> None:
    with pytest.raises(UnknownNameError, match=re.escape(f"unknown promise '{unknown}'") + ".*resume.exactly-missing"):
        promise(unknown)
    with pytest.raises(UnknownNameError, match=r"choose one of artifact-collisions\."):
        promise("../../pyproject")


def test_ids_and_sentences_are_unique_and_whole() -> None:
    assert len(EVERY) > 100
    assert len({one.id for one in EVERY}) == len(EVERY)
    for one in EVERY:
        assert ID.fullmatch(one.id), one.id
        assert one.sentence.endswith("."), one.id
        assert one.meaning.endswith("."), one.id
        assert one.sentence not in one.was, one.id
    for point in {one.point for one in EVERY}:
        said = [sentence for one in EVERY if one.point in (point, "audit") for sentence in (one.sentence, *one.was)]
        assert len(set(said)) == len(said), point


def test_every_file_is_a_breaking_point_or_the_audit() -> None:
    rooms = {path.name.replace("_", "-") for path in (ROOT / "scenarios").iterdir() if path.is_dir()}
    assert {path.stem for path in FOLDER.glob("*.toml")} <= {*rooms, "audit"}


@pytest.mark.parametrize(("kept", "bound"), BOUNDS, ids=str)
def test_a_sentence_states_the_bound_of_its_scenario(kept: Promise, bound: float | str) -> None:
    stated = bound if isinstance(bound, str) else f"{bound:,g}"
    assert re.search(rf"(?<![\d.,]){re.escape(stated)}(?![\d,]|\.\d)", str(kept))


@pytest.mark.parametrize("kept", EVERY, ids=lambda kept: kept.id)
def test_every_promise_is_used(kept: Promise) -> None:
    assert f'"{kept.id}"' in SOURCES, "no scenario and no check of the audit names it"


SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for top in ("pytest_optbench", "scenarios") for path in (ROOT / top).rglob("*.py")
)


def test_what_a_target_does_wrong_everywhere_breaks_a_promise_of_the_audit() -> None:
    for failure in (TargetFailedError, TargetRaisedError, TargetHungError):
        assert promise(failure.promise).point == "audit"
    constants = {value for name, value in vars(audit_promises).items() if name.isupper()}
    assert {one.point for one in constants} == {"audit"}


def test_a_text_of_a_scenario_is_an_id_or_a_sentence() -> None:
    assert promise_of("audit.stored", "mine") == promise("audit.stored")
    assert promise_of("Every run that ends is stored.", "mine") == promise("audit.stored")
    assert promise_of("A run of changed code is another run.", "resume") == promise("resume.changed-code")
    own = promise_of("A run of changed code is another run.", "mine")
    assert (own.id, own.sentence) == (
        "mine.a-run-of-changed-code-is-another-run",
        "A run of changed code is another run.",
    )
    assert promise_of("mine.none-lost", "mine") == Promise("mine.none-lost", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [("a < b", "a > b"), ("\u65e5", "\u672c"), ("x" * 200, "x" * 201), ("1.1 times", "11 times"), ("", "!")],
)
def test_different_sentences_have_different_slugs(one: str, other: str) -> None:
    assert slug(one) != slug(other)
    assert all(ID.fullmatch(f"mine.{slug(text)}") for text in (one, other))


def test_the_page_of_promises_is_that_of_the_registry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promises"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs/promises.md").read_text(encoding="utf-8"), (
        "write it anew: python -m pytest_optbench.report promises > docs/promises.md"
    )


def test_importing_the_registry_reads_nothing() -> None:
    code = (
        "import sys, pytest_optbench.promises as registry\n"
        "assert 'tomllib' not in sys.modules and 'difflib' not in sys.modules\n"
        "assert registry._promises_of.cache_info().currsize == 0\n"
        "registry.promise('resume.stops')\n"
        "assert registry._promises_of.cache_info().currsize == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
