"""Progress of a sweep on the terminal: a bar with rich where there is one, plain lines elsewhere."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .events import Event, EventKind

Style = Literal["auto", "rich", "plain"]
PLAIN_SECONDS = 2.0
ENDED = (EventKind.RUN_FINISHED, EventKind.RUN_FAILED, EventKind.RUN_SKIPPED, EventKind.RUN_CANCELLED)


@dataclass(frozen=True)
class Progress:
    """How to show progress: a title, a style, and metrics whose latest values stand beside it."""

    title: str = ""
    style: Style = "auto"
    display_metrics: Sequence[str] = ()


class PlainTracker:
    """A line now and then on standard error; an event listener."""

    def __init__(self, total: int | None, title: str = "", display_metrics: Sequence[str] = ()) -> None:
        self.total = total
        self.title = title
        self.shown = tuple(display_metrics)
        self.done = 0
        self.failed = 0
        self._latest: dict[str, Any] = {}
        self._told = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if event.kind not in ENDED:
            return
        self.done += 1
        self.failed += event.kind is EventKind.RUN_FAILED
        self._latest.update({name: value for name, value in event.data.get("metrics", {}).items() if name in self.shown})
        self.show(last=self.done == self.total)

    def show(self, *, last: bool) -> None:
        """Write a line, if it is time or the last one."""
        if last or time.monotonic() - self._told >= PLAIN_SECONDS:
            self._told = time.monotonic()
            print(self.line(), file=sys.stderr)  # noqa: T201 - progress prints

    def line(self) -> str:
        """The line as it is now."""
        of = "" if self.total is None else f" of {self.total:,}"
        failed = f", {self.failed:,} failed" if self.failed else ""
        latest = "".join(f", {name} {value}" for name, value in self._latest.items())
        return f"{self.title or 'runs'}: {self.done:,}{of} done{failed}{latest}"


class RichTracker(PlainTracker):
    """A bar drawn by rich."""

    def __init__(self, total: int | None, title: str = "", display_metrics: Sequence[str] = ()) -> None:
        super().__init__(total, title, display_metrics)
        from rich.progress import Progress as Bar

        self._bar = Bar(transient=False)
        self._task = self._bar.add_task(self.line(), total=total)
        self._bar.start()

    def show(self, *, last: bool) -> None:
        """Redraw the bar; the last run ends it."""
        self._bar.update(self._task, completed=self.done, description=self.line())
        if last:
            self._bar.stop()


def create_progress_tracker(
    total: int | None, title: str = "", style: Style = "auto", display_metrics: Sequence[str] = ()
) -> PlainTracker:
    """An event listener that shows progress; `auto` draws a bar on a terminal with rich, else writes lines."""
    drawable = importlib.util.find_spec("rich") is not None
    rich = style == "rich" or (style == "auto" and drawable and sys.stderr.isatty())
    return (RichTracker if rich else PlainTracker)(total, title, display_metrics)
