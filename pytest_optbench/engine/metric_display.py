"""How a metric is shown while a sweep is under way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pytest_optbench.errors import InvalidInputError


@dataclass(frozen=True)
class MetricDisplay:
    """A metric to show: its name, a format such as `.2f` for numbers, a label in place of the name.

    `formatter`, a function of the value that returns text, is used in place of the format.
    """

    name: str
    format: str | None = None
    label: str | None = None
    formatter: Callable[[Any], str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.label is None:
            object.__setattr__(self, "label", self.name)

    @classmethod
    def normalize(cls, spec: str | MetricDisplay) -> MetricDisplay:
        """Return what `"name"` or `"name:format"` says; a `MetricDisplay` as it is.

        Raises:
            InvalidInputError: it is neither.
        """
        if isinstance(spec, MetricDisplay):
            return spec
        if not isinstance(spec, str) or not spec.partition(":")[0].strip():
            raise InvalidInputError(f"display_metrics holds {spec!r}: give 'name', 'name:format' or a MetricDisplay")
        name, _, form = spec.partition(":")
        return cls(name.strip(), form or None)

    @classmethod
    def several(cls, specs: Iterable[str | MetricDisplay] | None) -> tuple[MetricDisplay, ...]:
        """Return what each of these says."""
        return tuple(map(cls.normalize, () if specs is None else specs))

    def format_value(self, value: Any) -> str:
        """Return a value as it is shown."""
        if self.formatter is not None:
            return str(self.formatter(value))
        if self.format is not None and isinstance(value, int | float):
            return format(value, self.format)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:.6g}" if isinstance(value, float) else str(value)
