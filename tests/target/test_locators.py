"""Folders become stores of a database where a session has one, each in a schema of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_optbench.target.locators import DATABASE, DatabaseStore, located

SERVER = "postgresql://me@%2Ftmp%2Fa%20b/lab"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(DATABASE, f"{SERVER}?schema=here")
    return SERVER


def test_a_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert located("runs") == str(tmp_path / "runs")


def test_a_folder_becomes_a_schema_and_keeps_its_files(server: str, tmp_path: Path) -> None:
    place = DatabaseStore.of(located(str(tmp_path / "a & b")))
    assert (place.server, place.folder) == (server, str(tmp_path / "a & b"))
    assert place.schema is not None
    assert place.schema.startswith("here_")


def test_two_folders_share_nothing_and_one_folder_is_one_store(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert located("one") == located(str(tmp_path / "one"))
    assert located("one") != located("two")


def test_a_locator_is_left_as_it_is(server: str) -> None:
    assert located("file:///runs") == "file:///runs"


@pytest.mark.parametrize("locator", [SERVER, f"{SERVER}?file_root=%2Fx+y&schema=s", f"{SERVER}?schema=s"])
def test_a_locator_is_read_and_written_without_loss(locator: str) -> None:
    assert DatabaseStore.of(locator).locator == locator
