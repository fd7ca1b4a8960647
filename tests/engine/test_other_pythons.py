"""One store for every version of Python: the identity of code and of values does not depend on the interpreter."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import portable_code
import pytest

VERSIONS = ["3.11", "3.12", "3.13", "3.14"]
ENVIRONMENT = "OPTBENCH_PYTHONS"  # further interpreters, as in PATH
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = 60
GENERICS = """
type Numbers = list[int]

class Box[T]:
    def put(self, x: T) -> T:
        return x

def generic[T: int, *Ts, **P](x: T, *y: *Ts) -> Numbers:
    return Box[T]().put(x), f"{x['a']!r:>{"nested"}}"
"""


def is_of(interpreter: str, version: str) -> bool:
    said = subprocess.run(
        [interpreter, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True
    )
    return said.stdout.strip() == str(tuple(map(int, version.split("."))))


@functools.cache
def interpreter_of(version: str) -> str:
    """An interpreter: this one, one of the environment or the path, or one that is installed beside this one."""
    named = [place for place in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if place]
    on_path = shutil.which(f"python{version}")
    beside = sorted(map(str, Path(sys.base_prefix).parent.glob(f"*/bin/python{version}")))
    for interpreter in [sys.executable, *named, *([on_path] if on_path else []), *beside]:
        if is_of(interpreter, version):
            return interpreter
    pytest.skip(f"no Python {version} here; {ENVIRONMENT} may name one")


def told(version: str, folder: Path = HERE, module: str = "") -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [interpreter_of(version), str(HERE / "portable_code.py"), str(folder), module]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert said.returncode == 0, said.stderr
    found: dict[str, str] = json.loads(said.stdout)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_code_and_values_are_the_same_in_every_version_of_python(version: str) -> None:
    assert told(version) == told("{}.{}".format(*sys.version_info))


@pytest.mark.parametrize("version", VERSIONS[2:])
def test_generic_code_is_the_same_where_there_is_such_code(tmp_path: Path, version: str) -> None:
    (tmp_path / "portable_generics.py").write_text(GENERICS)
    found = told(version, tmp_path, "portable_generics")
    assert "generic" in found
    assert found == told("3.12", tmp_path, "portable_generics")


def test_all_that_is_compared_differs_from_all_else() -> None:
    found = portable_code.identities(portable_code)
    assert len(found) > 30
    assert len(set(found.values())) == len(found)
