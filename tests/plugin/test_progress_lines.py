"""Progress: the rate of the last minute, from the first execution on, and the runs of shards that have not begun."""

from __future__ import annotations

from pytest_optbench.plugin.planned import Part
from pytest_optbench.plugin.progress import Pace, Running, Work, part_line, progress_line, still_waiting
from pytest_optbench.stress.witness.follow import WitnessCounts


def shards(count: int, size: int | None, point: str = "sweep") -> list[Part]:
    return [Part(point, "case", "heavy", size, index, count) for index in range(count)]


def test_a_rate_begins_with_the_first_execution() -> None:
    pace = Pace()
    for second in range(300):  # other parts ran, which execute nothing that is counted here
        pace.note(second, 0)
    pace.note(301, 100)
    pace.note(302, 300)
    assert pace.rate == 100


def test_a_rate_is_that_of_the_last_minute() -> None:
    pace = Pace()
    for second in range(100):
        pace.note(second, second)
    for second in range(100, 200):
        pace.note(second, 100 + 10 * (second - 100))
    assert pace.rate == 10
    for second in range(200, 300):
        pace.note(second, 1090)
    assert pace.rate == 0


def test_a_lone_look_has_no_rate() -> None:
    pace = Pace()
    pace.note(1, 5)
    assert pace.rate == 0


def test_shards_that_have_not_begun_are_known_from_the_load() -> None:
    begun = {"sweep.case.heavy": [WitnessCounts(planned=10, started=3), WitnessCounts(planned=10)]}
    assert still_waiting(begun, Work(shards(8, 80), 0)) == (60, False)
    assert still_waiting({}, Work(shards(8, 80), 0)) == (80, False)


def test_shards_of_an_asked_sweep_are_like_those_that_began() -> None:
    begun = {"sweep.case.heavy": [WitnessCounts(planned=10), WitnessCounts(planned=14)]}
    assert still_waiting(begun, Work(shards(4, None), 0)) == (24, False)
    assert still_waiting({}, Work(shards(4, None), 0)) == (0, True)


def test_a_part_that_is_no_shard_is_known_when_it_begins() -> None:
    parts = shards(1, 10**18, "a") + shards(1, 7, "b")
    assert still_waiting({"a.case.heavy": [WitnessCounts(planned=5)]}, Work(parts, 0)) == (0, True)
    begun = {"a.case.heavy": [WitnessCounts(planned=5)], "b.case.heavy": [WitnessCounts(planned=7)]}
    assert still_waiting(begun, Work(parts, 0)) == (0, False)


def test_the_line_says_what_is_known() -> None:
    assert progress_line(576, 137, 27.4) == "137 of 576 runs (24%), 27.4 runs/s, 16 s left"
    assert progress_line(576, 137, 27.4, unknown=True) == "137 of 576 runs so far (24%), 27.4 runs/s"
    assert progress_line(576, 137, 0.0) == "137 of 576 runs (24%), none in the last 1 min 00 s"


def test_a_part_that_runs_long_is_named_with_the_time_that_is_left() -> None:
    parts = shards(1, 7, "a") + shards(1, 7, "b") + shards(1, 7, "c")
    running = [Running(parts[1], 25.0), Running(parts[2], 3.0)]
    line = part_line(Work(parts, 1, 40.0, running))
    assert line == "b case [heavy] for 25 s, about 1 min 20 s left if the others are like those done"
    assert part_line(Work(parts, 1, 40.0, running), alone=False) == "b case [heavy] for 25 s"
    assert part_line(Work(parts, 0, 40.0, running)) == "b case [heavy] for 25 s"


def test_a_part_that_ends_by_the_clock_says_what_is_left_of_its_budget() -> None:
    (part,) = shards(1, 7)
    assert part_line(Work([part], 0, 25.0, [Running(part, 25.0, 60.0)])).endswith("for 25 s, 35 s left of its budget")
    assert part_line(Work([part], 0, 70.0, [Running(part, 70.0, 60.0)])).endswith("for 1 min 10 s")


def test_a_short_part_says_nothing() -> None:
    (part,) = shards(1, 7)
    assert part_line(Work([part], 0, 5.0, [Running(part, 5.0)])) == ""
    assert part_line(Work([part], 1, 50.0)) == ""
