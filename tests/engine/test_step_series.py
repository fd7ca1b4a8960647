"""Stepped metrics: every point is kept, in order, exactly; a point costs 16 bytes on the disk."""

from __future__ import annotations

import io
import math
import threading
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_optbench.engine.encoding import series
from pytest_optbench.engine.encoding.npz import npz_chunks
from pytest_optbench.engine.encoding.series import Series, exact_float
from pytest_optbench.errors import InvalidInputError

STEPS = st.integers(-(2**63), 2**63 - 1)


def through(*filled: Series) -> series.Columns:
    return series.read(io.BytesIO(b"".join(series.chunks({one.name: one for one in filled}))))


def size_on_disk(points: int) -> int:
    filled = Series("loss")
    for step in range(points):
        filled.add(step, step / 2)
    return sum(map(len, series.chunks({"loss": filled})))


@given(
    st.lists(st.tuples(STEPS, st.floats())), st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
)
def test_every_point_comes_back_in_the_order_of_capture(points: list[tuple[int, float]], name: str) -> None:
    filled = Series(name)
    for step, value in points:
        filled.add(step, value)
    assert len(filled) == len(points)
    ((found, (steps, values)),) = through(filled).items()
    assert (found, steps.dtype, values.dtype) == (name, np.int64, np.float64)
    assert steps.tolist() == [step for step, _ in points]
    np.testing.assert_array_equal(values, [value for _, value in points])


def test_names_that_resemble_columns_stay_apart() -> None:
    names = ["a", "a.steps", "a.values", "a.values.steps", ".steps", "steps", "a/b", "../a", "a.npy"]
    filled = []
    for number, name in enumerate(names):
        filled.append(Series(name))
        filled[-1].add(number, float(number))
    found = through(*filled)
    assert list(found) == names
    assert [steps.tolist() for steps, _ in found.values()] == [[number] for number in range(len(names))]


@pytest.mark.parametrize("count", [0, 1, 100, 65_536, 200_000])
def test_many_points_are_all_kept(count: int) -> None:
    filled = Series("loss")
    for step in range(count):
        filled.add(step, step / 2)
    assert len(filled) == count
    steps, values = through(filled)["loss"]
    np.testing.assert_array_equal(steps, np.arange(count))
    np.testing.assert_array_equal(values, np.arange(count) / 2)


@pytest.mark.parametrize("points", [1_000, 100_000])
def test_a_point_takes_16_bytes_on_the_disk(points: int) -> None:
    assert size_on_disk(2 * points) - size_on_disk(points) == 16 * points
    assert size_on_disk(points) - 16 * points < 1000  # what surrounds them


def test_threads_of_one_operation_tear_no_point() -> None:
    filled = Series("loss")
    together = threading.Barrier(4)

    def fill(thread: int) -> None:
        together.wait()
        for number in range(10_000):
            filled.add(4 * number + thread, float(4 * number + thread))

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps, values = through(filled)["loss"]
    np.testing.assert_array_equal(steps, values.astype(np.int64))
    np.testing.assert_array_equal(np.sort(steps), np.arange(40_000))


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (True, 1.0),
        (2**53, 2.0**53),
        (2**60, 2.0**60),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int64(-3), -3.0),
        (np.array(2.5), 2.5),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        (np.float64("-inf"), -math.inf),
    ],
)
def test_numbers_of_any_kind_are_taken_when_nothing_is_lost(given_: Any, kept: float) -> None:
    filled = Series("loss")
    filled.add(0, given_)
    assert through(filled)["loss"][1].tolist() == [kept]
    assert math.isnan(exact_float(np.float32("nan"), "loss"))


@pytest.mark.parametrize(
    "lost",
    [
        2**53 + 1,
        2**63 - 1,
        10**400,
        Decimal("0.1"),
        Fraction(1, 3),
        "1.0",
        b"1",
        1j,
        None,
        [1.0],
        np.array([1.0]),
        np.zeros(0),
        np.ma.masked,
        np.ma.masked_array(1.5, True),
    ],
    ids=repr,
)
def test_what_no_float_equals_is_refused_by_name(lost: Any) -> None:
    filled = Series("loss")
    with pytest.raises(InvalidInputError, match="metric 'loss'"):
        filled.add(0, lost)
    assert len(filled) == 0


@pytest.mark.parametrize("step", [1.0, "1", None, True, 2**63, -(2**63) - 1, [1], np.float64(1)], ids=repr)
def test_a_step_that_is_no_whole_number_of_64_bits_is_refused(step: Any) -> None:
    filled = Series("loss")
    with pytest.raises(InvalidInputError, match="metric 'loss': step"):
        filled.add(step, 1.0)
    assert len(filled) == 0


@pytest.mark.parametrize("step", [np.int64(5), np.uint8(5)])
def test_whole_numbers_of_numpy_are_steps(step: Any) -> None:
    filled = Series("loss")
    filled.add(step, 1.0)
    assert through(filled)["loss"][0].tolist() == [5]


def test_what_is_no_file_of_series_is_a_value_error() -> None:
    half = b"".join(npz_chunks({"loss.steps": np.zeros(1, "i8")}, "w"))
    for data in (b"", b"PK", half, half[:-5]):
        with pytest.raises(ValueError):  # noqa: PT011 - of any message
            series.read(io.BytesIO(data))
