"""The parts that the scenario files have for the chosen intensities, which show what did not run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_optbench.report.outcome import ItemOutcome, Verdict
from pytest_optbench.report.writing import write_text

from .collection import Shard, case_of, group_of, load_of

FILE = "planned.json"


@dataclass(frozen=True)
class Part:
    """An item of a scenario: one part of a breaking point at one intensity, or one shard of such a part."""

    point: str
    case: str
    intensity: str
    size: int
    shard: int
    shards: int

    @property
    def group(self) -> str:
        """The name that all shards of this case and load share; their folder of witnesses has it."""
        return group_of(self.point, self.case, self.intensity)

    @property
    def row(self) -> tuple[str, str]:
        """The breaking point and the intensity, whose parts share a budget."""
        return self.point, self.intensity

    def outcome(self, nodeid: str, verdict: Verdict, note: str) -> ItemOutcome:
        """Return an outcome for this part, which could not record one itself."""
        return ItemOutcome(
            self.point, self.case, self.intensity, verdict, self.shard, self.shards, note=note, nodeid=nodeid
        )


@dataclass(frozen=True)
class Planned:
    """The parts by node id, before any narrowing; `unseen` files were not even collected."""

    parts: Mapping[str, Part]
    unseen: int = 0

    @classmethod
    def of(cls, collected: Iterable[pytest.Item], chosen: Iterable[pytest.Item], unseen: int) -> Planned:
        """Return the plan of a session: the `collected` items at the intensities of the `chosen` ones."""
        asked = {load.intensity for item in chosen if (load := load_of(item)) is not None}
        parts = {item.nodeid: part for item in collected if (part := part_of(item)) is not None}
        return cls({nodeid: part for nodeid, part in parts.items() if part.intensity in asked}, unseen)

    def write(self, folder: Path) -> None:
        """Write the plan for the controller, which does not collect items if there are workers."""
        fields = {"parts": {nodeid: asdict(part) for nodeid, part in self.parts.items()}, "unseen": self.unseen}
        write_text(json.dumps(fields), folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> Planned:
        """Read the plan of the workers; it is empty if none has written it, or they are on other machines."""
        try:
            fields: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls({})
        return cls({nodeid: Part(**part) for nodeid, part in fields["parts"].items()}, fields["unseen"])


def part_of(item: pytest.Item) -> Part | None:
    """Return the part of a scenario's item; None for any other item."""
    load = load_of(item)
    if load is None:
        return None
    shard = item.callspec.params.get("shard", Shard(0, 1))  # type: ignore[attr-defined]
    return Part(load.point, case_of(item), load.intensity, load.size, shard.index, shard.count)
