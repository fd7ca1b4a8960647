"""The plots of a page: a curve with the zone where its promise holds, loads that held or broke, lines, and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .comparison import Change
from .drawing import (
    ACCENT,
    BAD,
    GOOD,
    MUTED,
    ROW_HEIGHT,
    SERIES,
    WARN,
    label,
    logarithmic,
    name_axes,
    positive_scale,
    render,
    whole_numbers,
)
from .envelope import zones_of
from .limit_meanings import LimitMeaning
from .outcome import Chart, Limit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LADDER_HEIGHT = 0.95  # inches


@dataclass(frozen=True)
class Line:
    """The curve of a limit as a line of a plot."""

    name: str
    limit: Limit
    colour: str = ACCENT


def curve(lines: Sequence[Line], meaning: LimitMeaning, calibration: Mapping[str, float], *, zones: bool = True) -> str:
    """Draw load against measurement: the first limit, with its zones, the others beside it, the bound and the floor."""
    limit = lines[0].limit

    def draw(axes: Axes) -> None:
        if zones:
            _zones(axes, limit)
        for line in reversed(lines):
            _draw_line(axes, line)
        levels = _levels(axes, limit, meaning, calibration)
        probes = [probe for line in lines for probe in line.limit.curve]
        positive_scale(axes.xaxis, [load for load, _, _ in probes])
        positive_scale(axes.yaxis, [*(value for _, value, _ in probes), *levels])
        name_axes(axes, meaning.across, meaning.up)
        axes.grid(visible=True)
        axes.legend(loc="best", fontsize=7.5)

    return render(draw)


def ladder(lines: Sequence[Line], meaning: LimitMeaning) -> str:
    """Draw which loads held and which broke, a row for each limit, with the zones of a single one."""
    names = [label(line.name) for line in lines]

    def draw(axes: Axes) -> None:
        if len(lines) == 1:
            _zones(axes, lines[0].limit)
        for place, line in enumerate(lines):
            for good, marker, colour in ((True, "o", line.colour), (False, "X", BAD)):
                loads = [load for load, _, held in line.limit.curve if held is good]
                axes.plot(loads, [place] * len(loads), marker, color=colour, markersize=5)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        positive_scale(axes.xaxis, [load for line in lines for load, _, _ in line.limit.curve])
        axes.set_xlabel(label(meaning.across))
        axes.grid(visible=True, axis="x")

    return render(draw, LADDER_HEIGHT + ROW_HEIGHT * (len(names) - 1))


def chart(data: Chart) -> str:
    """Draw the lines that a scenario recorded, such as the ECDF of the optimizers."""

    def draw(axes: Axes) -> None:
        for place, (name, points) in enumerate(data.lines.items()):
            colour, style = SERIES[place % len(SERIES)], ("-", "--", ":")[place // len(SERIES) % 3]
            across, up = [x for x, _ in points], [y for _, y in points]
            look = {"drawstyle": "steps-post"} if data.steps else {"marker": "o", "markersize": 4}
            axes.plot(across, up, style, color=colour, label=label(name), **look)
        for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
            if name in data.log:
                logarithmic(axis)
        if "x" not in data.log:
            whole_numbers(axes.xaxis, [x for points in data.lines.values() for x, _ in points])
        name_axes(axes, data.x, data.y)
        axes.grid(visible=True)
        if data.lines:
            axes.legend(fontsize=8)

    return render(draw)


def forest(changes: Sequence[Change]) -> str:
    """Draw ratios of costs with their intervals, one row each: left of 1 is better, right of 1 is worse."""

    def draw(axes: Axes) -> None:
        axes.axvline(1, color=MUTED, linewidth=1)
        for place, change in enumerate(changes):
            colour = _change_colour(change)
            if change.low is not None and change.high is not None:
                axes.plot([change.low, change.high], [place, place], "-", color=colour)
            axes.plot([change.worse], [place], "o", color=colour)
        names = [label(f"{change.point}.{change.limit} [{change.intensity}]") for change in changes]
        axes.set_yticks(range(len(changes)), names)
        axes.set_ylim(len(changes) - 0.5, -0.5)
        positive_scale(axes.xaxis, [1.0, *(change.worse for change in changes)])
        axes.set_xlabel("cost now / cost before (right of 1 is worse)")
        axes.grid(visible=True, axis="x")

    return render(draw, height=0.9 + ROW_HEIGHT * len(changes))


def _zones(axes: Axes, limit: Limit) -> None:
    """Shade the loads at which every probe held, those at which every probe broke, and those where some of both are."""
    zones = zones_of(limit)
    if zones.holds_to is not None:
        axes.axvspan(zones.start, zones.holds_to, color=GOOD, alpha=0.14, linewidth=0, label="holds")
    if zones.is_mixed:
        start = zones.start if zones.holds_to is None else zones.holds_to
        end = zones.end if zones.breaks_from is None else zones.breaks_from
        axes.axvspan(start, end, color=WARN, alpha=0.18, linewidth=0, label="degrades")
    if zones.breaks_from is not None:
        axes.axvspan(zones.breaks_from, zones.end, color=BAD, alpha=0.16, linewidth=0, label="breaks")
        axes.axvline(zones.breaks_from, color=BAD, linewidth=1, linestyle=":")


def _levels(
    axes: Axes, limit: Limit, meaning: LimitMeaning, calibration: Mapping[str, float]
) -> list[float]:  # fmt: skip
    """Draw the bound of a promise, the floor of a cost, and the straight line of a rate; return their heights."""
    levels = []
    if meaning.bound is not None:
        axes.axhline(meaning.bound, color=BAD, linewidth=1, linestyle="--", label=f"bound: {meaning.bound:g}")
        levels.append(meaning.bound)
    floor = calibration.get(meaning.floor) if isinstance(meaning.floor, str) else meaning.floor
    if floor:
        axes.axhline(floor, color=GOOD, linewidth=1, linestyle="--", label=label(f"floor: {meaning.floor_is}"))
        levels.append(floor)
    if meaning.each:
        probes = sorted(limit.curve)
        first, rate = probes[0][:2]
        ideal = [rate * load / first for load, _, _ in probes]
        axes.plot([load for load, _, _ in probes], ideal, ":", color=MUTED, label="each as much as the first")
        levels += ideal
    return levels


def _draw_line(axes: Axes, line: Line) -> None:
    probes, colour = sorted(line.limit.curve), line.colour
    loads, values = [load for load, _, _ in probes], [value for _, value, _ in probes]
    axes.plot(loads, values, "-", color=colour, label=label(line.name))
    for good, marker in ((True, "o"), (False, "X")):
        points = [(load, value) for load, value, held in probes if held is good]
        face = colour if good else BAD
        axes.plot([x for x, _ in points], [y for _, y in points], marker, color=face, markersize=5)


def _change_colour(change: Change) -> str:
    if change.low is not None and change.high is not None and change.low <= 1 <= change.high:
        return MUTED
    return BAD if change.worse > 1 else GOOD if change.worse < 1 else MUTED
