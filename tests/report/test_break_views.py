"""The order and the state in which broken promises are shown."""

from __future__ import annotations

from dataclasses import replace

from sessions import KEPT, RUN_ONCE, broken, outcome, session

from pytest_optbench.report.break_views import break_views
from pytest_optbench.report.compare import compare

OTHER = "Another promise is kept."


def test_new_ones_come_first_then_one_of_each_point() -> None:
    before = session(outcome(broken=[RUN_ONCE, KEPT]), outcome(point="leaks", broken=[OTHER]))
    now = session(outcome(broken=[RUN_ONCE, KEPT]), outcome(point="leaks", broken=[OTHER, KEPT]))
    plain = [(view.key.point, view.broken.promise, view.state) for view in break_views(now)]
    assert plain == [
        ("resume", RUN_ONCE, ""), ("leaks", OTHER, ""), ("resume", KEPT, ""), ("leaks", KEPT, ""),
    ]  # fmt: skip
    shown = break_views(replace(now, comparison=compare(now, before, "main")))
    assert (shown[0].key.point, shown[0].state) == ("leaks", "new")
    assert {view.state for view in shown[1:]} == {"known"}
    assert [view.anchor for view in shown] == ["break-1", "break-2", "break-3", "break-4"]


def test_more_witnesses_than_before_are_a_growth() -> None:
    before, now = session(outcome(broken=[RUN_ONCE])), session(outcome(broken=[broken(RUN_ONCE, 9)]))
    (view,) = break_views(replace(now, comparison=compare(now, before, "main")))
    assert (view.state, view.is_changed) == ("grew", True)


def test_shards_are_added_and_parts_stand_together() -> None:
    shards = [replace(outcome(broken=[broken(RUN_ONCE, 2)]), shard=shard, shards=2) for shard in (0, 1)]
    part = replace(outcome(broken=[RUN_ONCE]), case="second", replay="pytest y")
    (view,) = break_views(session(*shards, part))
    assert view.broken.others == 3
    assert [(other.key.case, other.repeat) for other in view.also] == [("second", "pytest y")]


def test_a_registered_promise_says_what_its_break_means() -> None:
    registered = outcome(broken=["A sweep that is started again executes exactly the missing runs."])
    registered = replace(registered, broken=(replace(registered.broken[0], id="resume.exactly-missing"),))
    first, second = break_views(session(registered, outcome(point="own", broken=[KEPT])))
    assert "you pay twice" in first.meaning
    assert second.meaning == ""
