"""Drawing with matplotlib into inline SVG, whose colours are the CSS variables of the page: they suit light and dark.

Needs matplotlib (the extra `html`). Text from a store is never read as mathematics, and control characters are shown
as escaped text.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

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
WIDTH, HEIGHT, ROW_HEIGHT = 4.7, 2.4, 0.28  # inches; a letter is legible where the page is as narrow as a phone
LONGEST = 48  # characters of a label
LARGE, LARGEST = 1e4, 1e12  # figures between them are written with a letter, as 40.2M
WIDE = 10.0  # an axis that spans more than this factor is logarithmic
_METADATA = ("Creator", "Date", "Format", "Type")


def render(draw: Callable[[Axes], None], height: float = HEIGHT) -> str:
    """Return what a function draws as an SVG element that is as wide as its place on the page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the browser has fonts with these glyphs
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure.subplots())
        figure.savefig(buffer, format="svg", transparent=True, metadata=dict.fromkeys(_METADATA))
    return _inline(buffer.getvalue())


def prefix_ids(svg: str, prefix: str) -> str:
    """Return the plot with a prefix before each `id`: several plots on one page must not share one."""
    return re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)


def name_axes(axes: Axes, across: str, up: str) -> None:
    """Name both axes; the vertical one at its top, where a long name has room and nobody turns the head."""
    axes.set_xlabel(label(across))
    axes.set_title(label(up), loc="left", fontsize=9)


def label(text: str) -> str:
    """Return a text as a label: control characters escaped, and its end left out where it is long."""
    text = shown(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def positive_scale(axis: Axis, values: Iterable[float]) -> None:
    """Scale an axis for its values: logarithmic where they are far apart, whole numbers where all are whole."""
    values = list(values)
    if values and min(values) > 0 and max(values) / min(values) > WIDE:
        logarithmic(axis)
    elif values and max(map(abs, values)) >= LARGE:
        axis.set_major_formatter(_short)
    else:
        whole_numbers(axis, values)


def whole_numbers(axis: Axis, values: Iterable[float]) -> None:
    """Put ticks at whole numbers alone, if all values are whole: there is no half worker."""
    from matplotlib.ticker import MaxNLocator

    if all(value == int(value) for value in values):
        axis.set_major_locator(MaxNLocator("auto", integer=True))


def logarithmic(axis: Axis) -> None:
    """Make an axis logarithmic, with labels such as 1000, 10k and 100k in place of formulas."""
    from matplotlib.ticker import LogLocator, NullFormatter

    scale = axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale  # type: ignore[attr-defined]
    scale("log")
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(numticks=7, subs=(1.0, 2.0, 5.0) if high < 100 * low else (1.0,)))
    axis.set_major_formatter(_short)
    axis.set_minor_formatter(NullFormatter())


def _short(value: float, _place: float) -> str:
    """Return the label of a tick: 0.01, 250, 40.2M, 1e18; in place of a factor in a corner, or of 10m for 0.01."""
    size = abs(value)
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if LARGE <= size < LARGEST and size >= factor:
            return f"{value / factor:.6g}{letter}"
    return f"{value:.6g}"


def _inline(svg: str) -> str:
    """Return the SVG element alone, with variables as colours; the page decides the size."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        element = element.replace(colour, f"var({variable})")
    return re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", element, count=1))
