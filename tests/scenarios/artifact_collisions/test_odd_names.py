"""The odd names: none of them can leave the folder that is kept around a store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.artifact_collisions.odd_names import HIGHEST, catalogue, escaping, generated, reserved
from scenarios.artifact_collisions.workload import from_hex, to_hex

FENCE = Path("/fence")
RUN = FENCE / Path(*"1234567") / "store"  # the shallowest folder that a name can be joined to
OUTSIDE = FENCE / Path(*"1234567") / "outside"
NAMINGS = [*catalogue(taken=["record.json", "_manifest.json"]), *escaping(OUTSIDE)]


def stays(name: str) -> bool:
    return os.path.normpath(RUN / name).startswith(f"{FENCE}/")


@pytest.mark.parametrize("naming", NAMINGS, ids=lambda naming: naming.label)
def test_no_name_of_the_catalogue_leaves_the_fence(naming: object) -> None:
    assert all(map(stays, naming.names))  # type: ignore[attr-defined]


@given(generated(OUTSIDE))
def test_no_generated_name_leaves_the_fence(names: list[str]) -> None:
    assert all(map(stays, names))
    assert len(set(names)) == len(names)


def test_some_names_do_leave_the_store() -> None:
    outside = [
        name
        for one in escaping(OUTSIDE)
        for name in one.names
        if not os.path.normpath(RUN / name).startswith(f"{RUN}/")
    ]
    assert len(outside) >= 2 * HIGHEST


def test_labels_tell_namings_apart() -> None:
    assert len({naming.label for naming in NAMINGS}) == len(NAMINGS)


def test_files_of_a_store_are_tried_whole_and_without_suffix_as_every_kind() -> None:
    tried = {(naming.names[0], naming.kinds[0]) for naming in reserved(["record.json"])}
    assert tried == {(name, kind) for name in ("record.json", "record") for kind in ("json", "numpy", "file")}


@given(st.text(st.characters(exclude_categories=())))
def test_every_name_survives_as_digits(name: str) -> None:
    assert from_hex(to_hex(name)) == name
