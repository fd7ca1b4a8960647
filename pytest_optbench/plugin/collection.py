"""Turn a `breaking_point` marker into items: the load table, its shards, and the selection of items."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import pytest_optbench
from pytest_optbench.errors import InvalidInputError, UnknownNameError

from .checks import about
from .options import INTENSITIES, Settings

PACKAGE = Path(pytest_optbench.__file__).parent
MARKER = "breaking_point"
ASKED = ("targeted", "random")
KNOWN = (*INTENSITIES, *ASKED)
OPTIONS = ("asked", "explain", "measured")
OWN_PARAMETERS = ("load", "shard")  # those that the plugin itself parametrizes
Plain = str | int | float  # values that can stand in the name of a case
MARKERS: Mapping[str, str] = {
    f"{MARKER}(name, **table)": "a scenario for one breaking point; the table gives the load of each intensity",
    "cluster": "starts a private SLURM cluster; only with a mark expression that names it, as in 'light and cluster'",
    "light": "seconds: the gate of every push",
    "medium": "minutes",
    "heavy": "an hour or two; spread it with -n",
    "extreme": "until the time budget ends (--optbench-budget)",
    "targeted": "the sweep of --optbench-targeted",
    "random": "the sweep of --optbench-random",
}


@dataclass(frozen=True)
class Load:
    """One row of a scenario's table: its `size`, or 0 if options of the command line choose the sweep."""

    point: str
    intensity: str
    size: int

    @property
    def is_asked(self) -> bool:
        """Whether options of the command line choose the sweep, instead of a row of the table."""
        return self.intensity in ASKED


@dataclass(frozen=True)
class Shard:
    """Part `index` (from 0) of `count` parts of a load."""

    index: int
    count: int

    def __str__(self) -> str:
        width = len(str(self.count))
        return f"{self.index + 1:0{width}}of{self.count}"


@dataclass(frozen=True)
class BreakingPoint:
    """A scenario's marker, read and checked.

    `measured` means that the scenario records figures and promises nothing; `explain` describes a load.
    """

    name: str
    table: Mapping[str, int]
    asked: bool
    explain: Callable[[Load, Settings], str] | None
    measured: bool

    @classmethod
    def of(cls, marker: pytest.Mark, where: str) -> BreakingPoint:
        """Read the marker of the test at `where`.

        Raises:
            InvalidInputError: the marker has no name, no load, or a key that is not an intensity.
        """
        unknown = set(marker.kwargs) - {*INTENSITIES, *OPTIONS}
        if len(marker.args) != 1 or unknown:
            problem = f"unknown {', '.join(sorted(unknown))}" if unknown else "give its name alone as argument"
            raise InvalidInputError(f"{where}: @pytest.mark.{MARKER}: {problem}; loads are {', '.join(INTENSITIES)}")
        table = {name: marker.kwargs[name] for name in INTENSITIES if name in marker.kwargs}
        if not table:
            raise InvalidInputError(f"{where}: @pytest.mark.{MARKER} has no load: give at least light=...")
        options = marker.kwargs
        return cls(
            marker.args[0],
            table,
            options.get("asked", False),
            options.get("explain"),
            options.get("measured", False),
        )

    @property
    def first(self) -> int:
        """The size at which an extreme load begins."""
        return min(self.table.values())

    def loads(self, settings: Settings) -> Iterator[Load]:
        """Yield every row of the table, and the sweep of the command line if this scenario can run it."""
        yield from (Load(self.name, intensity, size) for intensity, size in self.table.items())
        if self.asked and settings.asked:
            yield Load(self.name, settings.asked, 0)


def parametrize(metafunc: pytest.Metafunc, settings: Settings) -> None:
    """Give a scenario its `load`, and its `shard` if it takes one; each case has the mark of its intensity."""
    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None:
        return
    point = BreakingPoint.of(marker, metafunc.definition.nodeid)
    loads = list(point.loads(settings))
    if "shard" in metafunc.fixturenames:
        cases = [(load, shard) for load in loads for shard in _shards(load, settings)]
        metafunc.parametrize("load, shard", [_sharded_case(load, shard) for load, shard in cases])
    elif "load" in metafunc.fixturenames:
        metafunc.parametrize("load", [pytest.param(load, id=load.intensity, marks=_mark(load)) for load in loads])
    else:
        raise InvalidInputError(f"{metafunc.definition.nodeid}: a {MARKER} scenario has to take the fixture `load`")


def _shards(load: Load, settings: Settings) -> Iterator[Shard]:
    count = settings.shards_of(load.intensity)
    return (Shard(index, count) for index in range(count))


def _sharded_case(load: Load, shard: Shard) -> Any:
    name = load.intensity if shard.count == 1 else f"{load.intensity}-{shard}"
    return pytest.param(load, shard, id=name, marks=_mark(load))


def _mark(load: Load) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = getattr(pytest.mark, load.intensity)
    return mark


def load_of(item: pytest.Item) -> Load | None:
    """Return the load of a scenario's item; None for any other item."""
    callspec = getattr(item, "callspec", None)
    load = callspec.params.get("load") if callspec is not None else None
    return load if isinstance(load, Load) else None


def case_of(item: pytest.Item) -> str:
    """Return the name of a scenario's case: that of its function, with its other parameters."""
    name = item.name.split("[")[0].removeprefix("test_")
    callspec: Any = getattr(item, "callspec", None)
    params = (
        {} if callspec is None else {key: value for key, value in callspec.params.items() if key not in OWN_PARAMETERS}
    )
    if not params:
        return name
    shown = (f"{key}={value if isinstance(value, Plain) else callspec.indices[key]}" for key, value in params.items())
    return f"{name}[{','.join(shown)}]"


def group_of(point: str, case: str, intensity: str) -> str:
    """Return a file name for all shards of a case at one load, different from those of other cases."""
    readable = re.sub(r"[^\w.=,-]", "_", case)
    digest = f"-{hashlib.sha256(case.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}" if readable != case else ""
    return f"{point}.{readable}{digest}.{intensity}"


def intensity_of(item: pytest.Item) -> str | None:
    """Return the intensity of a scenario's item; None for any other item."""
    load = load_of(item)
    return load.intensity if load is not None else None


def select(
    items: Sequence[pytest.Item], settings: Settings, *, named: Iterable[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split items into kept and left out by their intensity; tests other than scenarios are kept.

    The light loads are kept, or the sweep of the command line if there is one, and every intensity that the mark
    expression names. So `-m "not slow"` and `-m breaking_point` start no heavy load, and with `-m "not light"`, where
    pytest has deselected the light ones, no scenario is left. An item that is `named` in full on the command line is
    always kept.
    """
    wanted = {settings.asked or "light", None, *settings.intensities}
    endings = {_test_name(name) for name in named}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (kept if intensity_of(item) in wanted or item.name in endings else left_out).append(item)
    return kept, left_out


def _test_name(nodeid: str) -> str:
    """Return the last part of a node id; a parameter may contain `::` too."""
    test, bracket, parameters = nodeid.partition("[")
    return f"{test.rpartition('::')[2]}{bracket}{parameters}"


def narrow(items: Iterable[pytest.Item], only: Collection[str]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split items into the scenarios of some breaking points, and all others."""
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        load = load_of(item)
        (kept if load is not None and load.point in only else left_out).append(item)
    return kept, left_out


def points_of(items: Iterable[pytest.Item]) -> dict[str, None]:
    """Return the breaking points of the scenarios among items, in their order."""
    return {load.point: None for item in items if (load := load_of(item)) is not None}


def check_only(only: Iterable[str], points: Collection[str]) -> None:
    """Refuse a breaking point that no collected scenario has.

    Raises:
        InvalidInputError: a breaking point is unknown; the message lists the known ones.
    """
    unknown = [name for name in only if name not in points]
    if unknown and not points:
        raise InvalidInputError(
            f"--optbench-only {','.join(only)}: no scenario was collected; add --optbench for the bundled ones"
        )
    if unknown:
        with about(f"--optbench-only {','.join(only)}"):
            raise UnknownNameError("breaking point", unknown[0], points)


def count_intensities(items: Iterable[pytest.Item]) -> dict[str, int]:
    """Count the items of each intensity, from light to extreme."""
    counts = Counter(intensity_of(item) for item in items)
    return {intensity: counts[intensity] for intensity in KNOWN if counts[intensity]}


def explain(items: Iterable[pytest.Item], settings: Settings) -> Iterator[str]:
    """Describe what would run, a paragraph for each scenario and intensity among `items`."""
    groups: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        intensity = intensity_of(item)
        if intensity is not None:
            groups.setdefault((item.nodeid.split("[")[0], intensity), []).append(item)
    if any(intensity == "extreme" for _, intensity in groups):
        yield (
            f"extreme loads begin at their first size and grow, usually by doubling, until the {settings.budget:g} s "
            "that the parts of a breaking point share are over, or until their last size; below: what the first stores"
        )
    for (scenario, _), group in groups.items():
        yield from _explain_group(scenario, group, settings)


def _explain_group(scenario: str, group: Sequence[pytest.Item], settings: Settings) -> Iterator[str]:
    marker = group[0].get_closest_marker(MARKER)
    assert marker is not None, "an item with a load has the marker that gave it"
    load: Load = group[0].callspec.params["load"]  # type: ignore[attr-defined]
    point = BreakingPoint.of(marker, scenario)
    shards = f", {len(group)} shards" if len(group) > 1 else ""
    size = "" if load.is_asked else f", load {load.size:,}"
    if load.intensity == "extreme":
        load = replace(load, size=point.first)
        size = f", load {load.size:,} to {point.table['extreme']:,}"
    yield f"{point.name} [{load.intensity}]{size}{shards}: {scenario}"
    if point.explain is not None:
        yield from (f"  {line}" for line in point.explain(load, settings).splitlines())


def add_bundled(config: pytest.Config) -> None:
    """Collect the bundled scenarios, in addition to the arguments of the command line, or alone without any."""
    folder = str(bundled_folder())
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [folder]
    elif folder not in map(os.path.realpath, config.args):
        config.args.append(folder)


def bundled_folder() -> Path:
    """Return the folder of the bundled scenarios: inside the installed package, or next to it in a checkout."""
    installed = PACKAGE / "scenarios"
    return installed if installed.is_dir() else PACKAGE.parent / "scenarios"
