"""Every code block of the README does what it says: commands run, outputs are those of today, rules name limits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from code_blocks import ROOT, CodeBlock, blocks_of

from pytest_optbench.report import gate
from pytest_optbench.report.document import read
from pytest_optbench.report.rows import rows

ENGINE = "pytest_optbench.engine"
SECONDS = 900.0  # against a hang

# How a command of the README is made short enough for a test: what is replaced in it. The rest is run as it stands.
SHORTER: Mapping[str, str] = {
    "-m heavy -n 16": "-m light -n 2",
    "-m heavy --optbench-only optbench -k": "-m medium --collect-only -q --optbench-only optbench -k",
    "heavy-0 or heavy-1": "medium-1 or medium-2",
    "heavy-2 or heavy-3": "medium-3 or medium-4",
    "--optbench-replicates 20": "--optbench-replicates 2",
    "--optbench-trials 500": "--optbench-trials 8",
    "/path/to/base/bin/python": sys.executable,
    "--metalab metalab": f"--metalab {ENGINE}",
}
# Commands that a test cannot run, and who runs them.
ELSEWHERE: Mapping[str, str] = {
    "python3 -m venv .venv": "the two commands that install: .ci/run follows them",
    "pip install git+https": "installs from a repository",
    "pytest_optbench.history ../metalab": "tests/history runs both commands on a repository of its own",
}


def all_blocks(language: str) -> list[CodeBlock]:
    return [block for block in blocks_of("README.md") if block.language == language]


def commands() -> list[CodeBlock]:
    return [block for block in all_blocks("bash") if not any(known in block.text for known in ELSEWHERE)]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder that looks like a clone, where commands may leave their files."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a page in `folder`, with this interpreter's programs first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "OPTBENCH_"))}
    environment = {**kept, "PATH": path, "TMPDIR": str(folder), **variables}
    return subprocess.run(
        ["bash", "-euc", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def shorter(text: str) -> str:
    for long, short in SHORTER.items():
        text = text.replace(long, short)
    if "--optbench-only" not in text and " -k" not in text:  # a whole suite: one breaking point of it will do
        point = "resume" if "'resume." in text else "optbench"
        text = re.sub(r"(pytest [^\n]*-m light)", rf"\1 --optbench-only {point}", text)
    return text


def test_commands_that_run_elsewhere_are_run_there() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in re.findall(r"<!-- command: ([\w-]+) -->", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert f"follow {name}\n" in script
    assert all(any(known in block.text for block in all_blocks("bash")) for known in ELSEWHERE)


@pytest.mark.parametrize("name", [name for name in SHORTER if name != "--metalab metalab"])
def test_what_is_shortened_stands_in_the_readme(name: str) -> None:
    assert any(name in block.text for block in blocks_of("README.md"))


@pytest.mark.parametrize("block", commands(), ids=str)
def test_commands_run(block: CodeBlock, clone: Path) -> None:
    if "forgetful" in block.text:
        save(clone)
    if "one.json" in block.text:
        pytest.skip("the shards of a heavy load: see the test of shards")
    if "engine.json" in block.text:
        keep_reports(clone, *re.findall(r"[\w-]+\.json", block.text))
    done = run(shorter(block.text), clone)
    wanted = {1} if "forgetful" in block.text else {0}
    assert done.returncode in wanted, done.stdout + done.stderr


def keep_reports(clone: Path, *names: str) -> None:
    """Keep the report of one short session under several names."""
    done = run(shorter(f"pytest -m light --optbench-json={names[0]}"), clone)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in names[1:]:
        shutil.copy(clone / names[0], clone / name)


def test_shards_on_two_machines_are_one_load(clone: Path) -> None:
    (block,) = [block for block in commands() if "one.json" in block.text]
    selected = [re.findall(r"::test_sweep.*", run(shorter(line), clone).stdout) for line in block.text.splitlines()[:2]]
    assert [len(items) for items in selected] == [2, 2]
    assert len({item for items in selected for item in items}) == 4
    light = "pytest -m light --optbench-only optbench --optbench-json="
    done = run(f"{light}one.json; {light}other.json; {block.text.splitlines()[2]}", clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(read(clone / "all.json").outcomes) == 2
    assert (clone / "all.html").stat().st_size > 10_000


def save(folder: Path) -> None:
    """Save the wrapper of the README under the name that the README gives it."""
    (wrapper,) = [block for block in all_blocks("python") if "honest_run" in block.text]
    (folder / "forgetful.py").write_text(wrapper.text, encoding="utf-8")


def test_the_wrapper_breaks_what_the_readme_says(clone: Path) -> None:
    save(clone)
    (command,) = [block for block in commands() if "forgetful" in block.text]
    (said,) = [block for block in all_blocks("") if block.text.startswith("broken promise")]
    assert said.text in run(command.text, clone).stdout


def is_output(block: CodeBlock) -> bool:
    """Return whether a block shows what a command prints here; a forecast's figures are those of one machine."""
    return block.text.startswith("$ ") and "--optbench-forecast" not in block.text


@pytest.mark.parametrize("block", [block for block in all_blocks("") if is_output(block)], ids=str)
def test_outputs_are_those_of_today(block: CodeBlock, clone: Path) -> None:
    command, _, output = block.text[2:].partition("\n")
    done = run(f"{command} --metalab {ENGINE}", clone)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = "\n".join(map(without_rates, done.stdout.splitlines()))
    assert "\n".join(map(without_rates, output.strip().splitlines())) in printed


def without_rates(line: str) -> str:
    """A line without what a clock says in it, and without how many parts all scenarios have."""
    return re.sub(r"~[\d.,]+|\d+ of \d+ parts", "~", line).rstrip()


def test_results_are_analysed_with_pandas(clone: Path) -> None:
    pytest.importorskip("pandas")
    (block,) = [block for block in all_blocks("python") if "FileStore" in block.text]
    (keeping,) = [block for block in commands() if "--optbench-store" in block.text]
    assert run(shorter(keeping.text), clone).returncode == 0
    (clone / "analysis.py").write_text(block.text, encoding="utf-8")
    done = run(f"{sys.executable} analysis.py", clone)
    assert done.returncode == 0, done.stderr
    assert re.search(r"gradient_descent +[\d.e+-]+", done.stdout)


@pytest.mark.parametrize("intensity", ["light", "extreme"])
def test_the_scenario_holds(tmp_path: Path, intensity: str) -> None:
    (block,) = [block for block in all_blocks("python") if "breaking_point" in block.text]
    (tmp_path / "test_no_ops.py").write_text(block.text, encoding="utf-8")
    done = run(f"pytest -m {intensity} --optbench-budget 3 --metalab {ENGINE} --optbench-json=report.json", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (outcome,) = read(tmp_path / "report.json").outcomes
    assert outcome.verdict == "holds"
    assert {limit.kind for limit in outcome.limits} == {"time"}


def test_rules_name_limits_that_there_are(clone: Path) -> None:
    pages = " ".join(
        (ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "pytest_optbench/report/gate.py")
    )
    named = {found.rstrip(".") for found in re.findall(r"[a-z-]+\.[a-z_]+(?=[:<>][+\d])", f"{gate.EXAMPLES} {pages}")}
    assert len(named) >= 3
    points = ",".join(sorted({name.partition(".")[0] for name in named}))
    done = run(f"pytest -m light --optbench-only {points} --metalab {ENGINE} --optbench-json=report.json", clone)
    assert done.returncode == 0, done.stdout + done.stderr
    limits = {
        f"{row.point}.{gate.slug(limit.name)}"
        for row in rows(read(clone / "report.json").outcomes)
        for limit in row.limits
    }
    assert named <= limits
