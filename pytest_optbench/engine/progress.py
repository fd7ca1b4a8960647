"""Progress of a sweep on standard error: a bar where there is rich and a terminal, plain lines elsewhere."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, Self

from pytest_optbench.engine.model.events import Event, EventKind
from pytest_optbench.errors import UnknownNameError

from .metric_display import MetricDisplay

Style = Literal["auto", "rich", "plain", "simple"]
STYLES: Final = ("auto", "rich", "plain", "simple")  # simple is metalab's word for plain
LINE_EVERY: Final = 2.0  # seconds between plain lines
ENDED: Final = (EventKind.RUN_FINISHED, EventKind.RUN_FAILED, EventKind.RUN_SKIPPED, EventKind.RUN_CANCELLED)


@dataclass(frozen=True)
class Progress:
    """How to show progress: a title, a style, and the metrics whose latest values are shown with it.

    Without a title the experiment's name is shown. A metric is `"name"`, `"name:format"` or a `MetricDisplay`.

    Raises:
        UnknownNameError: the style is none of auto, rich, plain and simple.
        InvalidInputError: a metric is given otherwise.
    """

    title: str | None = None
    style: Style = "auto"
    display_metrics: Sequence[str | MetricDisplay] | None = None

    def __post_init__(self) -> None:
        _checked_style(self.style)
        MetricDisplay.several(self.display_metrics)


class ProgressTracker(Protocol):
    """An event listener that shows how far a sweep is, until it is closed or its context ends."""

    total: int | None
    completed: int
    failed: int
    skipped: int
    running: int

    def __call__(self, event: Event) -> None:
        """Take in one event."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class PlainTracker:
    """Shows a line now and then; an event listener. `close` shows the last one.

    A line comes every two seconds at most, or every `update_interval` runs; with `show_failures` each failure has one.
    """

    def __init__(
        self,
        total: int | None = None,
        title: str | None = None,
        display_metrics: Sequence[str | MetricDisplay] | None = None,
        show_failures: bool = False,
        update_interval: int | None = None,
    ) -> None:
        self.total = total or None
        self.title = title or "runs"
        self.display_metrics = MetricDisplay.several(display_metrics)
        self.show_failures = show_failures
        self.update_interval = update_interval
        self.completed = self.failed = self.skipped = self.cancelled = self.running = 0
        self._latest: dict[str, Any] = {}
        self._shown = time.monotonic()
        self._closed = False

    @property
    def done(self) -> int:
        """Runs that have ended, one way or another."""
        return self.completed + self.failed + self.skipped + self.cancelled

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if event.kind in ENDED:
            self._count(event)
            self.show()
        elif event.kind is EventKind.PROGRESS:
            if event.payload.get("is_total_known", True):
                self.total = event.payload.get("total") or self.total
            self.running = event.payload.get("running", self.running)
        if event.payload.get("is_over"):
            self.close()

    def _count(self, event: Event) -> None:
        self.completed += event.kind is EventKind.RUN_FINISHED
        self.failed += event.kind is EventKind.RUN_FAILED
        self.skipped += event.kind is EventKind.RUN_SKIPPED
        self.cancelled += event.kind is EventKind.RUN_CANCELLED
        metrics = event.payload.get("metrics") or {}
        self._latest.update(
            {shown.name: metrics[shown.name] for shown in self.display_metrics if shown.name in metrics}
        )
        if self.show_failures and event.kind is EventKind.RUN_FAILED:
            print(f"{self.title}: run {event.run_id} failed: {event.payload.get('error', '')}", file=sys.stderr)

    def get_console(self) -> Any:
        """Return the console of rich that this draws on; None where it draws on none."""
        return None

    def show(self) -> None:
        """Show how far it is, if it is time to."""
        due = self.update_interval is not None and self.done % self.update_interval == 0
        if due or time.monotonic() - self._shown >= LINE_EVERY:
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
        found = [shown for shown in self.display_metrics if shown.name in self._latest]
        return "".join(f", {shown.label} {shown.format_value(self._latest[shown.name])}" for shown in found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RichTracker(PlainTracker):
    """Shows a bar that rich draws."""

    def __init__(self, total: int | None = None, title: str | None = None, *how: Any, **more: Any) -> None:
        super().__init__(total, title, *how, **more)
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
        self._console = Console(stderr=True)
        self._bar = Bar(*columns, console=self._console)
        self._task = self._bar.add_task(self.title, total=total)
        self._bar.start()

    def get_console(self) -> Any:
        """Return the console that the bar is drawn on."""
        return self._console

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
    total: int | None = None,
    title: str | None = None,
    style: Style = "auto",
    display_metrics: Sequence[str | MetricDisplay] | None = None,
    **how: Any,
) -> PlainTracker:
    """Return an event listener that shows progress, to be passed as `on_event`; close it when the sweep is over.

    `auto` draws a bar where there is rich and standard error is a terminal, else it writes lines. `show_failures` and
    `update_interval` are those of `PlainTracker`. Raises `UnknownNameError` for another style.
    """
    _checked_style(style)
    drawable = sys.stderr.isatty() and importlib.util.find_spec("rich") is not None
    tracker = RichTracker if style == "rich" or (style == "auto" and drawable) else PlainTracker
    return tracker(total, title, display_metrics, **how)


def _checked_style(style: str) -> None:
    if style not in STYLES:
        raise UnknownNameError("progress style", style, STYLES)
