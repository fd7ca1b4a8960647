"""Progress of a sweep on standard error: a bar where there is rich and a terminal, plain lines elsewhere."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from pytest_optbench.engine.model.events import Event, EventKind
from pytest_optbench.errors import UnknownNameError

Style = Literal["auto", "rich", "plain"]
STYLES: Final = ("auto", "rich", "plain")
LINE_EVERY: Final = 2.0  # seconds between plain lines
ENDED: Final = (EventKind.RUN_FINISHED, EventKind.RUN_FAILED, EventKind.RUN_SKIPPED, EventKind.RUN_CANCELLED)


@dataclass(frozen=True)
class Progress:
    """How to show progress: a title, a style, and the metrics whose latest values are shown with it.

    Raises:
        UnknownNameError: the style is none of auto, rich and plain.
    """

    title: str = ""
    style: Style = "auto"
    display_metrics: Sequence[str] = ()

    def __post_init__(self) -> None:
        _checked_style(self.style)


class PlainTracker:
    """Shows a line now and then; an event listener. `close` shows the last one."""

    def __init__(self, total: int | None, title: str = "", display_metrics: Sequence[str] = ()) -> None:
        self.total = total
        self.title = title or "runs"
        self.display_metrics = tuple(display_metrics)
        self.done = 0
        self.failed = 0
        self._latest: dict[str, Any] = {}
        self._shown = time.monotonic()
        self._closed = False

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if event.payload.get("is_over"):
            self.close()
        elif event.kind in ENDED:
            self.done += 1
            self.failed += event.kind is EventKind.RUN_FAILED
            metrics = event.payload.get("metrics") or {}
            self._latest.update({name: metrics[name] for name in self.display_metrics if name in metrics})
            self.show()

    def show(self) -> None:
        """Show how far it is, if it is time to."""
        if time.monotonic() - self._shown >= LINE_EVERY:
            self._shown = time.monotonic()
            print(self.line(), file=sys.stderr)

    def line(self) -> str:
        """Return how far it is, as one line."""
        total = "" if self.total is None else f" of {self.total:,}"
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.title}: {self.done:,}{total} done{failed}{self._metrics()}"

    def close(self) -> None:
        """Show the last line; closing again does nothing."""
        if not self._closed:
            self._closed = True
            print(self.line(), file=sys.stderr)

    def _metrics(self) -> str:
        return "".join(f", {name} {_short(value)}" for name, value in self._latest.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RichTracker(PlainTracker):
    """Shows a bar that rich draws."""

    def __init__(self, total: int | None, title: str = "", display_metrics: Sequence[str] = ()) -> None:
        super().__init__(total, title, display_metrics)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        # markup off: titles, names and values are the user's, and no instructions to rich
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Bar(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task(self.title, total=total)
        self._bar.start()

    def show(self) -> None:
        """Move the bar; rich draws it some ten times a second."""
        failed = f" ({self.failed:,} failed)" if self.failed else ""
        self._bar.update(self._task, completed=self.done, description=f"{self.title}{failed}{self._metrics()}")

    def close(self) -> None:
        """Draw the bar for the last time and release the terminal."""
        if not self._closed:
            self._closed = True
            self._bar.stop()


def create_progress_tracker(
    total: int | None, title: str = "", style: Style = "auto", display_metrics: Sequence[str] = ()
) -> PlainTracker:
    """Return an event listener that shows progress, to be passed as `on_event`; close it when the sweep is over.

    `auto` draws a bar where there is rich and standard error is a terminal, else it writes lines. Raises
    `UnknownNameError` for another style.
    """
    _checked_style(style)
    drawable = sys.stderr.isatty() and importlib.util.find_spec("rich") is not None
    tracker = RichTracker if style == "rich" or (style == "auto" and drawable) else PlainTracker
    return tracker(total, title, display_metrics)


def _checked_style(style: str) -> None:
    if style not in STYLES:
        raise UnknownNameError("progress style", style, STYLES)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
