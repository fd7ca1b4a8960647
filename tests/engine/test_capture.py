"""What an operation captures is read back equal, or refused by name; nothing leaves the run's folder."""

import enum
import logging
import math
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pytest_optbench.engine.execution.capture import Capture
from pytest_optbench.engine.model.records import RunRecord, Status
from pytest_optbench.engine.store import FileStore
from pytest_optbench.errors import CaptureClosedError, InvalidInputError, StoreError, UnknownNameError

RUN = "0123456789abcdef" * 2
NAMES = [
    "plain", "a/b", "../up", "..", ".", "/etc/passwd", "x" * 300, "record.json", "series.npz", "log.txt", "Log.TXT",
    "con", ".hidden", "-rf", "sp ace", "tab\tnew\nline", "caf\u00e9", "cafe\u0301", "\U0001f600", "a\\b", "~", "*?",
]  # fmt: skip


def record_of(captured, status=Status.SUCCESS, run_id=RUN, experiment_id="e:1"):
    now = datetime.now(UTC)
    return RunRecord(run_id, experiment_id, status, "c", "p", "s", now, now, 1.0, **captured)


@pytest.fixture
def store(tmp_path):
    store = FileStore(tmp_path / "root").experiment("e:1")
    assert store.claim(RUN)
    yield store
    store.close()


@pytest.fixture
def capture(store):
    return Capture(store.draft(RUN))


def publish(store, capture, status=Status.SUCCESS):
    store.publish(capture._draft, record_of(capture.close(), status))


@pytest.mark.parametrize("name", NAMES)
def test_any_artifact_name_comes_back(store, capture, tmp_path, name):
    capture.artifact(name, {"of": name})
    publish(store, capture)
    assert [artifact.name for artifact in store.list_artifacts(RUN)] == [name]
    assert store.load_artifact(RUN, name) == {"of": name}
    assert [one.name for one in tmp_path.iterdir()] == ["root"]
    assert store.check() == []


def test_names_that_resemble_each_other_stay_apart(store, capture):
    names = [*NAMES, "PLAIN", "Plain", unicodedata.normalize("NFD", "\u00e9"), unicodedata.normalize("NFC", "e\u0301")]
    for name in names:
        capture.text(name, f"of {name}")
    publish(store, capture)
    assert [artifact.name for artifact in store.list_artifacts(RUN)] == names
    assert [store.load_artifact(RUN, name) for name in names] == [f"of {name}" for name in names]
    assert store.check() == []


@pytest.mark.parametrize("name", ["", "nul\0", "x" * 1001, "\ud800", 3, None, b"bytes"])
@pytest.mark.parametrize("what", ["artifact", "metric", "stepped"])
def test_impossible_names_are_refused_at_the_call(capture, name, what):
    call = {
        "artifact": lambda: capture.artifact(name, 1),
        "metric": lambda: capture.metric(name, 1),
        "stepped": lambda: capture.metric(name, 1.0, step=0),
    }[what]
    with pytest.raises(InvalidInputError, match="name"):
        call()


def test_an_unhashable_name_of_a_series_is_refused_by_name(capture):
    with pytest.raises(InvalidInputError, match="name"):
        capture.metric(["list"], 1.0, step=0)


class Metric(str, enum.Enum):  # noqa: UP042 - its point: it prints as "Metric.LOSS"
    LOSS = "loss"


def test_a_name_is_its_characters_whatever_prints(store, capture):
    capture.metric(Metric.LOSS, 1.0)
    capture.metric(Metric.LOSS, 2.0, step=1)
    capture.metric("loss", 3.0, step=2)
    capture.artifact(Metric.LOSS, {"a": 1})
    publish(store, capture)
    read = store.get_run_record(RUN)
    assert [read.metrics, read.series, [one.name for one in read.artifacts]] == [{"loss": 1.0}, {"loss": 2}, ["loss"]]
    assert store.load_artifact(RUN, "loss") == {"a": 1}


class Tensor:
    """A number without dimensions as other libraries have it: its dtype is not numpy's."""

    dtype = object()
    shape = ()

    def __init__(self, value):
        self._value = value

    def item(self):
        return self._value


def test_a_number_of_another_library_is_the_number_it_gives(store, capture):
    capture.metric("loss", Tensor(0.5))
    capture.metric("steps", Tensor(3))
    capture.metric("loss", Tensor(0.25), step=1)
    publish(store, capture)
    assert store.get_run_record(RUN).metrics == {"loss": 0.5, "steps": 3}
    assert store.series(RUN)["loss"][1].tolist() == [0.25]


def test_what_gives_no_number_is_refused_by_name(capture):
    for value in (Tensor(object()), Tensor([1])):
        with pytest.raises(InvalidInputError, match="metric 'odd'"):
            capture.metric("odd", value)


def test_metrics_come_back_with_their_values(store, capture):
    kept = {"f": 0.1, "nan": math.nan, "inf": -math.inf, "big": 2**80, "flag": True, "text": "t", "none": None}
    capture.log_metrics(kept)
    capture.metric("np", np.float64(2.5))
    publish(store, capture)
    read = store.get_run_record(RUN).metrics
    assert math.isnan(read["nan"])
    assert {name: read[name] for name in kept if name != "nan"} == {n: v for n, v in kept.items() if n != "nan"}
    assert read["np"] == 2.5
    assert type(read["flag"]) is bool


def test_a_metric_changed_after_its_capture_is_kept_as_it_was(store, capture):
    value = [1, 2]
    capture.metric("list", value)
    value.append(3)
    publish(store, capture)
    assert store.get_run_record(RUN).metrics["list"] == [1, 2]


def test_metadata_changed_after_its_capture_is_kept_as_it_was(store, capture):
    about = {"axes": ["x"]}
    capture.artifact("a", 1, metadata=about)
    about["axes"].append("y")
    publish(store, capture)
    assert store.get_run_record(RUN).artifacts[0].metadata == {"axes": ["x"]}


def test_a_metric_without_a_faithful_form_is_refused_by_name(capture):
    with pytest.raises(InvalidInputError, match="metric 'odd'"):
        capture.metric("odd", object())


def test_stepped_metrics_come_back_in_order(store, capture):
    steps = [5, -3, 5, 2**62]
    values = [1.0, math.nan, -math.inf, 4]
    for step, value in zip(steps, values, strict=True):
        capture.metric("loss/\u00e9", value, step=step)
    capture.log_metrics({"other": np.float32(0.5)}, step=np.int64(7))
    publish(store, capture)
    read = store.series(RUN)
    assert list(read) == ["loss/\u00e9", "other"]
    assert read["loss/\u00e9"][0].dtype == np.int64
    assert read["loss/\u00e9"][0].tolist() == steps
    np.testing.assert_array_equal(read["loss/\u00e9"][1], np.array(values, dtype=float))
    assert store.get_run_record(RUN).series == {"loss/\u00e9": 4, "other": 1}


@pytest.mark.parametrize("step", [1.5, "1", 2**63, float("nan"), [1], 10**5000], ids=range(6))
def test_a_step_that_is_no_integer_is_refused_and_adds_nothing(store, capture, step):
    capture.metric("loss", 1.0, step=0)
    with pytest.raises(InvalidInputError, match="'loss'"):
        capture.metric("loss", 2.0, step=step)
    publish(store, capture)
    assert [column.tolist() for column in store.series(RUN)["loss"]] == [[0], [1.0]]


@pytest.mark.parametrize("value", ["1.0", None, 1j, 2**60 + 1, [1.0], b"1", [10**5000]])
def test_a_stepped_value_that_is_no_float_is_refused(capture, value):
    with pytest.raises(InvalidInputError, match="'loss'"):
        capture.metric("loss", value, step=0)


def test_a_refused_first_point_leaves_no_series(store, capture):
    with pytest.raises(InvalidInputError):
        capture.metric("loss", "no", step=0)
    publish(store, capture)
    assert store.get_run_record(RUN).series == {}


@pytest.mark.parametrize("kind", ["artifact", "text", "metric", "log", "step", "known", "logger", "figure"])
def test_nothing_is_captured_after_the_end(capture, kind):
    capture.metric("known", 1.0, step=0)
    capture.close()
    call = {
        "artifact": lambda: capture.artifact("a", 1),
        "text": lambda: capture.text("a", "b"),
        "metric": lambda: capture.metric("a", 1),
        "log": lambda: capture.log("m"),
        "step": lambda: capture.metric("new", 1.0, step=1),
        "known": lambda: capture.metric("known", 1.0, step=1),
        "logger": lambda: capture.subscribe_logger("x"),
        "figure": lambda: capture.figure("f", Drawing()),
    }[kind]
    with pytest.raises(CaptureClosedError):
        call()


class Drawing:
    def savefig(self, file, **how):
        file.write(f"\x89 {how}".encode())


def test_a_figure_is_kept_as_an_image(store, capture):
    capture.figure("f", Drawing())
    capture.figure("g", Drawing(), format="svg", dpi=30, bbox_inches=None, metadata={"of": 1})
    publish(store, capture)
    assert b"'png', 'dpi': 150, 'bbox_inches': 'tight'" in store.load_artifact(RUN, "f")
    assert b"'svg', 'dpi': 30, 'bbox_inches': None" in store.load_artifact(RUN, "g")
    assert [(one.kind, one.format, one.metadata) for one in store.list_artifacts(RUN)] == [
        ("image", "png", {}),
        ("image", "svg", {"of": 1}),
    ]


@pytest.mark.parametrize(("close", "left"), [(True, []), (False, [1])])
def test_a_figure_of_pyplot_is_closed(capture, close, left):
    pytest.importorskip("matplotlib").use("agg")
    from matplotlib import pyplot

    pyplot.close("all")
    figure, _ = pyplot.subplots()
    capture.figure("f", figure, close=close)
    assert pyplot.get_fignums() == left
    pyplot.close("all")


def test_the_same_name_replaces_bytes_and_file(store, capture):
    capture.artifact("a", np.arange(5))
    capture.artifact("b", 1)
    capture.artifact("a", "now text")
    publish(store, capture)
    assert store.load_artifact(RUN, "a") == "now text"
    assert sorted(artifact.name for artifact in store.list_artifacts(RUN)) == ["a", "b"]
    assert store.check() == []


def test_a_refused_artifact_leaves_the_earlier_one(store, capture):
    capture.artifact("a", [1])
    with pytest.raises(InvalidInputError, match="artifact 'a'"):
        capture.artifact("a", np.array([object()]))
    publish(store, capture)
    assert store.load_artifact(RUN, "a") == [1]
    assert store.check() == []


def test_unknown_kinds_are_refused_with_the_valid_ones(capture, tmp_path):
    with pytest.raises(UnknownNameError, match="json"):
        capture.artifact("a", 1, kind="yaml")
    source = tmp_path / "x.yaml"
    source.write_text("a")
    with pytest.raises(UnknownNameError, match="json"):
        capture.file("a", source, kind="yaml")


def test_files_are_copied(store, capture, tmp_path):
    source = tmp_path / "in.dat"
    source.write_bytes(b"x" * 3_000_000)
    capture.file("copy", source)
    source.write_bytes(b"changed")
    publish(store, capture)
    assert store.load_artifact(RUN, "copy") == b"x" * 3_000_000
    (name,) = (one.file for one in store.get_run_record(RUN).artifacts)
    assert name == "copy.dat"


def test_a_missing_file_is_refused_by_name(capture, tmp_path):
    with pytest.raises(InvalidInputError, match="artifact 'gone'"):
        capture.file("gone", tmp_path / "gone")


def test_log_and_loggers_are_kept_until_the_end(store, capture):
    logger = logging.getLogger("optbench.test.capture")
    logger.setLevel(logging.INFO)
    capture.subscribe_logger(logger.name)
    logger.info("from %s", "logger")
    capture.log("direct \ud800", level="warning")
    publish(store, capture)
    assert logger.handlers == []
    logger.warning("too late")
    log = store.log(RUN)
    assert "INFO [optbench.test.capture] from logger" in log
    assert "WARNING direct" in log
    assert "too late" not in log


def test_a_logger_passes_on_what_is_asked_for_and_then_as_before(store, capture):
    logger = logging.getLogger("optbench.test.capture.quiet")
    logger.setLevel(logging.ERROR)
    capture.subscribe_logger(logger.name)
    logger.debug("low")
    capture.subscribe_logger(logger.name, level=logging.WARNING)
    logger.info("below")
    logger.warning("above")
    capture.unsubscribe_logger(logger.name)
    capture.unsubscribe_logger("nobody")
    logger.error("unheard")
    publish(store, capture)
    assert [line.split(" ", 2)[2] for line in store.log(RUN).splitlines()] == [
        f"[{logger.name}] low",
        f"[{logger.name}] above",
    ]
    assert (logger.level, logger.handlers) == (logging.ERROR, [])


def test_the_own_logger_of_a_run_writes_to_its_log(store, capture):
    capture.logger.info("by %s", "it")
    capture.flush()
    logger = capture.logger
    publish(store, capture)
    logger.info("too late")
    assert store.log(RUN).endswith("INFO by it\n")


def test_what_was_captured_so_far_can_be_asked_for(capture):
    capture.metric("loss", 0.5)
    made = capture.artifact("a", b"x", format="dat")
    assert capture.metrics == {"loss": 0.5}
    assert [(one.name, one.format) for one in capture.artifacts] == [("a", "dat")] == [(made.name, made.format)]


def test_data_has_names_of_its_own(store, capture):
    capture.artifact("a", "artifact")
    capture.data("a", np.eye(2), metadata={"dim": 2})
    capture.data("b", 1)
    capture.data("b", {"again": [1]})
    publish(store, capture)
    record = store.get_run_record(RUN)
    assert [one.name for one in record.artifacts] == ["a"]
    assert [(one.name, one.metadata) for one in record.data] == [("a", {"dim": 2}), ("b", {})]
    assert store.load_artifact(RUN, "a") == "artifact"
    np.testing.assert_array_equal(store.load_data(RUN, "a"), np.eye(2))
    assert store.load_data(RUN, "b") == {"again": [1]}
    assert store.check() == []


@pytest.mark.parametrize(("level", "written"), [("info", "INFO"), (logging.WARNING, "WARNING"), (25, "LEVEL 25")])
def test_a_level_is_a_name_or_a_number_of_logging(store, capture, level, written):
    capture.log("m", level=level)
    publish(store, capture)
    assert f" {written} m\n" in store.log(RUN)


@pytest.mark.parametrize("level", [None, 1.5, ["info"]])
def test_any_other_level_is_refused(capture, level):
    with pytest.raises(InvalidInputError, match="level of a log line"):
        capture.log("m", level=level)


def test_a_disk_error_fails_the_publication_even_if_the_operation_swallows_it(store, capture):
    blocked = f"{capture._draft.folder}/blocked.json"
    Path(blocked).mkdir()
    with pytest.raises((StoreError, OSError)):
        capture.artifact("blocked", 1)
    with pytest.raises(StoreError, match=r"blocked\.json"):
        publish(store, capture)
    assert not store.run_exists(RUN)
