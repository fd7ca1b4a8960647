"""Every break is saved with all that repeats it, and a replay says whether it is fixed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plugin_runs import Run

SCENARIO = """
import os
from pathlib import Path
import pytest
from pytest_optbench.plugin.replay import schedule
from pytest_optbench.promises import Promise

MENDED = Path(__file__).with_name("mended")
FRAGILE = Promise("fragile.holds", "It holds.", "It does not.")

@pytest.mark.breaking_point("fragile", light=10, medium=100)
def test_fragile(load, scenario):
    alone = schedule()
    if MENDED.exists() and MENDED.read_text() == "nothing":
        scenario.inconclusive("nothing to look at")
    scenario.ran(executed=load.size, audited=load.size, seconds=0.5)
    with open("seeds", "a") as seeds:
        seeds.write(f"{scenario.seed} {alone}\\n")
    if not MENDED.exists():
        message = "at a point" if alone is None else f"alone at {alone['at']}"
        scenario.breaks(FRAGILE, message, about="a subject", schedule={"at": 7})

@pytest.mark.breaking_point("sound", light=10)
def test_sound(load, scenario):
    scenario.ran(executed=1, audited=1, seconds=0.5)
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    pytester.makepyfile(test_fragile=SCENARIO)
    return pytester.path


def saved(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((folder / ".optbench" / "breaks").glob("*"))]


def test_a_break_is_saved_with_what_repeats_it(run: Run, folder: Path, workers: tuple[str, ...]) -> None:
    done = run("-m", "light", *workers)
    done.stdout.fnmatch_lines(["*pytest --optbench-replay .optbench/breaks"])
    (one,) = saved(folder)
    assert one["target"]["name"] == "pytest_optbench.engine"
    assert (one["point"], one["case"], one["intensity"], one["id"]) == ("fragile", "fragile", "light", "fragile.holds")
    assert (one["message"], one["about"], json.loads(one["schedule"])) == ("at a point", "a subject", {"at": 7})
    assert one["arguments"][:2] == ["test_fragile.py::test_fragile[light]", "-m"]
    assert one["variables"]["OPTBENCH_SEED"] == (folder / "seeds").read_text().split()[0]
    run("-m", "light", *workers)
    assert len(saved(folder)) == 1, "the same break has the same file"


def test_a_replay_says_whether_it_is_fixed(run: Run, folder: Path) -> None:
    run("-m", "light")
    (folder / "seeds").unlink()
    (one,) = saved(folder)
    broken = run("--optbench-replay", ".optbench/breaks", target="")
    assert broken.ret == 1
    broken.stdout.fnmatch_lines(["STILL BROKEN: fragile.holds*", "*alone at 7", "0 of 1 breaks are fixed"])
    assert (folder / "seeds").read_text() == f"{one['variables']['OPTBENCH_SEED']} {{'at': 7}}\n"
    assert len(saved(folder)) == 1
    assert saved(folder) == [one], "a replay saves nothing"
    (folder / "mended").touch()
    (file,) = (folder / ".optbench" / "breaks").iterdir()
    mended = run(f"--optbench-replay={file}", target="")
    assert mended.ret == 0
    mended.stdout.fnmatch_lines(["FIXED: fragile.holds*", "1 of 1 breaks are fixed"])


def test_what_a_replay_cannot_decide_is_not_fixed(run: Run, folder: Path) -> None:
    run("-m", "light")
    (folder / "mended").write_text("nothing")
    undecided = run("--optbench-replay", ".optbench/breaks", target="")
    assert undecided.ret == 1
    undecided.stdout.fnmatch_lines(["UNDECIDED: fragile.holds*", "*inconclusive: nothing to look at"])
    (folder / "test_fragile.py").unlink()
    gone = run("--optbench-replay", ".optbench/breaks", target="")
    assert gone.ret == 1
    gone.stdout.fnmatch_lines(["UNDECIDED: fragile.holds*"])


@pytest.mark.parametrize("content", [None, "", "[]", '{"format": 1}'])
def test_what_is_no_saved_break_is_refused_by_name(run: Run, folder: Path, content: str | None) -> None:
    if content is not None:
        (folder / "some.json").write_text(content)
    refused = run("--optbench-replay", "some.json", target="")
    assert refused.ret == 4
    refused.stderr.fnmatch_lines(["ERROR: --optbench-replay some.json: *some.json*"])


def test_a_session_without_a_break_saves_nothing(run: Run, folder: Path) -> None:
    run("-m", "light", "-k", "sound")
    assert not (folder / ".optbench").exists()
