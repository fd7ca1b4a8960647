"""The page about the interface: its runner gets the verdicts it lists, and its tables name what the code looks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from code_blocks import ROOT, blocks_of

from pytest_optbench.plugin.collection import bundled_folder
from pytest_optbench.report.document import read
from pytest_optbench.target.inspection import NEEDED

PAGE = "docs/interface.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
SECONDS = 300.0  # against a hang
REQUIRED = re.compile(r"\brequire\(([^)]*)\)")


def rows(title: str) -> list[list[str]]:
    """The cells of each row of the table whose head begins with `title`."""
    table = TEXT.partition(f"\n| {title} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def listed_verdicts() -> dict[tuple[str, str], str]:
    return {(point.strip("`"), part.strip("`")): verdict for point, part, verdict, _ in rows("breaking point")}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """The verdicts that the page's runner gets from the page's commands, in a folder that is empty otherwise."""
    folder = tmp_path_factory.mktemp("tinylab")
    (runner,) = [block for block in blocks_of(PAGE) if block.language == "python"]
    (commands,) = [block for block in blocks_of(PAGE) if "--metalab tinylab" in block.text]
    (folder / "tinylab.py").write_text(runner.text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**kept, "PATH": path, "TMPDIR": str(folder)}
    found: dict[tuple[str, str], str] = {}
    for number, command in enumerate(commands.text.splitlines()):
        command = f"{command} --optbench-json=report-{number}.json"
        done = subprocess.run(
            ["bash", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stdout + done.stderr
        for outcome in read(folder / f"report-{number}.json").outcomes:
            found[outcome.point, outcome.case] = outcome.verdict
    return found


@pytest.mark.parametrize("part", listed_verdicts(), ids="-".join)
def test_the_runner_gets_the_verdicts_of_the_page(outcomes: dict[tuple[str, str], str], part: tuple[str, str]) -> None:
    assert outcomes[part] == listed_verdicts()[part]


def test_the_verdicts_are_of_every_kind() -> None:
    assert {*listed_verdicts().values()} == {"holds", "breaks", "not applicable"}


def test_the_page_names_what_each_generation_needs() -> None:
    head = next(line for line in TEXT.splitlines() if line.startswith("| generation |"))
    generations = re.findall(r"`(\w+)`", head)
    (needed,) = [cells[1:] for cells in rows("generation") if cells[0] == "needed names"]
    listed = {name: tuple(re.findall(r"`(\w+)`", cell)) for name, cell in zip(generations, needed, strict=True)}
    assert listed == dict(NEEDED)


def test_a_feature_names_every_breaking_point_that_requires_it() -> None:
    required: dict[str, set[str]] = {}
    for scenario in bundled_folder().rglob("test_*.py"):
        for arguments in REQUIRED.findall(scenario.read_text(encoding="utf-8")):
            for feature in re.findall(r'"([\w-]+)"', arguments):
                required.setdefault(feature, set()).add(scenario.parent.name.replace("_", "-"))
    listed = {
        feature: set(re.findall(r"`([\w-]+)`", applicable))
        for features, _, applicable in rows("feature")
        for feature in re.findall(r"`([\w-]+)`", features)
    }
    assert required
    assert {feature: points - listed.get(feature, set()) for feature, points in required.items()} == {
        feature: set() for feature in required
    }
