"""Inspect a module: the generation of its interface, its optional parts, and notes for the user."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from pytest_optbench.errors import TargetError

from .current import CurrentDialect
from .dialect import Dialect
from .first_release import FirstReleaseDialect
from .target import Target

if TYPE_CHECKING:
    import importlib.metadata

Generation = Literal["handle", "facade"]

# The generation is recognised by names, not signatures: a wrapper may replace `run`.
COMMON = ("operation", "Experiment", "run", "seeds", "grid", "manual")
NEEDED: Mapping[Generation, tuple[str, ...]] = {
    "handle": (*COMMON, "load_results"),
    "facade": (*COMMON, "FileStore", "RunRecord", "ResultHandle"),
}
DIALECTS: Mapping[Generation, Dialect] = {"handle": CurrentDialect(), "facade": FirstReleaseDialect()}

STORE_ENTRY_POINTS = "metalab.stores"
NOT_INSTALLED = (
    "metalab is importable but not installed: it finds its stores by entry points, "
    "so every run will fail for an unknown store; install it (pip install FOLDER)"
)


def inspect_module(name: str, module: ModuleType) -> Target:
    """Describe a module as a target.

    Raises:
        TargetError: the module lacks parts of the interface; the message lists them.
    """
    generation = _generation(name, module)
    dialect = DIALECTS[generation]
    return Target(
        name=name,
        version=_version(name, module),
        path=_path(module),
        generation=generation,
        features=frozenset(dialect.features(module)),
        notes=tuple(_notes(name, module, generation)),
        module=module,
        dialect=dialect,
    )


def _generation(name: str, module: ModuleType) -> Generation:
    earlier = hasattr(module, "ResultHandle") and not hasattr(module, "load_results")
    generation: Generation = "facade" if earlier else "handle"
    missing = [part for part in NEEDED[generation] if not hasattr(module, part)]
    if not missing:
        return generation
    if set(missing) >= set(NEEDED[generation]):
        raise TargetError(f"{name} ({_path(module)}) is not a metalab: it lacks {', '.join(missing)}")
    raise TargetError(
        f"{name} ({_path(module)}) lacks parts of the metalab interface ({generation} generation): {', '.join(missing)}"
    )


def _version(name: str, module: ModuleType) -> str:
    stated: Any = getattr(module, "__version__", None)
    if stated is None and (distribution := _distribution(name)) is not None:
        stated = distribution.version
    return str(stated) if stated is not None else "unknown"


def _path(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    places = list(getattr(module, "__path__", []))
    return str(file or (places[0] if places else "built in"))


def _distribution(name: str) -> importlib.metadata.Distribution | None:
    import importlib.metadata  # slow to import, and most modules state their version

    try:
        return importlib.metadata.distribution(name.split(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return None


def _notes(name: str, module: ModuleType, generation: Generation) -> list[str]:
    """Return notes for the header of a session."""
    roots = {name.split(".")[0], str(getattr(module.run, "__module__", "")).split(".")[0]}
    if generation == "facade" or "metalab" not in roots:
        return []
    import importlib.metadata

    if importlib.metadata.entry_points(group=STORE_ENTRY_POINTS):
        return []
    return [NOT_INSTALLED]
