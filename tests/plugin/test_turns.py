"""A/B: two sessions take turns block by block, whoever ends first; the ratio is told and can fail the session."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from plugin_runs import ENGINE, Run

from pytest_optbench.plugin.ab.rounds import environment, suite_alone
from pytest_optbench.plugin.ab.turn_token import TURNS, VARIABLE, TurnToken, two_ends
from pytest_optbench.report.document import read

COUNTED = """
import pytest, sys
from pathlib import Path
@pytest.mark.breaking_point("probe", light=3)
def test_probe(load, scenario):
    name = scenario.target.name
    samples = []
    for block in scenario.blocks(2):
        with Path("turns.txt").open("a") as file:
            file.write(f"{name} {block}\\n")
        samples.append(130.0 if name == "other_lab" else 100.0)
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("opens", 4, "opens/run", better="lower")
    scenario.limit("cost", samples[0], "us", better="lower", kind="time", samples=samples)
"""
OTHER = "from pytest_optbench.engine import *\n"


@pytest.fixture
def probe(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A scenario whose figures are made up: 30 % dearer with the target `other_lab`."""
    pytester.makepyfile(test_probe=COUNTED, other_lab=OTHER)
    path = [str(pytester.path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    return pytester


ALONE = """
import pytest
@pytest.mark.breaking_point("probe", light=3)
def test_probe(load, scenario):
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("cost", 1.0, "us", better="lower", kind="time", samples=[1.0, 1.1, 1.2])
"""
TWO = """
import pytest
@pytest.mark.breaking_point("sure", light=3)
def test_sure(load, scenario):
    open("sure.txt", "a").write(".")
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("opens", 4, "opens/run", better="lower")

@pytest.mark.breaking_point("unsure", light=3)
def test_unsure(load, scenario):
    open("unsure.txt", "a").write(".")
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("cost", 1.0, "us", better="lower", kind="time")
"""


def versus(module: str = ENGINE) -> tuple[str, str]:
    return "--optbench-versus", f"{sys.executable}:{module}"


def test_two_sides_take_turns_block_by_block(run: Run, probe: pytest.Pytester) -> None:
    result = run(*versus(), "--optbench-rounds", "2", target="other_lab")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "optbench: 1 item in turn with *, at most 2 rounds",
            "optbench: round 1 of at most 2, 1 item open; probe.cost *1.3x worse*",
            "optbench: round 2 of at most 2, * open; probe.cost *1.3x worse*",
            "2 rounds in turn with",
            "    pytest_optbench.engine*",
            "*1.3x worse*",
        ]
    )
    own, *turns = (probe.path / "turns.txt").read_text().split("other_lab 1\n", 1)
    assert own == "other_lab 0\n"
    blocks = turns[0].split()[::2]
    half = len(blocks) // 2
    assert half == 2 * 2 * TURNS
    assert blocks[:half] == ["other_lab", ENGINE] * (half // 2)
    assert blocks[half:] == [ENGINE, "other_lab"] * (half // 2)


def test_a_ratio_fails_the_session_where_a_rule_says_so(run: Run, probe: pytest.Pytester) -> None:
    rule = ("--optbench-compare-fail", "probe:10%", "--optbench-rounds", "3", "--optbench-json", "ab.json")
    slower = run(*versus(), *rule, target="other_lab")
    assert slower.ret == 1
    slower.stdout.fnmatch_lines(["gate FAILED (1 reason)*", "*probe:10%: probe.cost*1.3x worse*"])
    report = read(probe.path / "ab.json").versus
    assert report is not None
    assert [(change.limit, change.worse) for change in report.changes] == [("opens", 1.0), ("cost", pytest.approx(1.3))]
    assert run(*versus("other_lab"), *rule, target=ENGINE).ret == 0


def test_samples_that_were_not_taken_by_turns_are_one(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_probe=ALONE)
    run(*versus(), "--optbench-rounds", "2", "--optbench-json", "ab.json")
    report = read(pytester.path / "ab.json")
    assert report.outcomes[0].limits[0].samples == (1.0, 1.1, 1.2)
    assert report.versus is not None
    assert [change.samples for change in report.versus.changes] == [(2, 2)]


SHARDED = """
import pytest
@pytest.mark.breaking_point("probe", OTHER extreme=3)
def test_probe(load, shard, scenario):
    scenario.ran(executed=3, audited=3, seconds=1)
    scenario.limit("opens", 4, "opens/run", better="lower")
"""


def test_both_sides_draw_the_shards_of_this_session(run: Run, pytester: pytest.Pytester) -> None:
    """Workers give an extreme load its shards, and the sides that take turns have none."""
    pytester.makepyfile(test_probe=SHARDED.replace("OTHER ", ""))
    few = ("-n", "2", "--optbench-rounds", "2", "--optbench-json", "ab.json")
    assert run(*versus(), *few, "-m", "extreme").ret == 0
    report = read(pytester.path / "ab.json").versus
    assert report is not None
    assert (report.rounds, report.problems) == (2, ())
    assert [change.intensity for change in report.changes] == ["extreme"]
    pytester.makepyfile(test_probe=SHARDED.replace("OTHER", "medium=4,"))
    assert run(*versus(), *few, "-m", "extreme or medium").ret == 1
    report = read(pytester.path / "ab.json").versus
    assert report is not None
    assert "give --optbench-shards for all" in report.problems[0]


def test_what_is_settled_is_measured_no_more(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_two=TWO)
    run(*versus(), "--optbench-rounds", "3")
    sure, unsure = (len((pytester.path / f"{name}.txt").read_text()) for name in ("sure", "unsure"))
    assert (sure, unsure) == (1 + 2 * 2, 1 + 2 * 3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no-such-python", "there is no interpreter no-such-python"),
        ("/bin/false", "install pytest-optbench for it"),
    ],
)
def test_an_interpreter_that_cannot_is_refused(run: Run, probe: pytest.Pytester, text: str, complaint: str) -> None:
    result = run(f"--optbench-versus={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in str(result.stderr)
    assert not (probe.path / "turns.txt").exists()


def test_a_side_without_its_module_fails_with_its_story(run: Run, probe: pytest.Pytester) -> None:
    result = run(*versus("no_such_lab"))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate FAILED*", "*wrote no report*", "*no_such_lab*"])


def test_nothing_to_measure_fails(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import pytest\n@pytest.mark.breaking_point('x', light=1)\n"
        "def test_x(load, scenario): scenario.ran(executed=1, audited=1, seconds=1)\n"
    )
    result = run(*versus())
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*no scenario recorded a limit*"])


def ends(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[int, int]) -> list[TurnToken]:
    made = []
    for pair in pairs:
        monkeypatch.setenv(VARIABLE, "{} {}".format(*map(os.dup, pair)))
        made.append(TurnToken.of_environment())
    assert VARIABLE not in os.environ
    return made


def test_the_baton_goes_to_and_fro(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def play(name: str, turn_token: TurnToken, blocks: int) -> None:
        turn_token.take()
        for block in range(blocks):
            order.append(f"{name}{block}")
            turn_token.hand_over()
        turn_token.close()

    with two_ends() as pipes:
        first, second = ends(monkeypatch, *pipes)
    players = [threading.Thread(target=play, args=told) for told in (("a", first, 2), ("b", second, 4))]
    for player in reversed(players):
        player.start()
    for player in players:
        player.join(timeout=30)
    assert order == ["a0", "b0", "a1", "b1", "b2", "b3"]


def test_a_lone_session_never_waits() -> None:
    turn_token = TurnToken()
    turn_token.take()
    turn_token.hand_over()
    assert turn_token.factor == 1


def test_a_side_knows_nothing_of_the_session_that_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    monkeypatch.setenv("OPTBENCH_METALAB", "other_lab")
    monkeypatch.setenv("KEPT", "1")
    with suite_alone() as suite:
        found = environment(suite, "/of/mine")
        assert sorted(place.name for place in suite.iterdir()) == ["pytest_optbench", "scenarios"]
    assert found["PYTHONPATH"].split(os.pathsep)[:2] == [str(suite), "/of/mine"]
    assert not [name for name in found if name.startswith(("PYTEST_", "OPTBENCH_"))]
    assert found["KEPT"] == "1"
