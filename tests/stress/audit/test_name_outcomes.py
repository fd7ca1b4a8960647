"""Fates of names, judged on hand-written executions and records."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_optbench.stress.audit.name_outcomes import (
    NameOutcome,
    disturbed,
    lost,
    name_outcomes,
    named_in,
    shown,
)
from pytest_optbench.stress.witness.log import Execution
from pytest_optbench.target import StoredArtifact, StoredRun, StoreSnapshot
from pytest_optbench.text import printable

NAME = "model"


def execution(refusals: dict[str, str] | None = None, **artifacts: str) -> Execution:
    return Execution("key", "session", 1, 1, 0.0, 1.0, "returned", metrics=refusals or {}, artifacts=artifacts)


def record(status: str = "success", error: Any = None, problem: str | None = None, **artifacts: str) -> StoredRun:
    kept = {name: StoredArtifact("json", 1, digest, problem) for name, digest in artifacts.items()}
    return StoredRun("run-1", status, {}, artifacts=kept, error=error)


def outcome_of(execution: Execution, record: StoredRun | None, **origins: str) -> NameOutcome:
    (judged,) = name_outcomes([NAME], execution, record, origins)
    return judged


def test_what_reads_back_equal_is_kept() -> None:
    assert outcome_of(execution(model="a"), record(model="a")) == NameOutcome(NAME, "run-1", "kept")


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (record(model="b"), "it reads back as something else"),
        (record(model="c"), "it reads back as what run 7 captured as 'model'"),
        (
            record(other="a"),
            "capturing it raised no error, but the run lists only 'other', and nothing is read by its name",
        ),
        (record(model="a", problem="torn"), "the run lists it, but it cannot be read back: torn"),
        (None, "the run that captured it is not in the store"),
    ],
)
def test_everything_else_is_lost_and_says_how(run: StoredRun | None, told: str) -> None:
    judged = outcome_of(execution(model="a"), run, c="what run 7 captured as 'model'")
    assert (judged.outcome, judged.reason) == ("lost", told)
    assert not judged.survived


def test_a_refusal_that_names_it_is_a_clear_one() -> None:
    assert outcome_of(execution({"refusal_0": "ValueError: no 'model' here"}), record()).outcome == "refused"


def test_a_refusal_that_does_not_name_it_is_none() -> None:
    judged = outcome_of(execution({"refusal_0": "KeyError: 'artifacts'"}), record())
    assert judged.outcome == "unnamed"
    assert str(judged) == (
        "Run run-1, artifact 'model': it was refused with an error that does not name it: KeyError: 'artifacts'."
    )


@pytest.mark.parametrize(("message", "outcome"), [("bad name 'model'", "refused"), ("'artifacts'", "unnamed")])
def test_a_run_that_failed_for_a_name_has_to_say_which(message: str, outcome: str) -> None:
    failed = record("failed", {"type": "KeyError", "message": message})
    assert outcome_of(execution(model="a"), failed).outcome == outcome


def test_each_name_has_the_refusal_of_its_own_place() -> None:
    seen = execution({"refusal_1": "no 'b'"}, a="1", c="3")
    assert [one.outcome for one in name_outcomes(["a", "b", "c"], seen, record(a="1", c="3"))] == [
        "kept",
        "refused",
        "kept",
    ]


def test_a_companion_may_not_be_refused() -> None:
    assert lost(NAME, execution(model="a"), record(model="a")) == ""
    assert "lists only nothing" in lost(NAME, execution(model="a"), record("failed"))
    assert "not in the store" in lost(NAME, execution(model="a"), None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a/b", "No such file: '/store/a/b.json'"),
        ("a\0b", "artifact name 'a\\x00b' contains a NUL"),
        ("x" * 300, f"File name too long: '{'x' * 300}'"),
        ("x" * 300, f"artifact name '{'x' * 60}...{'x' * 15}' has 300 characters"),
        ("0\x1f\x00\U0001089f\U0002ebe1/000000\x1f\x1f", "name '0\\x1f\\x00\\U0001089f\\U0002ebe1/000000...' has NUL"),
        ("", "artifact name '' is empty"),
        ("..", "artifact name '..' climbs"),
        ("caf\u00e9", "artifact name 'caf\\xe9' is taken"),
    ],
)
def test_an_error_names_a_name(name: str, text: str) -> None:
    assert named_in(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a\0b", "embedded null byte"),
        ("..", "No such file: '/store/...json'"),
        ("", "bad name"),
        ("model", "'artifacts'"),
    ],
)
def test_an_error_does_not_name_a_name(name: str, text: str) -> None:
    assert not named_in(name, text)


def test_what_is_printed_is_ascii_and_escaped_once() -> None:
    assert printable("caf\u00e9 '\\x00' \0") == "caf\\xe9 '\\x00' \\x00"


def test_a_long_name_is_cut_and_counted() -> None:
    assert shown("n" * 5000).endswith("nnnn' (5000 characters)")


def snapshot(*runs: StoredRun) -> StoreSnapshot:
    return StoreSnapshot(runs)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (snapshot(), "run run-1 is gone"),
        (snapshot(record("failed", a="1")), "run run-1 was success {}, now failed {}"),
        (snapshot(record(a="2")), "run run-1: artifact 'a' changed (it reads back as something else)"),
        (snapshot(record(a="1", problem="torn")), "run run-1: artifact 'a' changed (torn)"),
        (snapshot(record()), "run run-1: artifact 'a' is gone"),
        (snapshot(record(a="1", b="2")), "run run-1: artifact 'b' appeared"),
    ],
)
def test_a_disturbed_run_is_told(after: StoreSnapshot, told: str) -> None:
    assert disturbed(snapshot(record(a="1")), after) == (told,)


def test_an_undisturbed_run_is_not_told_and_new_ones_do_not_count() -> None:
    more = StoredRun("run-2", "success", {})
    assert disturbed(snapshot(record(a="1")), snapshot(record(a="1"), more)) == ()
