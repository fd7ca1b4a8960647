"""Plots as inline SVG with the CSS variables of the page as colours, which suit a light and a dark page alike.

Needs matplotlib (the extra `html`). Text from a store is never read as mathematics, and control characters are shown
as escaped text.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .comparison import Change
from .outcome import Chart, Limit
from .rows import Row
from .wording import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# Placeholder colours that no plot uses otherwise; each becomes a variable of the page's style sheet.
INK, MUTED, GOOD, WARN, BAD, ACCENT = "#010101", "#010102", "#010103", "#010104", "#010105", "#010106"
SERIES = ("#010106", "#010107", "#010108", "#010109", "#010110", "#010111")
VARIABLES: Mapping[str, str] = {
    INK: "--ink", MUTED: "--muted", GOOD: "--good", WARN: "--warn", BAD: "--bad", ACCENT: "--accent",
    "#010107": "--series-2", "#010108": "--series-3", "#010109": "--series-4", "#010110": "--series-5",
    "#010111": "--series-6",
}  # fmt: skip
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, legible in print
    "svg.hashsalt": "optbench",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": MUTED,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
WIDTH, HEIGHT, ROW_HEIGHT = 5.6, 2.5, 0.28  # inches
LONGEST = 48  # characters of a label
LARGE = 1e4  # larger figures are written with a letter, as 40.2M
WIDE = 10.0  # an axis that spans more than this factor is logarithmic


def has_curve(limit: Limit) -> bool:
    """Return whether there is a line to draw: probes of more than one load."""
    return len({load for load, _, _ in limit.curve}) > 1


def curve(limit: Limit, before: Limit | None = None) -> str:
    """Draw load against measurement, with the limit and its zones: holds, degrades, breaks."""

    def draw(axes: Axes) -> None:
        _zones(axes, limit)
        if before is not None and before.curve:
            _line(axes, before, MUTED, "before")
        _line(axes, limit, ACCENT, "now" if before else "measured")
        _scale(axes, [load for load, _, _ in limit.curve], [value for _, value, _ in limit.curve])
        across, up = _axis_names(limit)
        axes.set_xlabel(_label(across))
        axes.set_ylabel(_label(up))
        axes.legend(loc="best", fontsize=8)

    return _render(draw)


def _axis_names(limit: Limit) -> tuple[str, str]:
    """Return the labels of both axes of a curve, with the unit of the limit on the axis that its value is on."""
    unit = f", {limit.unit}" if limit.unit else ""
    if any(load == limit.value for load, _, _ in limit.curve):
        return f"load{unit}", "measured"
    return "load", f"measured{unit}" if any(value == limit.value for _, value, _ in limit.curve) else "measured"


def bars(row: Row, changes: Mapping[str, Change]) -> str:
    """Draw the limits of a row that have no curve, each next to its earlier figure, as ratios to the present one."""
    limits = [limit for limit in row.limits if not has_curve(limit)]

    def draw(axes: Axes) -> None:
        for place, limit in enumerate(limits):
            change = changes.get(limit.name)
            samples = [sample / limit.value for sample in limit.samples] if limit.value else []
            axes.plot(samples, [place] * len(samples), "o", color=ACCENT, alpha=0.4, markersize=4)
            axes.plot([1], [place], "|", color=ACCENT, markersize=18, markeredgewidth=3)
            if change is not None and limit.value:
                axes.plot([change.before / limit.value], [place], "D", color=MUTED, markersize=5)
        axes.set_yticks(
            range(len(limits)), [_label(f"{limit.name}, {limit.unit}".removesuffix(", ")) for limit in limits]
        )
        axes.set_ylim(len(limits) - 0.5, -0.5)
        left, right = axes.get_xlim()
        axes.set_xlim(min(left, 0.75), max(right, 1.25))  # at least this wide, so that a small spread looks small
        axes.set_xlabel("share of this figure: samples (dots),\nearlier figure (diamond)")

    return _render(draw, height=1.2 + ROW_HEIGHT * len(limits))  # room for the two lines below the axis


def run_counts(row: Row) -> str:
    """Draw how many runs were executed and audited: the plot of a row that measured no limit."""

    def draw(axes: Axes) -> None:
        axes.barh([0, 1], [row.executed, row.audited], color=[ACCENT, MUTED], height=0.6)
        axes.set_yticks([0, 1], ["executed", "audited"])
        axes.set_xlim(0, max(1, row.executed, row.audited) * 1.1)
        axes.set_xlabel("runs")

    return _render(draw, height=1.2)


def chart(data: Chart) -> str:
    """Draw the lines that a scenario recorded, such as throughput by workers or the ECDF of the optimizers."""

    def draw(axes: Axes) -> None:
        for place, (label, points) in enumerate(data.lines.items()):
            colour, style = SERIES[place % len(SERIES)], ("-", "--", ":")[place // len(SERIES) % 3]
            across, up = [x for x, _ in points], [y for _, y in points]
            look = {"drawstyle": "steps-post"} if data.steps else {"marker": "o", "markersize": 4}
            axes.plot(across, up, style, color=colour, label=_label(label), **look)
        for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
            if name in data.log:
                _logarithmic(axis)
        if "x" not in data.log:
            _whole_numbers(axes.xaxis, [x for points in data.lines.values() for x, _ in points])
        axes.set_xlabel(_label(data.x))
        axes.set_ylabel(_label(data.y))
        axes.grid(visible=True)
        if data.lines:
            axes.legend(fontsize=8)

    return _render(draw)


def forest(changes: Sequence[Change]) -> str:
    """Draw ratios of costs with their intervals, one row each: left of 1 is better, right of 1 is worse."""

    def draw(axes: Axes) -> None:
        axes.axvline(1, color=MUTED, linewidth=1)
        for place, change in enumerate(changes):
            colour = _change_colour(change)
            if change.low is not None and change.high is not None:
                axes.plot([change.low, change.high], [place, place], "-", color=colour)
            axes.plot([change.worse], [place], "o", color=colour)
        names = [_label(f"{change.point}.{change.limit} [{change.intensity}]") for change in changes]
        axes.set_yticks(range(len(changes)), names)
        axes.set_ylim(len(changes) - 0.5, -0.5)
        _positive_scale(axes.xaxis, [change.worse for change in changes], [1.0])
        axes.set_xlabel("cost now / cost before (right of 1 is worse)")
        axes.grid(visible=True, axis="x")

    return _render(draw, height=0.9 + ROW_HEIGHT * len(changes))


def _zones(axes: Axes, limit: Limit) -> None:
    """Shade the loads at which every probe held, those at which every probe broke, and those between."""
    probes = sorted(limit.curve)
    held = [load for load, _, good in probes if good]
    broke = [load for load, _, good in probes if not good]
    top, bottom = probes[-1][0], probes[0][0]
    last_good = max((load for load in held if not broke or load < min(broke)), default=None)
    first_bad = min((load for load in broke if not held or load > max(held)), default=None)
    start, end = (bottom if last_good is None else last_good), (top if first_bad is None else first_bad)
    if last_good is not None:
        axes.axvspan(bottom, last_good, color=GOOD, alpha=0.14, linewidth=0, label="holds")
    if broke and start < end:
        axes.axvspan(start, end, color=WARN, alpha=0.18, linewidth=0, label="degrades")
    if first_bad is not None:
        axes.axvspan(first_bad, top, color=BAD, alpha=0.16, linewidth=0, label="breaks")
        axes.axvline(first_bad, color=BAD, linewidth=1, linestyle=":")
    if held:
        axes.axvline(max(held), color=GOOD, linewidth=1.2)


def _line(axes: Axes, limit: Limit, colour: str, label: str) -> None:
    probes = sorted(limit.curve)
    axes.plot([load for load, _, _ in probes], [value for _, value, _ in probes], "-", color=colour, label=label)
    for good, marker in ((True, "o"), (False, "X")):
        points = [(load, value) for load, value, held in probes if held is good]
        face = colour if good else BAD
        axes.plot([x for x, _ in points], [y for _, y in points], marker, color=face, markersize=5)


def _scale(axes: Axes, across: Iterable[float], up: Iterable[float]) -> None:
    _positive_scale(axes.xaxis, across)
    _positive_scale(axes.yaxis, up)
    axes.grid(visible=True)


def _positive_scale(axis: Axis, *groups: Iterable[float]) -> None:
    values = [value for group in groups for value in group]
    if values and min(values) > 0 and max(values) / min(values) > WIDE:
        _logarithmic(axis)
    elif values and max(map(abs, values)) >= LARGE:
        _plain_numbers(axis)
    else:
        _whole_numbers(axis, values)


def _whole_numbers(axis: Axis, values: Iterable[float]) -> None:
    """Put ticks at whole numbers alone, if all values are whole: there is no half worker."""
    from matplotlib.ticker import MaxNLocator

    if all(value == int(value) for value in values):
        axis.set_major_locator(MaxNLocator("auto", integer=True))


def _plain_numbers(axis: Axis) -> None:
    """Label large numbers as 40.2M, in place of a factor in a corner."""
    from matplotlib.ticker import EngFormatter

    axis.set_major_formatter(EngFormatter(sep=""))


def _logarithmic(axis: Axis) -> None:
    """Make an axis logarithmic, with labels such as 1k, 10k and 100k in place of formulas."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    scale = axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale  # type: ignore[attr-defined]
    scale("log")
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(numticks=7, subs=(1.0, 2.0, 5.0) if high < 100 * low else (1.0,)))
    axis.set_major_formatter(EngFormatter(sep=""))
    axis.set_minor_formatter(NullFormatter())


def _change_colour(change: Change) -> str:
    if change.low is not None and change.high is not None and change.low <= 1 <= change.high:
        return MUTED
    return BAD if change.worse > 1 else GOOD if change.worse < 1 else MUTED


def _render(draw: Callable[[Axes], None], height: float = HEIGHT) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the browser has fonts with these glyphs
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure.subplots())
        figure.savefig(buffer, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
    return _inline(buffer.getvalue())


_METADATA = ("Creator", "Date", "Format", "Type")


def _inline(svg: str) -> str:
    """Return the SVG element alone, with variables as colours; the page decides the size."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        element = element.replace(colour, f"var({variable})")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1))


def prefix_ids(svg: str, prefix: str) -> str:
    """Return the plot with a prefix before each `id`: several plots on one page must not share one."""
    return re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)


def _label(text: str) -> str:
    text = shown(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
