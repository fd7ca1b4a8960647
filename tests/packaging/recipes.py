"""The jobs of the README's CI recipe, as scripts that a test can run where it has no package index."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
HERE = Path(__file__).parent


def jobs() -> dict[str, list[str]]:
    """The commands of each job: its `run:` steps in order, folded or literal as YAML has them."""
    (recipe,) = re.findall(r"```yaml\n(name: stress\n.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    parts = re.split(r"^  ([\w-]+):\n", recipe.partition("\njobs:\n")[2], flags=re.MULTILINE)[1:]
    return {name: list(_steps(body)) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _steps(body: str) -> list[str]:
    found = re.findall(r"^      - run: (>-|\||.+)\n((?:^ {10}.*\n)*)", body, flags=re.MULTILINE)
    return [_text(style, [line.strip() for line in lines.splitlines()]) for style, lines in found]


def _text(style: str, lines: list[str]) -> str:
    return {">-": " ".join(lines), "|": "\n".join(lines)}.get(style, style)


def adapted(step: str, wheel: Path, options: str) -> str:
    """A step as it runs here: nothing is downloaded, and its session is narrowed by `options`."""
    install = f"'{sys.executable}' '{HERE / 'installed.py'}' '{wheel}' ../base-env 1.0"
    step = step.replace("${{ github.base_ref }}", "main").replace("-m venv", "-m venv --without-pip")
    step = re.sub(r"^\S*base-env/bin/pip install .*$", lambda _: install, step, flags=re.MULTILINE)
    step = re.sub(r"^pip install .*$", ":", step, flags=re.MULTILINE)
    return f"{step} {options}" if step.startswith("pytest ") else step
