"""The printed command, taken literally in the folder where the session began, runs the same item again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

PROBE = """
import pytest

@pytest.mark.breaking_point("probe", light=3, medium=4)
@pytest.mark.parametrize("name", ["a b", "it's \\"x\\"", "c::d[1]", "$HOME", "ä"])
def test_probe(load, name, scenario):
    scenario.ran(executed=3, audited=3, seconds=1)
    if name == NAME:
        scenario.breaks("runs are kept", "run 7 is lost")
"""
CHECKED = PROBE.replace("def test_probe", "def check_probe")
PLUGIN = "import pytest\n\n@pytest.fixture(autouse=True)\ndef of_the_plugin(): ...\n"
INI = "[pytest]\n"
FILES: Mapping[str, Mapping[str, str]] = {
    "alone": {"test_probe.py": PROBE},
    "below the root": {"pytest.ini": INI, "packages/one/tests/test_probe.py": PROBE},
    "within another root": {"pytest.ini": INI, "a/pytest.ini": INI, "a/test_probe.py": PROBE},
    "own ini": {"settings/own.ini": "[pytest]\npython_files = check_*.py\npython_functions = check_*\n",
                "check_probe.py": CHECKED},
    "two folders": {"one/pytest.ini": INI, "one/test_probe.py": PROBE, "two/pytest.ini": INI, "two/test_other.py": ""},
    "blanks": {"a folder/it's/test_probe.py": PROBE},
    "plugin": {"mine.py": PLUGIN, "test_probe.py": PROBE.replace("name, scenario", "name, of_the_plugin, scenario")},
    "functions": {"test_probe.py": CHECKED},
    "target": {"mylab.py": "from pytest_optbench.engine import *\n", "test_probe.py": PROBE},
}  # fmt: skip
LAYOUTS: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "alone": ("alone", ".", ()),
    "sub-folder": ("below the root", "packages/one", ()),
    "deep in it": ("below the root", "packages/one/tests", ()),
    "beside it": ("below the root", "packages", ("one/tests/test_probe.py",)),
    "monorepo": ("within another root", ".", ()),
    "one of the monorepo": ("within another root", "a", ()),
    "own root": ("below the root", "packages", ("--rootdir", "one", "one/tests")),
    "own ini": ("own ini", ".", ("-c", "settings/own.ini", "--rootdir=.", ".")),
    "own ini above": ("own ini", "settings", ("-c", "own.ini", "..")),
    "two folders": ("two folders", ".", ("one", "two")),
    "blanks": ("blanks", ".", ()),
    "blanks in it": ("blanks", "a folder", ()),
    "plugin": ("plugin", ".", ("-p", "mine", "-p", "no:cacheprovider")),
    "functions": ("functions", ".", ("-o", "python_functions=check_*")),
    "import mode": ("below the root", ".", ("--import-mode=importlib",)),
    "target": ("target", ".", ("--metalab", "mylab")),
    "store": ("below the root", "packages", ("--optbench-store=my store",)),
}
NAMES = ("a b", 'it\'s "x"', "c::d[1]", "$HOME", "ä")


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who activated the interpreter's environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(tmp_path)}


def told(command: str | Sequence[str], folder: Path, shell: Mapping[str, str]) -> str:
    """What a command prints, run in a folder; a text goes through the shell."""
    is_text = isinstance(command, str)
    done = subprocess.run(
        command, shell=is_text, cwd=folder, env=shell, capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout + done.stderr


def repeats(output: str) -> list[str]:
    """The commands that an output tells of, each once."""
    lines = (line.strip() for line in output.splitlines())
    return list(dict.fromkeys(line.removeprefix("repeat: ") for line in lines if line.startswith("repeat: ")))


def outcomes(output: str) -> str:
    """What became of the items, without the time."""
    return output.strip().splitlines()[-1].rpartition(" in ")[0].strip("= ")


@pytest.mark.parametrize(
    ("layout", "workers"),
    [*((layout, ()) for layout in LAYOUTS), *((layout, ("-n", "2")) for layout in ("sub-folder", "own ini", "store"))],
)
def test_the_printed_command_repeats_the_item(
    tmp_path: Path, shell: dict[str, str], layout: str, workers: tuple[str, ...]
) -> None:
    files, start, arguments = LAYOUTS[layout]
    name = NAMES[list(LAYOUTS).index(layout) % len(NAMES)]
    for path, text in FILES[files].items():
        file = tmp_path / "place" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("NAME", repr(name)))
    folder = tmp_path / "place" / start
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", *workers, *arguments]
    if "--metalab" not in arguments:
        command += ["--metalab", "pytest_optbench.engine"]
    first = told(command, folder, shell)
    assert "1 failed, 4 passed" in outcomes(first), first
    (repeat,) = repeats(first)
    again = told(repeat, folder, shell)
    assert outcomes(again) == "1 failed", f"{repeat}\n{again}"
    assert repeats(again) == [repeat]
    rootdir = next(line for line in first.splitlines() if line.startswith("rootdir: "))
    assert rootdir in again


def test_a_shard_of_an_extreme_load_is_repeated_by_its_name(tmp_path: Path, shell: dict[str, str]) -> None:
    """It is one of as many as there were workers, and the command that repeats it has none."""
    probe = PROBE.replace("medium=4", "extreme=4").replace("(load, name, scenario)", "(load, shard, name, scenario)")
    probe = probe.replace("if name == NAME", "if name == 'c::d[1]' and shard.index == 1")
    (tmp_path / "test_probe.py").write_text(probe)
    own = ["-p", "no:randomly", "-m", "extreme", "--metalab", "pytest_optbench.engine"]
    first = told([sys.executable, "-m", "pytest", "-n", "3", *own], tmp_path, shell)
    assert "1 failed, 14 passed" in outcomes(first), first
    (repeat,) = repeats(first)
    assert "--optbench-shards 3" in repeat
    again = told(repeat, tmp_path, shell)
    assert outcomes(again) == "1 failed", again
    assert repeats(again) == [repeat]


def test_a_bundled_scenario_is_repeated_by_its_names(tmp_path: Path, shell: dict[str, str]) -> None:
    """Its file has another place on every machine; the breaking point and the part are the same everywhere."""
    lab = "from pytest_optbench.engine import *\nfrom pytest_optbench.engine import run as honest\n\n\n"
    lab += "def run(experiment, **options):\n    return honest(experiment, **{**options, 'resume': False})\n"
    (tmp_path / "forgetful.py").write_text(lab)
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_files = check_*.py\n")
    selected = ["--optbench", "--optbench-only", "resume", "-k", "test_finished"]
    first = told([sys.executable, "-m", "pytest", "--metalab", "forgetful", *selected], tmp_path, shell)
    (repeat,) = repeats(first)
    assert "site-packages" not in repeat
    assert "scenarios" not in repeat
    again = told(repeat, tmp_path, shell)
    assert "1 failed" in outcomes(again)
    assert repeats(again) == [repeat]
