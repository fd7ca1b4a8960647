"""Record files: what is encoded comes back, one altered byte is noticed, and no name in one leaves the run's folder."""

from __future__ import annotations

import dataclasses
import datetime
import json
import pickle
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.engine.model.records import Artifact, Provenance, RunRecord, Status, StoredFile
from pytest_optbench.engine.store import record_file
from pytest_optbench.engine.store.record_scan import RecordScanner
from pytest_optbench.errors import CorruptRecordError

RUN = "0123456789abcdef" * 2
BEGAN = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.UTC)
RECORD = RunRecord(
    run_id=RUN,
    experiment_id='odd "name"\n\u00e9\0:1',
    status=Status.SUCCESS,
    context_fingerprint="c" * 32,
    params_fingerprint="p" * 32,
    seed_fingerprint="s" * 32,
    started_at=BEGAN,
    finished_at=BEGAN + datetime.timedelta(seconds=1.5),
    duration_ms=1499.25,
    metrics={"loss": float("inf"), "run_id": 2**80, "checksum": "x", "format": 7},
    provenance=Provenance("m:f", "h" * 32, "3.11", "0.1", "linux", "host", 7),
    error={"type": "ValueError", "message": "m\ud800", "traceback": "t"},
    params_resolved={"x": (1, 2), "nested": {"$": 1}},
    tags=("a", "b"),
    warnings=("w",),
    notes=("n",),
    artifacts=(Artifact("a/b", "json", "a_b.json", 3, "0" * 64, {"unit": "m"}),),
    series={"loss": 100},
    files=(StoredFile("log.txt", 5, "1" * 64),),
    metadata={"case_id": "c"},
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def sealed(columns: dict[str, Any]) -> bytes:
    """The bytes of a record with these columns and a checksum that is right."""
    body = json.dumps(columns, separators=(",", ":"))[:-1].encode()
    return body + b',"checksum":"%08x"}\n' % zlib.crc32(body)


def success_test(experiment_id: str) -> Callable[[str, bytes], bool]:
    return RecordScanner("", "", *record_file.around_run_id(experiment_id)).passes


def columns(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record_file.encode(RECORD))
    del found["checksum"]
    return found | changed


def test_a_record_comes_back() -> None:
    assert record_file.decode(record_file.encode(RECORD)) == RECORD


def test_the_least_of_records_comes_back() -> None:
    least = RunRecord(RUN, "e:1", Status.FAILED, "c", "p", "s", BEGAN, BEGAN, 0.0)
    assert record_file.decode(record_file.encode(least)) == least


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), st.text(st.characters(), max_size=9))
def test_whatever_a_run_produced_comes_back(produced: dict[str, Any], name: str) -> None:
    record = dataclasses.replace(RECORD, metrics=produced, params_resolved=produced, experiment_id=name, notes=(name,))
    data = record_file.encode(record)
    assert record_file.decode(data) == record
    assert success_test(name)(RUN, data)


def test_values_without_a_faithful_form_lose_no_record() -> None:
    record = dataclasses.replace(RECORD, params_resolved={"f": print, "x": 1})
    assert record_file.decode(record_file.encode(record)).params_resolved["x"] == 1


def test_any_altered_or_missing_byte_is_noticed() -> None:
    data = record_file.encode(RECORD)
    is_success = success_test(RECORD.experiment_id)
    assert is_success(RUN, data)
    for place in range(len(data)):
        for damaged in (data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], data[:place] + data[place + 1 :]):
            assert not is_success(RUN, damaged)
            with pytest.raises(CorruptRecordError):
                record_file.decode(damaged)
        assert not is_success(RUN, data[:place])


def test_parameters_too_deep_for_json_lose_no_run() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = (deep,)
    read = record_file.decode(record_file.encode(dataclasses.replace(RECORD, params_resolved={"a": deep, "b": 1})))
    assert read.metrics == RECORD.metrics
    assert set(read.params_resolved) == {"a", "b"}
    assert "nested too deeply" in read.warnings[-1]


def test_only_a_success_of_that_run_and_experiment_is_one() -> None:
    data = record_file.encode(RECORD)
    assert not success_test("e:1")(RUN, data)
    assert not success_test(RECORD.experiment_id)("f" * 32, data)
    for status in set(Status) - {Status.SUCCESS}:
        other = record_file.encode(dataclasses.replace(RECORD, status=status))
        assert not success_test(RECORD.experiment_id)(RUN, other)


@pytest.mark.parametrize("file", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\0b", None, 3, ["x"]])
@pytest.mark.parametrize("list_", ["artifacts", "files"])
def test_a_file_name_that_leaves_the_folder_is_refused_however_right_the_checksum(list_: str, file: Any) -> None:
    listed = columns()[list_][0] | {"file": file}
    with pytest.raises(CorruptRecordError):
        record_file.decode(sealed(columns(**{list_: [listed]})))


@pytest.mark.parametrize(
    "odd",
    [
        {"format": 2},
        {"format": None},
        {"status": "splendid"},
        {"started_at": "yesterday"},
        {"duration_ms": 10**400},
        {"started_at": 3},
        {"artifacts": [3]},
        {"artifacts": [{"file": "a"}]},
        {"files": [{"file": "log.txt", "size": "5", "sha256": "x"}]},
        {"files": None},
        {"provenance": {"unknown": 1}},
        {"metrics": 3},
        {"params_resolved": [1]},
        {"series": None},
        {"metadata": "x"},
        {"duration_ms": "long"},
        {"duration_ms": None},
        {"unknown": 1},
        {"error": "boom"},
        {"error": ["ValueError", "boom"]},
        {"error": {"type": "ValueError", "message": ["boom"]}},
        {"metrics": {"x": {"$": "array", "v": ["f8,,", [1], ""]}}},
    ],
)
def test_what_is_no_record_is_corrupt_however_right_the_checksum(odd: dict[str, Any]) -> None:
    record_file.decode(sealed(columns()))
    with pytest.raises(CorruptRecordError):
        record_file.decode(sealed(columns(**odd)))


@pytest.mark.parametrize("missing", ["format", "status", "run_id", "artifacts", "started_at"])
def test_a_missing_column_is_corrupt(missing: str) -> None:
    found = columns()
    del found[missing]
    with pytest.raises(CorruptRecordError):
        record_file.decode(sealed(found))


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"[1]", b"null", sealed([1]), b"\xff" * 100])  # type: ignore[arg-type]
def test_other_bytes_are_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptRecordError):
        record_file.decode(data)


def test_a_record_that_is_read_is_like_one_that_is_made() -> None:
    read = record_file.decode(record_file.encode(RECORD))
    assert (read, repr(read)) == (RECORD, repr(RECORD))
    assert pickle.loads(pickle.dumps(read)) == RECORD
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.status = Status.FAILED  # type: ignore[misc]


def test_a_column_too_many_is_named() -> None:
    with pytest.raises(CorruptRecordError, match="not those of a record: surplus"):
        record_file.decode(sealed(columns(surplus=1)))
