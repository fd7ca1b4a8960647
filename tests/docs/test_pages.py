"""The pages for newcomers: what they point at is there, and the words and layers are all listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from code_blocks import ROOT

PAGES = ("CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md", "docs/interface.md", "docs/over-time.md")
PACKAGE = ROOT / "pytest_optbench"
PLACES = (
    ROOT,
    PACKAGE,
    PACKAGE / "engine",
    PACKAGE / "engine" / "store",
    PACKAGE / "target",
    ROOT / "scenarios/resume",
)
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*(?:\.(?:py|md|toml|yml)|/))`")
WIDTH = 120
MADE_BY_A_RECIPE = re.compile(r"run[-_]tags|tinylab\.py|<")


def prose(page: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    named = [name for name in PATH.findall(prose(page)) if not MADE_BY_A_RECIPE.search(name)]
    assert named
    assert [name for name in named if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Whether a file is below one of the places that pages speak of, or, by its bare name, anywhere in the package."""
    anywhere = "/" not in name and any(PACKAGE.rglob(name)) | any((ROOT / "tests").rglob(name))
    return anywhere or any((place / name).exists() for place in PLACES)


@pytest.mark.parametrize("page", [*PAGES, "README.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    local = [link for link in links if "://" not in link]
    assert local
    missing = []
    for link in local:
        file, _, anchor = link.partition("#")
        path = (ROOT / page).parent / file if file else ROOT / page
        if not path.exists() or (anchor and anchor not in headings(path)):
            missing.append(link)
    assert missing == []


def headings(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_wrapped(page: str) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > WIDTH and not line.startswith("|")] == []


def test_each_word_is_explained_once_and_shortly() -> None:
    table = re.findall(r"^\| ([\w/ -]+) \| ([^|]+) \| ([^|]+) \|$", prose("docs/glossary.md"), re.MULTILINE)
    words = [word for word, _, _ in table if word != "word"]
    assert len(words) >= 40
    assert len({*words}) == len(words)
    assert [word for word, meaning, _ in table if meaning.count(". ") > 1] == []


def test_every_layer_is_named() -> None:
    layers = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^(\w+)/ ", text, re.MULTILINE))
    assert layers - named == set()
