"""Pages of one self-contained HTML file each: they share a base template, a style sheet and a script.

Needs jinja2 (the extra `html`). Whatever is inserted is escaped. The script only adds buttons that copy commands: it is
named by its digest in the page's policy, which lets no other script and no request through.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import drawing, forecast_wording, wording
from .gate import format_change

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
FILTERS = (
    format_change, wording.change_text, wording.count, wording.counted, wording.figure,
    forecast_wording.cost_name, forecast_wording.estimate_text, forecast_wording.growth_text,
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A plot with its caption; `description` is for readers who cannot see it, where the caption does not do."""

    caption: str
    svg: str
    description: str = ""


def render(template: str, **values: object) -> str:
    """Return the page that a template makes of values; a value that the template names and that is missing raises."""
    return str(_environment().get_template(template).render(values))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: wording.shown(value) if type(value) is str else value,
    )  # fmt: skip
    script = (TEMPLATES / "copy.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.globals |= {"script": Markup(script), "script_digest": digest}  # noqa: S704  # a file of this package
    environment.filters |= {function.__name__: function for function in FILTERS}
    environment.filters["resource_text"] = forecast_wording.limit_text
    environment.filters["drawn"] = _plot_filter(Markup)
    return environment


def _plot_filter(markup: type[str]) -> Callable[[str, str], str]:
    """Return a filter that inserts a plot: plots are made by this package, which escaped their text."""

    def drawn(svg: str, prefix: str) -> str:
        return markup(drawing.prefix_ids(svg, prefix))

    return drawn
