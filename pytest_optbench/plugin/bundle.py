"""Collectors of the bundled scenarios, which do not depend on the ini file's rules for test files and imports."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from .collection import PACKAGE, bundled_folder

PREFIX = "test"


class Bundle(pytest.Directory):
    """The bundled folder, a folder in it, or the package above it: only scenarios are collected below."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield the folders, or the files of one."""
        folder = bundled_folder()
        if not self.path.is_relative_to(folder):
            yield Bundle.from_parent(self, path=folder)
            return
        _package(folder)
        for path in sorted(self.path.iterdir()):
            if is_bundled(path):
                yield BundledModule.from_parent(self, path=path)
            elif any(path.glob(f"{PREFIX}_*.py")):
                yield Bundle.from_parent(self, path=path)


class BundledModule(pytest.Module):
    """A file of scenarios, imported by its full name, so that a child process finds it by the same name."""

    def funcnamefilter(self, name: str) -> bool:
        """Return whether a function is a test by the suite's own prefix."""
        return name.startswith(f"{PREFIX}_")

    def _getobj(self) -> ModuleType:
        return _import_bundled(self.path)


def is_bundled(path: Path) -> bool:
    """Return whether a file is one of the bundled scenarios."""
    return path.is_relative_to(bundled_folder()) and path.match(f"{PREFIX}_*.py")


def directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the collector of a folder if it is bundled or contains the bundled one, else None."""
    inside = bundled_folder().parent == PACKAGE
    if path.is_relative_to(bundled_folder()) or (inside and path == PACKAGE):
        return Bundle.from_parent(parent, path=path)
    return None


def module(path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Return the collector of a file if it is bundled, else None."""
    return BundledModule.from_parent(parent, path=path) if is_bundled(path) else None


def _import_bundled(path: Path) -> ModuleType:
    """Import a bundled file under the name by which worker processes import it again."""
    folder = bundled_folder()
    return importlib.import_module(".".join([_package(folder), *path.relative_to(folder).with_suffix("").parts]))


def _package(folder: Path) -> str:
    """The name of the bundled folder as a package, which in a checkout stands beside that of the plugin.

    Raises:
        pytest.Collector.CollectError: another package has that name here.
    """
    if folder.parent == PACKAGE:
        return f"{PACKAGE.name}.{folder.name}"
    if str(folder.parent) not in sys.path:
        sys.path.append(str(folder.parent))
    package = importlib.import_module(folder.name)
    if str(folder) not in getattr(package, "__path__", []):
        raise pytest.Collector.CollectError(
            f"the scenarios in {folder} cannot be imported, because {package.__file__} has their name here: "
            f"rename it, or install pytest-optbench from a wheel"
        )
    return folder.name
