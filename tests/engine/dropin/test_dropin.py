"""The engine in the place of metalab: scripts that use all of its interface print the same with either.

Each script in `scripts` is about one thing, and runs under the name `metalab`. What it prints is in `said`; where
metalab is installed, it runs the script too, and must print just that.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from used_interface import Use, offered_by, use_of

import pytest_optbench.engine as engine
from pytest_optbench.engine.not_offered import NOT_OFFERED

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
PAGE = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
UNDER_ITS_NAME = os.pathsep.join([str(HERE / "under_its_name"), str(ROOT)])
NEEDS = {"frames": "pandas"}
TIMEOUT = 120.0  # seconds, against a hang

EXPORTED = """
    ArtifactDescriptor CancellationToken CancelledError Capture ContextSpec DirPath Event EventCallback EventKind
    Executor Experiment ExperimentInfo FilePath FileStore FileStoreConfig Fingerprintable FrozenContext GridSource
    LocalRunHandle ManualSource MetricDisplay OperationWrapper ParamCase ParamResolver ParamSource PostgresStoreConfig
    ProcessExecutor Progress ProgressTracker Provenance RandomSource ResolvedSource Results Run RunHandle RunPayload
    RunRecord RunStatus Runtime SeedBundle SeedPlan SimpleProgressTracker SlurmConfig SlurmExecutor SlurmRunHandle
    Status Store StoreConfig ThreadExecutor __version__ choice context_spec create_progress_tracker dir_hash
    display_results file_hash grid load_results loguniform loguniform_int manual operation randint random reconnect
    resolve_executor run seeds uniform with_resolver
"""  # the names of metalab; where it is installed, a test compares them


def said_by(script: Path, folder: Path, path: str) -> str:
    """Run a copy of a script in an empty folder, and return what it prints."""
    place = folder / "a folder"
    place.mkdir()
    for each in SCRIPTS:
        (place / each.name).write_bytes(each.read_bytes())
    environment = {**os.environ, "PYTHONPATH": path, "MPLBACKEND": "agg", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("runner", ["engine", "metalab"])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_prints_the_same_with_either(script: Path, runner: str, tmp_path: Path) -> None:
    if script.stem in NEEDS:
        pytest.importorskip(NEEDS[script.stem])
    if runner == "metalab":
        pytest.importorskip("metalab")
    path = UNDER_ITS_NAME if runner == "engine" else ""
    assert said_by(script, tmp_path, path) == (HERE / "said" / f"{script.stem}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def use() -> Use:
    return use_of(SCRIPTS, "metalab")


@pytest.mark.parametrize("name", EXPORTED.split())
def test_a_name_of_metalab_is_offered_and_used_or_explained(name: str, use: Use) -> None:
    if name in NOT_OFFERED:
        with pytest.raises(AttributeError, match=re.escape(NOT_OFFERED[name])):
            getattr(engine, name)
        assert f"`{name}`" in PAGE
    else:
        assert hasattr(engine, name)
        assert name in engine.__all__
        assert name in use.names


def test_another_name_is_only_missing() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'nonsense'$"):
        _ = engine.nonsense


def test_the_names_are_those_of_an_installed_metalab() -> None:
    metalab = pytest.importorskip("metalab")
    assert sorted(metalab.__all__) == sorted(EXPORTED.split())


def unused(use: Use) -> Iterator[str]:
    metalab = importlib.import_module("metalab")
    offered = [name for name in EXPORTED.split() if name not in NOT_OFFERED]
    for qualified, called, parameter, position in offered_by(metalab, offered):
        used = called in use.members if parameter is None else use.covers(called, parameter, position)
        what = qualified if parameter is None else f"{qualified}({parameter})"
        mentions = [f"`{what}`", f"`{qualified}(...)`", *([f"`{qualified}`"] if "." in qualified else ())]
        if not used and not any(mention in PAGE for mention in mentions):
            yield what


def test_each_member_and_keyword_of_an_installed_metalab_is_used_or_in_the_table(use: Use) -> None:
    pytest.importorskip("metalab")
    assert list(unused(use)) == []
