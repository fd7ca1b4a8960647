"""What the scenario files have for the intensities asked for, item by item: by that, what did not run is known."""

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
        """What all shards of this case and load have in common; it names their folder of witnesses."""
        return group_of(self.point, self.case, self.intensity)

    def outcome(self, nodeid: str, verdict: Verdict, note: str) -> ItemOutcome:
        """An outcome of this part in the place of one that it did not come to."""
        return ItemOutcome(
            self.point, self.case, self.intensity, verdict, self.shard, self.shards, note=note, nodeid=nodeid
        )


@dataclass(frozen=True)
class Planned:
    """The parts by node id, before anything was narrowed; `unseen` files were not even collected."""

    parts: Mapping[str, Part]
    unseen: int = 0

    @classmethod
    def of(cls, made: Iterable[pytest.Item], chosen: Iterable[pytest.Item], unseen: int) -> Planned:
        """The plan of a session: what was `made` of the files, at the intensities that are among the `chosen`."""
        asked = {load.intensity for item in chosen if (load := load_of(item)) is not None}
        parts = {item.nodeid: part for item in made if (part := part_of(item)) is not None}
        return cls({nodeid: part for nodeid, part in parts.items() if part.intensity in asked}, unseen)

    def keep(self, folder: Path) -> None:
        """Tell the controller, which collects nothing itself where there are workers."""
        fields = {"parts": {nodeid: asdict(part) for nodeid, part in self.parts.items()}, "unseen": self.unseen}
        write_text(json.dumps(fields), folder / FILE)

    @classmethod
    def kept(cls, folder: Path) -> Planned:
        """What the workers planned; an empty plan where none of them came to it, or they are elsewhere."""
        try:
            fields: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls({})
        return cls({nodeid: Part(**part) for nodeid, part in fields["parts"].items()}, fields["unseen"])


def part_of(item: pytest.Item) -> Part | None:
    """The part that an item is; None for any other item."""
    load = load_of(item)
    if load is None:
        return None
    shard = item.callspec.params.get("shard", Shard(0, 1))  # type: ignore[attr-defined]
    return Part(load.point, case_of(item), load.intensity, load.size, shard.index, shard.count)
